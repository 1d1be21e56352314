import { Random } from '../random.ts';
import { clusterMean } from '../statistics/bootstrap.ts';
import type { QuestionInterval } from './summary.ts';
import type { LeasWriter, Retrieval } from './writers.ts';

/** Rollouts of one question by one writer of one training seed. */
export interface ComparedCount {
  readonly set: string;
  /** Null: no training seed (Base). */
  readonly seed: string | null;
  readonly writer: LeasWriter;
  readonly retrieval: Retrieval;
  readonly question: string;
  /** Rollouts, and of them answered exactly and with a golden answer in an observation; f1 is a sum. */
  readonly n: number;
  readonly k: number;
  readonly f1: number;
  readonly hits: number;
}

export const COMPARED_SCORES = ['exactMatch', 'f1', 'hit'] as const;
export type ComparedScore = (typeof COMPARED_SCORES)[number];

/** A writer on a set: means over questions of each question's mean over training seeds. */
export interface ComparisonRow {
  readonly set: string;
  readonly writer: LeasWriter;
  readonly retrieval: Retrieval;
  readonly questions: number;
  readonly seeds: number;
  readonly rollouts: number;
  /** 95 % by a bootstrap over questions. */
  readonly scores: Readonly<Record<ComparedScore, QuestionInterval>>;
}

/** `left` less `right` over the questions and training seeds that both have. */
export interface ComparisonPair {
  readonly set: string;
  readonly retrieval: Retrieval;
  readonly left: LeasWriter;
  readonly right: LeasWriter;
  readonly questions: number;
  readonly seeds: number;
  /** Paired over questions; training seeds are not drawn again, see `bySeed`. */
  readonly differences: Readonly<Record<ComparedScore, QuestionInterval>>;
  /** The difference in exact match of each training seed: what another training run would change. */
  readonly bySeed: readonly { readonly seed: string | null; readonly difference: number }[];
}

export interface Comparison {
  readonly rows: readonly ComparisonRow[];
  readonly pairs: readonly ComparisonPair[];
}

/** The paper's table (each adapter of DART alone against the hybrid of the same make), and whole against whole. */
export const COMPARED_PAIRS: readonly { readonly retrieval: Retrieval; readonly left: LeasWriter; readonly right: LeasWriter }[] = [
  { retrieval: 'search', left: 'dart_reasoning', right: 'h_reas' },
  { retrieval: 'search', left: 'dart_tool', right: 'h_tool' },
  { retrieval: 'search', left: 'dart', right: 'm_uni' },
  { retrieval: 'search', left: 'dart', right: 'two_agents' },
  { retrieval: 'search', left: 'dart', right: 'h_both' },
  { retrieval: 'search', left: 'm_uni', right: 'base' },
  { retrieval: 'fixed', left: 'dart', right: 'm_uni' },
  { retrieval: 'fixed', left: 'dart', right: 'two_agents' },
  { retrieval: 'fixed', left: 'm_uni', right: 'm_reas' },
];

interface Scores {
  readonly exactMatch: number;
  readonly f1: number;
  readonly hit: number;
}

/** question → training seed → means. */
type Cell = Map<string, Map<string | null, Scores>>;

/**
 * Accuracies of writers, and differences paired by question. All writers answer the same questions, so a difference is
 * taken within each question (and training seed), and whole questions are drawn again.
 * @param settings `draws` bootstrap draws from `seed`
 */
export function compareWriters(counts: readonly ComparedCount[], { draws, seed }: { readonly draws: number; readonly seed: number }): Comparison {
  const random = new Random(seed).stream('comparison');
  const sets = [...new Set(counts.map(({ set }) => set))];
  const rows: ComparisonRow[] = [];
  const pairs: ComparisonPair[] = [];
  for (const set of sets) {
    const own = counts.filter((count) => count.set === set && count.n > 0);
    const cells = new Map<string, { readonly writer: LeasWriter; readonly retrieval: Retrieval; readonly cell: Cell; rollouts: number }>();
    for (const { writer, retrieval, question, seed: trained, n, k, f1, hits } of own) {
      const key = `${retrieval} ${writer}`;
      const entry = cells.get(key) ?? { writer, retrieval, cell: new Map<string, Map<string | null, Scores>>(), rollouts: 0 };
      cells.set(key, entry);
      const { cell } = entry;
      entry.rollouts += n;
      const seeds = cell.get(question) ?? new Map<string | null, Scores>();
      cell.set(question, seeds);
      if (seeds.has(trained)) throw new RangeError(`Two counts of ${writer} (${retrieval}) on the question “${question}” with one training seed.`);
      seeds.set(trained, { exactMatch: k / n, f1: f1 / n, hit: hits / n });
    }
    const interval = (values: readonly number[], questions: readonly string[], stream: string): QuestionInterval => {
      const { estimate, interval: found } = clusterMean(Float64Array.from(values), questions, draws, random.stream(set).stream(stream));
      return { estimate, low: found?.low ?? null, high: found?.high ?? null };
    };
    const scoresOf = (values: readonly Scores[], questions: readonly string[], stream: string): Record<ComparedScore, QuestionInterval> => ({
      exactMatch: interval(values.map(({ exactMatch }) => exactMatch), questions, stream),
      f1: interval(values.map(({ f1 }) => f1), questions, stream),
      hit: interval(values.map(({ hit }) => hit), questions, stream),
    });
    for (const [key, { writer, retrieval, cell, rollouts }] of cells) {
      const questions = sorted(cell.keys());
      const values = questions.map((question) => meanOf([...cell.get(question)!.values()]));
      rows.push({ set, writer, retrieval, questions: questions.length, seeds: new Set([...cell.values()].flatMap((seeds) => [...seeds.keys()])).size, rollouts, scores: scoresOf(values, questions, key) });
    }
    for (const { retrieval, left, right } of COMPARED_PAIRS) {
      const pair = pairOf(cells.get(`${retrieval} ${left}`)?.cell, cells.get(`${retrieval} ${right}`)?.cell);
      if (pair === null) continue;
      const { questions, values, bySeed } = pair;
      pairs.push({ set, retrieval, left, right, questions: questions.length, seeds: bySeed.length, differences: scoresOf(values, questions, `${retrieval} ${left} ${right}`), bySeed });
    }
  }
  return { rows, pairs };
}

/** Differences of each question, means over the training seeds that both have; a writer without seeds stands beside each of the other's. */
function pairOf(left: Cell | undefined, right: Cell | undefined): { readonly questions: string[]; readonly values: Scores[]; readonly bySeed: { seed: string | null; difference: number }[] } | null {
  if (left === undefined || right === undefined) return null;
  const questions: string[] = [];
  const values: Scores[] = [];
  const bySeed = new Map<string | null, number[]>();
  for (const question of sorted(left.keys())) {
    const [ours, theirs] = [left.get(question)!, right.get(question)];
    if (theirs === undefined) continue;
    const differences: Scores[] = [];
    for (const seed of new Set([...ours.keys(), ...theirs.keys()])) {
      const [a, b] = [ours.get(seed) ?? ours.get(null), theirs.get(seed) ?? theirs.get(null)];
      // The untrained one's own entry (null) is no pair where the other has seeds.
      if (a === undefined || b === undefined) continue;
      const difference = { exactMatch: a.exactMatch - b.exactMatch, f1: a.f1 - b.f1, hit: a.hit - b.hit };
      differences.push(difference);
      bySeed.set(seed, [...(bySeed.get(seed) ?? []), difference.exactMatch]);
    }
    if (differences.length === 0) continue;
    questions.push(question);
    values.push(meanOf(differences));
  }
  if (questions.length === 0) return null;
  return { questions, values, bySeed: [...bySeed].map(([seed, list]) => ({ seed, difference: list.reduce((sum, value) => sum + value, 0) / list.length })) };
}

function meanOf(scores: readonly Scores[]): Scores {
  const mean = (name: ComparedScore): number => scores.reduce((sum, score) => sum + score[name], 0) / scores.length;
  return { exactMatch: mean('exactMatch'), f1: mean('f1'), hit: mean('hit') };
}

/** Another order of the file gives the same draws. */
function sorted(names: Iterable<string>): string[] {
  return [...names].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
}
