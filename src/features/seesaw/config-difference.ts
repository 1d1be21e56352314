import type { Arm } from '../../training/arms.ts';

const FIELDS: readonly { readonly name: string; readonly of: (arm: Arm) => string }[] = [
  { name: 'adapters', of: ({ adapters, rank, trained }) => (trained ? `${adapters} of rank ${rank}` : 'none trained') },
  { name: 'abilities', of: ({ abilities }) => abilities.join(', ') },
  { name: 'routing', of: ({ routing, adapterOf, abilities, adapters }) => (adapters === 1 ? 'one adapter' : routing === 'ability' ? abilities.map((ability, index) => `${ability} → ${adapterOf[index] + 1}`).join(', ') : routing) },
  { name: 'mask', of: ({ mask }) => mask.map((row) => row.join('')).join(' / ') },
  { name: 'surgery', of: ({ surgery }) => (surgery === 'none' ? 'none' : 'PCGrad') },
  { name: 'encoding', of: ({ agents }) => (agents ? 'each agent by itself' : 'once') },
];

/** Of each arm, the fields in which not all arms agree: "adapters 2 of rank 8; mask 10 / 01". */
export function armDifferences(arms: readonly Arm[]): ReadonlyMap<string, string> {
  const differing = FIELDS.filter(({ of }) => new Set(arms.map(of)).size > 1);
  return new Map(arms.map((arm) => [arm.id, differing.map(({ name, of }) => `${name} ${of(arm)}`).join('; ')]));
}
