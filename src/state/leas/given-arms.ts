import type { LeasArm } from '../../core/leas/writers.ts';
import type { TrainedArm } from '../../lab/leas-events.ts';

/** The least that LEAS needs of a training seed. */
const NEEDED: readonly LeasArm[] = ['joint', 'reasoning-only', 'tool-only'];

/** What is missing for tool × reasoning, as a sentence; null where some training seed has all. */
export function missingArms(arms: readonly TrainedArm[]): string | null {
  const seeds = [...new Set(arms.map(({ seed }) => seed))];
  const lacks = seeds.map((seed) => NEEDED.filter((arm) => !arms.some((one) => one.seed === seed && one.arm === arm)));
  if (lacks.some((missing) => missing.length === 0)) return null;
  if (seeds.length === 0) return `There is no folder named ARM-SEED among these files (such as ${NEEDED.map((arm) => `${arm}-1`).join(', ')}).`;
  return `No training seed has all of ${NEEDED.join(', ')}: ${seeds.map((seed, index) => `seed ${seed} lacks ${lacks[index].join(' and ')}`).join('; ')}.`;
}

/** Training seeds of these arms, in order. */
export function seedsOf(arms: readonly TrainedArm[]): readonly number[] {
  return [...new Set(arms.map(({ seed }) => seed))].sort((a, b) => a - b);
}
