import type { ExperimentCounts } from '../core/leas/experiment.ts';
import { countsOfRecord, type LeasRecord } from '../core/leas/record.ts';
import { LEAS_WRITERS, type LeasWriter, type Retrieval } from '../core/leas/writers.ts';
import type { LeasEvent } from '../lab/leas-events.ts';
import type { ReplayStep } from './replay-events.ts';

/** So many more rollouts of one question by one writer, and of them so many right. */
export interface CountIncrement {
  /** Index into the sets. */
  readonly set: number;
  readonly seed: number | null;
  readonly writer: LeasWriter;
  readonly retrieval: Retrieval;
  /** Index into the set's questions. */
  readonly question: number;
  readonly n: number;
  readonly k: number;
  readonly f1: number;
  readonly hits: number;
}

/** What a recording tells in place of rollouts, most of which it does not hold. */
export type LeasReplayEvent =
  | Exclude<LeasEvent, { readonly type: 'rollouts' | 'training' }>
  | { readonly type: 'increments'; readonly at: number; readonly increments: readonly CountIncrement[] }
  /** Everything that was counted, the table beside the hybrids among it. */
  | { readonly type: 'counted'; readonly at: number; readonly counts: ExperimentCounts };

/** In the timeline, which has no place for null. */
export const NO_SEED = -1;

/** A record of rollouts as the events of its run; the timeline holds the seven models, the rest comes at its end. */
export function leasSteps(record: LeasRecord): ReplayStep<LeasReplayEvent>[] {
  const { timeline, timings, device } = record;
  const counted = byTime(timeline);
  const end = Math.max(1000 * timings.seconds, counted.at(-1)?.at ?? 0);
  const rollouts = timeline.reduce((sum, entry) => sum + entry[6], 0);
  let done = 0;
  const events: LeasReplayEvent[] = [
    { type: 'phase', at: 0, phase: 'generate', detail: '', fraction: null },
    { type: 'device', at: 0, device },
    readyOf(record, rollouts),
    ...counted.flatMap(({ at, increments }): LeasReplayEvent[] => {
      done += increments.reduce((sum, { n }) => sum + n, 0);
      return [
        { type: 'increments', at, increments },
        { type: 'progress', at, done, total: rollouts, secondsLeft: null, tokensPerSecond: 0, gpuBytes: 0, detail: '' },
      ];
    }),
    { type: 'counted', at: end, counts: countsOfRecord(record) },
    { type: 'finished', at: end, seconds: timings.seconds, tokens: 0 },
  ];
  return events.map((event) => ({ at: event.at, type: event.type, make: () => event }));
}

function byTime(timeline: LeasRecord['timeline']): readonly { readonly at: number; readonly increments: readonly CountIncrement[] }[] {
  const groups = new Map<number, CountIncrement[]>();
  for (const [at, set, seed, writer, question, k, n] of timeline) {
    const increment = { set, seed: seed === NO_SEED ? null : seed, writer: LEAS_WRITERS[writer], retrieval: 'search' as const, question, n, k, f1: 0, hits: 0 };
    const group = groups.get(at);
    if (group === undefined) groups.set(at, [increment]);
    else group.push(increment);
  }
  return [...groups].sort(([a], [b]) => a - b).map(([at, increments]) => ({ at, increments }));
}

function readyOf({ backbone, hashes, sets, source }: LeasRecord, rollouts: number): Extract<LeasEvent, { readonly type: 'ready' }> {
  const seeds = [...new Set(hashes.adapters.map(({ seed }) => seed))];
  return {
    type: 'ready',
    at: 0,
    backbone: { name: backbone?.name ?? 'unknown', parameters: backbone?.parameters ?? 0, quantisation: backbone?.quantisation ?? '', sha256: hashes.weights ?? '' },
    provider: { provider: 'wasm', measured: [], reason: 'As recorded.' },
    retriever: 'as recorded',
    sets: sets.map(({ label, name, questions }) => ({ label, name: name ?? source.name, questions })),
    seeds: seeds.map((seed) => ({ seed, arms: hashes.adapters.filter((entry) => entry.seed === seed).map(({ arm, sha256 }) => ({ arm, sha256 })) })),
    rollouts,
    kept: 0,
    problems: source.problems,
    notes: source.notes,
  };
}
