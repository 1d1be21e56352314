import { assignSlots, MAX_SERIES, type SeriesSlot } from '../../charts/series.ts';
import type { SeesawRunView } from '../../state/seesaw/types.ts';
import type { Arm } from '../../training/arms.ts';

/** The runs of one arm, all seeds. */
export interface ArmRuns {
  readonly arm: Arm;
  /** Colour and dash; null where the arm is not shown. */
  readonly slot: SeriesSlot | null;
  readonly runs: readonly SeesawRunView[];
  /** Those that the figures are made of: the finished ones, or while none is, those begun. */
  readonly counted: readonly SeesawRunView[];
}

/** An arm that is shown. */
export type ShownArm = ArmRuns & { readonly slot: SeriesSlot };

const PREFERRED: Readonly<Record<string, SeriesSlot>> = { joint: 0, dart: 1, 'dart-strict': 2, 'two-agents': 3, base: 4, 'reasoning-only': 2, 'tool-only': 3, pcgrad: 3, shuffled: 2, halves: 4 };

/** Arms in the order of the runs. `hidden`: ids put out of sight; more than five arms cannot be shown at once. */
export function groupByArm(runs: readonly SeesawRunView[], hidden: ReadonlySet<string>): readonly ArmRuns[] {
  const byArm = new Map<string, SeesawRunView[]>();
  for (const run of runs) {
    const own = byArm.get(run.id.arm);
    if (own) own.push(run);
    else byArm.set(run.id.arm, [run]);
  }
  const shown = [...byArm.keys()].filter((id) => !hidden.has(id)).slice(0, MAX_SERIES);
  const slots = assignSlots(shown, PREFERRED);
  return Array.from(byArm, ([id, own]) => ({ arm: own[0].arm, slot: slots.get(id) ?? null, runs: own, counted: countedRuns(own) }));
}

export function shownArms(arms: readonly ArmRuns[]): readonly ShownArm[] {
  return arms.flatMap((arm) => (arm.slot === null ? [] : [{ ...arm, slot: arm.slot }]));
}

function countedRuns(runs: readonly SeesawRunView[]): readonly SeesawRunView[] {
  const finished = runs.filter((run) => run.status === 'finished');
  return finished.length > 0 ? finished : runs.filter((run) => run.points.length > 0 || run.steps.length > 0);
}

/** Seeds that the figures are made of, at most over the arms. */
export function seedCount(arms: readonly ArmRuns[]): number {
  return Math.max(0, ...arms.map(({ counted }) => counted.length));
}
