import type { Ability, Arm } from '../../training/arms.ts';

/** What the abilities of a hand-made arm can be. */
export const ABILITY_SETS = [
  { id: 'two', label: 'Reasoning, tool', abilities: ['reasoning', 'tool'] },
  { id: 'three', label: 'Think, tool, answer', abilities: ['think', 'tool', 'answer'] },
] as const satisfies readonly { readonly id: string; readonly label: string; readonly abilities: readonly Ability[] }[];

export type AbilitySet = (typeof ABILITY_SETS)[number]['id'];

export const NEW_ARM: Arm = {
  id: 'own-1',
  label: 'Own arm',
  description: 'Made by hand.',
  abilities: ['reasoning', 'tool'],
  adapters: 2,
  rank: 8,
  adapterOf: [0, 1],
  mask: [[1, 1], [0, 1]],
  routing: 'ability',
  surgery: 'none',
  agents: false,
  trained: true,
};

/** The arm with another number of adapters or other abilities: what is new gets its own adapter where there is one, and may be updated. */
export function reshape(arm: Arm, abilities: readonly Ability[], adapters: number): Arm {
  const kept = (index: number): number => (abilities[index] === arm.abilities.at(index) ? (arm.adapterOf.at(index) ?? index) : index);
  return {
    ...arm,
    abilities,
    adapters,
    adapterOf: abilities.map((_, index) => Math.min(adapters - 1, kept(index))),
    mask: abilities.map((_, row) => Array.from({ length: adapters }, (__, column) => arm.mask.at(row)?.at(column) ?? 1)),
    routing: adapters === 2 ? arm.routing : 'ability',
    surgery: abilities.length === 2 ? arm.surgery : 'none',
    agents: adapters > 1 && arm.agents,
  };
}

export function toggleMask(arm: Arm, loss: number, adapter: number): Arm {
  return { ...arm, mask: arm.mask.map((row, r) => row.map((value, c) => (r === loss && c === adapter ? (value === 1 ? 0 : 1) : value))) };
}

/** An id that no arm has yet. */
export function freeId(taken: readonly string[]): string {
  let number = 1;
  while (taken.includes(`own-${number}`)) number += 1;
  return `own-${number}`;
}
