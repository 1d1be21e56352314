import { clusterStandardError } from '../core/statistics/cluster-error.ts';
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

/** An evaluation over seeds at one step. */
export interface SkillMean extends SeedMean {
  /**
   * Standard error over questions of each question's mean over seeds: what another draw of questions would change. All
   * seeds answer the same questions, so their rollouts are no independent ones. Null for one question.
   */
  readonly questionError: number | null;
}

interface Measurement {
  readonly step: number;
  readonly evaluation: Evaluation;
}

/** Mean over seeds at every step that some seed has; values that are none (null, NaN) are left out. */
export function stepMeans(seeds: readonly (readonly StepReport[])[], valueOf: (report: StepReport) => number | null): SeedMean[] {
  return meansByStep(seeds.map((reports) => reports.map((report) => ({ step: report.step, value: valueOf(report) }))));
}

/** As `stepMeans`, for a skill on held-out questions, with its error over questions too. */
export function skillMeans(seeds: readonly (readonly Measurement[])[], skill: SkillName): SkillMean[] {
  const means = meansByStep(seeds.map((points) => points.map(({ step, evaluation }) => ({ step, value: evaluation[skill]?.value ?? null }))));
  return means.map((mean) => {
    const evaluations = seeds.flatMap((points) => points.filter(({ step }) => step === mean.step).map(({ evaluation }) => evaluation));
    const questions = pooled(evaluations, skill);
    return { ...mean, questionError: questions && clusterStandardError(questions, questions.map((_, index) => String(index))) };
  });
}

/**
 * How a skill changed between two states (or differs between two arms), question by question over all seeds; the
 * questions' own difficulty cancels, so its error is smaller than that of either. Null where questions differ.
 */
export function pairedChange(from: readonly Evaluation[], to: readonly Evaluation[], skill: SkillName): { readonly value: number; readonly error: number | null } | null {
  const [before, after] = [pooled(from, skill), pooled(to, skill)];
  if (!before || before.length === 0 || before.length !== after?.length) return null;
  const differences = after.map((value, question) => value - before[question]);
  return { value: differences.reduce((a, b) => a + b, 0) / differences.length, error: clusterStandardError(differences, differences.map((_, index) => String(index))) };
}

/** Each question's mean over seeds; null where it was not measured or questions differ. */
function pooled(evaluations: readonly Evaluation[], skill: SkillName): number[] | null {
  const lists = evaluations.map(({ perQuestion }) => perQuestion[skill]);
  const [first] = lists;
  if (lists.length === 0 || !first || !lists.every((list) => list?.length === first.length)) return null;
  return first.map((_, question) => lists.reduce((sum, list) => sum + (list?.[question] ?? 0), 0) / lists.length);
}

function meansByStep(seeds: readonly (readonly { readonly step: number; readonly value: number | null }[])[]): SeedMean[] {
  const byStep = new Map<number, number[]>();
  for (const series of seeds) {
    for (const { step, value } of series) {
      if (value === null || Number.isNaN(value)) continue;
      const values = byStep.get(step);
      if (values) values.push(value);
      else byStep.set(step, [value]);
    }
  }
  return [...byStep]
    .sort(([a], [b]) => a - b)
    .map(([step, values]) => {
      const summary = new Welford();
      for (const value of values) summary.add(value);
      return { step, mean: summary.mean, seedError: values.length > 1 ? summary.deviation / Math.sqrt(values.length) : null, seeds: values.length };
    });
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
