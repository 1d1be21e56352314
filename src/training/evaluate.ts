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
  /** Exact match when the retrieved documents are fixed to the gold ones; null where the gold ones are not known (a server). */
  readonly reasoningSkill: Measured | null;
  /** Exact match by number of hops. */
  readonly byHops: readonly { readonly hops: number; readonly exactMatch: Measured }[];
  readonly wellFormed: number;
  readonly searches: number;
  /** Means of each question, in one order for all arms and steps: what paired and pooled errors are taken from. */
  readonly perQuestion: { readonly [Skill in SkillName]: readonly number[] | null };
  readonly milliseconds: number;
}

/** What is measured of each question. */
export const SKILLS = ['exactMatch', 'f1', 'toolSkill', 'reasoningSkill'] as const;
export type SkillName = (typeof SKILLS)[number];

export interface EvaluationParts {
  readonly session: RoutedSession;
  readonly writing: Writing;
  readonly tokenizer: TextTokenizer;
  readonly environment: EnvironmentSettings;
  readonly retriever: Retriever;
  /** Fixed to a question's gold passages; null where they are not known. */
  readonly gold: ((question: Question) => Retriever) | null;
  readonly questions: readonly Question[];
  readonly samples: number;
  readonly temperature: number;
  readonly seed: number;
  readonly batch: number;
  readonly checkpoint: () => Promise<void>;
  /** Ends waits that are no step, such as a retriever's answer. */
  readonly signal?: AbortSignal;
}

const rewardOf = ({ reward }: Rollout): number => reward ?? 0;
const f1Of = ({ f1 }: Rollout): number => f1 ?? 0;
const hitOf = ({ hit }: Rollout): number => Number(hit ?? false);

/** Rolls the held-out questions out twice, with the search tool and with fixed retrieval, from the same random numbers each time. */
export async function evaluate(parts: EvaluationParts): Promise<Evaluation> {
  const begun = performance.now();
  const own = await rollOut(parts, parts.retriever);
  const fixed = parts.gold === null ? null : await rollOut(parts, parts.gold);
  const hops = [...new Set(parts.questions.map((question) => question.hops))].filter((count) => count !== null).sort((a, b) => a - b);
  return {
    rollouts: own.length,
    exactMatch: measured(own, rewardOf),
    f1: measured(own, f1Of),
    toolSkill: measured(own, hitOf),
    reasoningSkill: fixed && measured(fixed, rewardOf),
    byHops: hops.map((count) => ({ hops: count, exactMatch: measured(own.filter(({ question }) => question.hops === count), rewardOf) })),
    wellFormed: own.filter(({ wellFormed }) => wellFormed).length / own.length,
    searches: own.reduce((total, { searches }) => total + searches.length, 0) / own.length,
    perQuestion: {
      exactMatch: means(parts.questions, own, rewardOf),
      f1: means(parts.questions, own, f1Of),
      toolSkill: means(parts.questions, own, hitOf),
      reasoningSkill: fixed && means(parts.questions, fixed, rewardOf),
    },
    milliseconds: performance.now() - begun,
  };
}

async function rollOut({ questions, samples, session, writing, tokenizer, environment, temperature, seed, batch, checkpoint, signal }: EvaluationParts, retriever: Retriever | ((question: Question) => Retriever)): Promise<Rollout[]> {
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
    ...(signal ? { signal } : {}),
  });
  return rollouts;
}

function measured(rollouts: readonly Rollout[], valueOf: (rollout: Rollout) => number): Measured {
  const values = rollouts.map(valueOf);
  return { value: values.reduce((a, b) => a + b, 0) / Math.max(1, values.length), error: clusterStandardError(values, rollouts.map(({ question }) => question.id)) };
}

/** Per question; 0 where none of its rollouts could begin. */
function means(questions: readonly Question[], rollouts: readonly Rollout[], valueOf: (rollout: Rollout) => number): number[] {
  const sums = new Map<string, { total: number; count: number }>();
  for (const rollout of rollouts) {
    const sum = sums.get(rollout.question.id) ?? { total: 0, count: 0 };
    sum.total += valueOf(rollout);
    sum.count += 1;
    sums.set(rollout.question.id, sum);
  }
  return questions.map(({ id }) => {
    const sum = sums.get(id);
    return sum ? sum.total / sum.count : 0;
  });
}
