import { Welford } from '../../core/statistics/summary.ts';
import type { Measured } from '../../training/evaluate.ts';

/** A mean over held-out questions; `questions`: the means of each, in one order for all arms and steps, where they are kept. */
export interface Sample extends Measured {
  readonly questions: readonly number[] | null;
}

/** A mean over runs that differ in their seed alone. */
export interface Aggregate extends Sample {
  /**
   * One standard error: of the held-out questions, and with two seeds or more of the seeds too, their squares added.
   * Null where neither is known.
   */
  readonly error: number | null;
  readonly seeds: number;
}

/** 95 % of a normal distribution lie within so many standard errors. */
const Z95 = 1.959964;

export function aggregate(samples: readonly Sample[]): Aggregate | null {
  if (samples.length === 0) return null;
  const seeds = new Welford();
  for (const { value } of samples) seeds.add(value);
  const questions = meanOfQuestions(samples);
  const known = samples.flatMap(({ error }) => (error === null ? [] : [error]));
  const ofQuestions = samples.length > 1 && questions !== null ? standardError(questions) : known.length === 0 ? null : Math.sqrt(known.reduce((total, error) => total + error * error, 0) / known.length);
  const ofSeeds = samples.length < 2 ? null : seeds.deviation / Math.sqrt(samples.length);
  return { value: seeds.mean, error: ofQuestions === null && ofSeeds === null ? null : Math.hypot(ofQuestions ?? 0, ofSeeds ?? 0), questions, seeds: samples.length };
}

/** `after` less `before`, paired over questions where both keep them; else as if the questions were different ones, which is too wide rather than too narrow. */
export function difference(after: Sample, before: Sample): Sample {
  const value = after.value - before.value;
  if (after.questions !== null && before.questions !== null && after.questions.length === before.questions.length) {
    const own = before.questions;
    const questions = after.questions.map((mean, index) => mean - own[index]);
    return { value, error: standardError(questions), questions };
  }
  return { value, error: after.error === null || before.error === null ? null : Math.hypot(after.error, before.error), questions: null };
}

function meanOfQuestions(samples: readonly Sample[]): readonly number[] | null {
  const [first] = samples;
  if (samples.length === 1) return first.questions;
  const lists = samples.flatMap(({ questions }) => (questions === null ? [] : [questions]));
  if (lists.length < samples.length || lists.some((list) => list.length !== lists[0].length)) return null;
  return lists[0].map((_, index) => lists.reduce((total, list) => total + list[index], 0) / lists.length);
}

function standardError(values: readonly number[]): number | null {
  if (values.length < 2) return null;
  const spread = new Welford();
  for (const value of values) spread.add(value);
  return spread.deviation / Math.sqrt(values.length);
}

/** Its 95 % interval; null where the error is unknown. */
export function interval({ value, error }: Measured): { readonly low: number; readonly high: number } | null {
  return error === null ? null : { low: value - Z95 * error, high: value + Z95 * error };
}

/** −1 or 1 where the interval excludes 0, else 0. */
export function direction(measured: Measured): -1 | 0 | 1 {
  const range = interval(measured);
  if (range === null) return 0;
  return range.low > 0 ? 1 : range.high < 0 ? -1 : 0;
}

/** What ± stands for, in words. */
export function errorWords(seeds: number): string {
  return seeds < 2 ? 'one standard error, clustered by question' : `one standard error, of the questions (clustered) and of the ${seeds} seeds together`;
}
