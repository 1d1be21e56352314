import { normalQuantile } from '../statistics/summary.ts';
import { accuracyOf, checkChoice } from './accuracy.ts';
import type { Accuracy, AccuracyChoice, Count } from './accuracy.ts';
import { CONTRASTS, DESIGN_MODELS, EFFECTS, H_BOTH_PREDICTION, H_BOTH_RESIDUAL, MODELS, modelsOf } from './models.ts';
import type { Contrast, DesignModel, Effect, Model } from './models.ts';

/** Half-width of a 95 % interval in standard errors. */
export const Z95 = normalQuantile(0.975);

/**
 * Differences below this are rounding: logarithms of up to 14 are summed with errors below 1e-14, while on every scale
 * different counts with n ≤ 1,000 make at least 1/(2n)⁴ ≈ 6e-14.
 */
export const ROUNDING = 2e-14;

/** An effect on one question, in units of the scale. */
export interface Coefficient {
  /** Exactly 0 where the counts tie. */
  readonly estimate: number;
  readonly standardError: number;
  /** 95 % by the normal approximation. */
  readonly low: number;
  readonly high: number;
}

export type Counts = Readonly<Partial<Record<Model, Count>>>;

export interface QuestionCounts {
  readonly question: string;
  readonly counts: Counts;
  /** Further columns of the file, such as hops. */
  readonly attributes: Readonly<Record<string, string>>;
}

/** H_Both by the design and as measured, on the scale. */
export interface HBothCheck {
  readonly predicted: number;
  readonly measured: number;
  /** Measured less predicted. */
  readonly residual: Coefficient;
}

export interface QuestionEffects extends QuestionCounts {
  /** Null where a model of the effect is missing; tool × reasoning needs only four. */
  readonly coefficients: Readonly<Record<Effect, Coefficient | null>>;
  /** Null without H_Both, H_Tool, H_Reas or Base. */
  readonly hBoth: HBothCheck | null;
  /** Models of the design without counts. */
  readonly missing: readonly DesignModel[];
  /** No model that was asked, H_Both among them, ever answered it. */
  readonly neverAnswered: boolean;
}

/**
 * The six effects of one question with standard errors, and the check by H_Both. The models' samples are independent,
 * so variances add up.
 * @throws RangeError for counts or an ε that are none
 */
export function questionEffects(question: QuestionCounts, choice: AccuracyChoice): QuestionEffects {
  checkChoice(choice);
  const accuracies = new Map<Model, Accuracy>();
  for (const model of MODELS) {
    const count = question.counts[model];
    if (count !== undefined) accuracies.set(model, accuracyOf(count, choice));
  }
  const coefficients = Object.fromEntries(EFFECTS.map((effect) => [effect, applyContrast(CONTRASTS[effect], accuracies)])) as Record<Effect, Coefficient | null>;
  return {
    ...question,
    coefficients,
    hBoth: hBothCheck(accuracies),
    missing: DESIGN_MODELS.filter((model) => !accuracies.has(model)),
    neverAnswered: [...accuracies.keys()].every((model) => question.counts[model]?.k === 0),
  };
}

/** The contrast of these accuracies, or null where one of its models is missing. */
export function applyContrast(contrast: Contrast, accuracies: ReadonlyMap<Model, Accuracy>): Coefficient | null {
  let sum = 0;
  let variance = 0;
  for (const model of modelsOf(contrast)) {
    const accuracy = accuracies.get(model);
    if (accuracy === undefined) return null;
    sum += contrast[model]! * accuracy.value;
    variance += accuracy.variance;
  }
  return coefficient(sum, variance);
}

/** A value with its 95 % interval; what is 0 but for rounding is 0. */
export function coefficient(value: number, variance: number): Coefficient {
  const estimate = Math.abs(value) < ROUNDING ? 0 : value;
  const standardError = Math.sqrt(variance);
  return { estimate, standardError, low: estimate - Z95 * standardError, high: estimate + Z95 * standardError };
}

function hBothCheck(accuracies: ReadonlyMap<Model, Accuracy>): HBothCheck | null {
  const predicted = applyContrast(H_BOTH_PREDICTION, accuracies);
  const residual = applyContrast(H_BOTH_RESIDUAL, accuracies);
  const measured = accuracies.get('h_both');
  if (predicted === null || residual === null || measured === undefined) return null;
  return { predicted: predicted.estimate, measured: measured.value, residual };
}
