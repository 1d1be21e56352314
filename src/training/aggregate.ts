import { errorOfMean, estimate, type ErrorPart, type Estimate, rowMeans, twoWayParts } from '../core/statistics/estimate.ts';
import { Welford } from '../core/statistics/summary.ts';
import type { Evaluation, SkillName } from './evaluate.ts';
import type { StepReport } from './trainer.ts';

/** A mean over seeds at one step. */
export interface SeedMean {
  readonly step: number;
  readonly mean: number;
  /** Standard error over seeds, sd/√n; null for one seed. */
  readonly seedError: number | null;
  readonly seeds: number;
}

/** One run's evaluations, by the steps taken. */
export type Evaluations = readonly { readonly step: number; readonly evaluation: Evaluation }[];

/** A run's mean over held-out questions. */
interface Sample {
  readonly value: number;
  /** Over questions; null where it is not known. */
  readonly error: number | null;
  /** The mean of each question, in one order for all arms, seeds and steps; null where they are not kept. */
  readonly questions: readonly number[] | null;
}

/** A mean over seeds and questions. */
export interface SkillEstimate extends Estimate {
  readonly seeds: number;
}

/** Mean over seeds at every step that some seed has; values that are none (null, NaN) are left out. */
export function stepMeans(seeds: readonly (readonly StepReport[])[], valueOf: (report: StepReport) => number | null): SeedMean[] {
  const byStep = new Map<number, number[]>();
  for (const report of seeds.flat()) {
    const value = valueOf(report);
    if (value === null || Number.isNaN(value)) continue;
    const values = byStep.get(report.step);
    if (values) values.push(value);
    else byStep.set(report.step, [value]);
  }
  return [...byStep].sort(([a], [b]) => a - b).map(([step, values]) => ({ step, ...seedMean(values) }));
}

/** Mean of one value a seed. */
export function seedMean(values: readonly number[]): Omit<SeedMean, 'step'> {
  const summary = new Welford();
  for (const value of values) summary.add(value);
  return { mean: summary.mean, seedError: errorOfMean(values)?.error ?? null, seeds: values.length };
}

/** Steps at which some seed was evaluated, ascending. */
export function evaluatedSteps(seeds: readonly Evaluations[]): number[] {
  return [...new Set(seeds.flatMap((points) => points.map(({ step }) => step)))].sort((a, b) => a - b);
}

/** A skill at one step, over the seeds that were evaluated there; null where none was. */
export function skillAt(seeds: readonly Evaluations[], skill: SkillName, step: number): SkillEstimate | null {
  return mean(seeds.flatMap((points) => sampleAt(points, skill, step)));
}

/** A skill's change since the seed's own evaluation before the first step: question by question, whose own difficulty cancels. */
export function changeAt(seeds: readonly Evaluations[], skill: SkillName, step: number): SkillEstimate | null {
  return mean(
    seeds.flatMap((points) => {
      const before = sampleAt(points, skill, 0).at(0);
      if (step === 0) return before ? [{ value: 0, error: null, questions: null }] : [];
      return before ? sampleAt(points, skill, step).map((after) => difference(after, before)) : [];
    }),
  );
}

/** An arm at one of its steps: its evaluations by seed. */
export interface ArmAt {
  readonly seeds: ReadonlyMap<number, Evaluations>;
  readonly step: number;
  /** False for the untrained backbone, which is the same for every seed. */
  readonly trained: boolean;
}

/**
 * How far one arm is above another: question by question, and seed by seed where they share seeds; the untrained
 * backbone is set against every seed. Arms without a seed in common are independent but for the questions.
 */
export function gapBetween(arm: ArmAt, other: ArmAt, skill: SkillName): SkillEstimate | null {
  const samplesOf = ({ seeds, step }: ArmAt) => Array.from(seeds, ([seed, points]) => ({ seed, sample: sampleAt(points, skill, step).at(0) })).flatMap(({ seed, sample }) => (sample ? [{ seed, sample }] : []));
  const [own, theirs] = [samplesOf(arm), samplesOf(other)];
  if (own.length === 0 || theirs.length === 0) return null;
  if (!other.trained) return mean(own.map(({ sample }) => difference(sample, theirs[0].sample)));
  if (!arm.trained) return mean(theirs.map(({ sample }) => difference(own[0].sample, sample)));
  const pairs = own.flatMap(({ seed, sample }) => theirs.filter((twin) => twin.seed === seed).map((twin) => difference(sample, twin.sample)));
  if (pairs.length > 0) return mean(pairs);
  return apart(own.map(({ sample }) => sample), theirs.map(({ sample }) => sample));
}

function sampleAt(points: Evaluations, skill: SkillName, step: number): Sample[] {
  const measured = points.find((point) => point.step === step);
  const value = measured?.evaluation[skill] ?? null;
  return measured && value !== null ? [{ ...value, questions: measured.evaluation.perQuestion[skill] }] : [];
}

/** Paired over questions where both keep them; else as if the questions were different ones, which is too wide rather than too narrow. */
function difference(after: Sample, before: Sample): Sample {
  const value = after.value - before.value;
  const own = before.questions;
  if (after.questions !== null && own !== null && after.questions.length === own.length) {
    const questions = after.questions.map((one, index) => one - own[index]);
    return { value, error: errorOfMean(questions)?.error ?? null, questions };
  }
  return { value, error: after.error === null || before.error === null ? null : Math.hypot(after.error, before.error), questions: null };
}

function mean(samples: readonly Sample[]): SkillEstimate | null {
  if (samples.length === 0) return null;
  const value = average(samples);
  const columns = columnsOf(samples);
  return { ...estimate(value, columns ? twoWayParts(columns) : [...untold(samples), ...seedParts(samples)]), seeds: samples.length };
}

/** Two arms that share questions but no seeds. */
function apart(own: readonly Sample[], theirs: readonly Sample[]): SkillEstimate {
  const [left, right] = [columnsOf(own), columnsOf(theirs)];
  const rows = left && right && left[0].length === right[0].length ? { left: rowMeans(left), right: rowMeans(right) } : null;
  const ofQuestions = rows ? [errorOfMean(rows.left.map((one, index) => one - rows.right[index]))].filter((part) => part !== null) : [...untold(own), ...untold(theirs)];
  return { ...estimate(average(own) - average(theirs), [...ofQuestions, ...seedParts(own), ...seedParts(theirs)]), seeds: Math.min(own.length, theirs.length) };
}

function average(samples: readonly Sample[]): number {
  return samples.reduce((sum, { value }) => sum + value, 0) / samples.length;
}

function seedParts(samples: readonly Sample[]): ErrorPart[] {
  const part = errorOfMean(samples.map(({ value }) => value));
  return part === null ? [] : [part];
}

/** Questions × seeds; null where some seed does not keep them, or has others. */
function columnsOf(samples: readonly Sample[]): (readonly number[])[] | null {
  const columns = samples.flatMap(({ questions }) => (questions === null ? [] : [questions]));
  return columns.length === samples.length && columns.every((column) => column.length === columns[0].length && column.length > 0) ? columns : null;
}

/** Where single questions are not kept: seeds answer the same ones, so that more seeds make their error no smaller. */
function untold(samples: readonly Sample[]): ErrorPart[] {
  const errors = samples.flatMap(({ error }) => (error === null ? [] : [error]));
  return errors.length === 0 ? [] : [{ error: Math.hypot(...errors) / Math.sqrt(errors.length), freedom: Infinity }];
}

/** What ± stands for, in words. */
export function errorWords(seeds: number): string {
  return seeds < 2 ? 'one standard error over questions' : `one standard error, over questions and over the ${seeds} seeds, squares added`;
}

/** What brackets stand for, in words. */
export function intervalWords(seeds: number): string {
  return seeds < 2 ? 'brackets hold 95 % (Student’s t) and say nothing of other seeds' : `brackets hold 95 %, each part with Student’s t${seeds < 4 ? `, which ${seeds} seeds make wide` : ''}`;
}

/** Mean of all leakage entries of a step: how much of a loss's gradient reaches the other's adapter; null where there is none. */
export function meanLeakage({ gradients }: Pick<StepReport, 'gradients'>): number | null {
  const values = gradients.leakage.flat().filter((value) => value !== null);
  return values.length === 0 ? null : values.reduce((a, b) => a + b, 0) / values.length;
}

/** Seconds of a whole step. */
export function stepSeconds({ time }: Pick<StepReport, 'time'>): number {
  return (time.rollout + time.forward + time.backward + time.optimiser) / 1000;
}
