import type { TextTokenizer } from '../backbone/tokenizer.ts';
import { runRollouts, type RolloutTask } from '../agent/rollouts.ts';
import type { EnvironmentSettings, Question, Retriever, Rollout, Writing } from '../agent/types.ts';
import { clusterStandardError } from '../core/statistics/cluster-error.ts';
import type { RoutedSession } from '../inference/types.ts';

/** A share of rollouts with its standard error clustered by question (null for fewer than two questions). */
export interface Measured {
  readonly value: number;
  readonly error: number | null;
}

/** Skills on held-out questions (SPEC section 6). */
export interface Evaluation {
  readonly rollouts: number;
  readonly exactMatch: Measured;
  readonly f1: Measured;
  /** Retrieval accuracy: a golden answer occurs in an observation. */
  readonly toolSkill: Measured;
  /** Exact match when the retrieved documents are fixed to the gold ones. */
  readonly reasoningSkill: Measured;
  /** Exact match by number of hops. */
  readonly byHops: readonly { readonly hops: number; readonly exactMatch: Measured }[];
  readonly wellFormed: number;
  readonly searches: number;
  readonly milliseconds: number;
}

export interface EvaluationParts {
  readonly session: RoutedSession;
  readonly writing: Writing;
  readonly tokenizer: TextTokenizer;
  readonly environment: EnvironmentSettings;
  readonly retriever: Retriever;
  /** Fixed to a question's gold passages. */
  readonly gold: (question: Question) => Retriever;
  readonly questions: readonly Question[];
  readonly samples: number;
  readonly temperature: number;
  readonly seed: number;
  readonly batch: number;
  readonly checkpoint: () => Promise<void>;
}

/** Rolls the held-out questions out twice, with the search tool and with fixed retrieval, from the same random numbers each time. */
export async function evaluate(parts: EvaluationParts): Promise<Evaluation> {
  const begun = performance.now();
  const own = await rollOut(parts, parts.retriever);
  const fixed = await rollOut(parts, parts.gold);
  const hops = [...new Set(parts.questions.map((question) => question.hops))].filter((count) => count !== null).sort((a, b) => a - b);
  return {
    rollouts: own.length,
    exactMatch: measured(own, ({ reward }) => reward ?? 0),
    f1: measured(own, ({ f1 }) => f1 ?? 0),
    toolSkill: measured(own, ({ hit }) => Number(hit ?? false)),
    reasoningSkill: measured(fixed, ({ reward }) => reward ?? 0),
    byHops: hops.map((count) => ({ hops: count, exactMatch: measured(own.filter(({ question }) => question.hops === count), ({ reward }) => reward ?? 0) })),
    wellFormed: own.filter(({ wellFormed }) => wellFormed).length / own.length,
    searches: own.reduce((total, { searches }) => total + searches.length, 0) / own.length,
    milliseconds: performance.now() - begun,
  };
}

async function rollOut({ questions, samples, session, writing, tokenizer, environment, temperature, seed, batch, checkpoint }: EvaluationParts, retriever: EvaluationParts['gold'] | Retriever): Promise<Rollout[]> {
  const tasks: RolloutTask[] = questions.flatMap((question) => Array.from({ length: samples }, (_, sample) => ({ id: `${question.id}-${sample}`, question, sample, writer: 0, stream: false })));
  const rollouts: Rollout[] = [];
  await runRollouts(tasks, {
    tokenizer,
    environment,
    retriever,
    sampling: { temperature, topP: 1, topK: 0 },
    alternatives: 0,
    seed,
    batch,
    writers: [{ session, writing }],
    onRollout: (rollout) => rollouts.push(rollout),
    checkpoint,
  });
  return rollouts;
}

function measured(rollouts: readonly Rollout[], valueOf: (rollout: Rollout) => number): Measured {
  const values = rollouts.map(valueOf);
  return { value: values.reduce((a, b) => a + b, 0) / Math.max(1, values.length), error: clusterStandardError(values, rollouts.map(({ question }) => question.id)) };
}
