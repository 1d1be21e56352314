import type { Rollout } from '../agent/types.ts';
import { clusterStandardError } from '../core/statistics/cluster-error.ts';
import { mean } from '../core/statistics/summary.ts';
import { ROLE_CODE } from '../core/trajectory/types.ts';
import type { RolloutSummary } from './rollout-events.ts';

/** What a summary needs of a rollout. */
export type ScoredRollout = Pick<Rollout, 'question' | 'writer' | 'roles' | 'searches' | 'finish' | 'reward' | 'f1' | 'hit' | 'wellFormed'>;

/** Aggregates of each writer, in order. Rollouts that were cancelled have no outcome and are left out. */
export function summarise(rollouts: readonly ScoredRollout[], writers: number): RolloutSummary[] {
  const done = rollouts.filter(({ finish }) => finish !== 'cancelled');
  return Array.from({ length: writers }, (_, writer) => summaryOf(writer, done.filter((rollout) => rollout.writer === writer)));
}

function summaryOf(writer: number, rollouts: readonly ScoredRollout[]): RolloutSummary {
  const match = measured(rollouts, ({ reward }) => reward);
  const f1 = measured(rollouts, (rollout) => rollout.f1);
  const hit = measured(rollouts, (rollout) => (rollout.hit === null ? null : Number(rollout.hit)));
  const formed = measured(rollouts, ({ wellFormed }) => Number(wellFormed));
  return {
    writer,
    rollouts: rollouts.length,
    exactMatch: match.mean,
    exactMatchError: match.error,
    f1: f1.mean,
    hit: hit.mean,
    hitError: hit.error,
    wellFormed: formed.mean ?? 0,
    wellFormedError: formed.error,
    searches: average(rollouts, ({ searches }) => searches.length),
    tokens: average(rollouts, writtenTokens),
  };
}

/** Mean and clustered standard error over the rollouts that have the value. */
function measured(rollouts: readonly ScoredRollout[], valueOf: (rollout: ScoredRollout) => number | null): { readonly mean: number | null; readonly error: number | null } {
  const values: number[] = [];
  const questions: string[] = [];
  for (const rollout of rollouts) {
    const value = valueOf(rollout);
    if (value === null) continue;
    values.push(value);
    questions.push(rollout.question.id);
  }
  return values.length === 0 ? { mean: null, error: null } : { mean: mean(values), error: clusterStandardError(values, questions) };
}

function average(rollouts: readonly ScoredRollout[], valueOf: (rollout: ScoredRollout) => number): number {
  return rollouts.length === 0 ? 0 : mean(rollouts.map(valueOf));
}

function writtenTokens({ roles }: ScoredRollout): number {
  return roles.reduce((count, role) => count + Number(role === ROLE_CODE.reasoning || role === ROLE_CODE.tool), 0);
}
