import type { Random } from '../random.ts';
import { clusterMean, clusterMedian } from '../statistics/bootstrap.ts';
import type { Coefficient, QuestionEffects } from './coefficients.ts';
import { CONTRASTS, modelsOf } from './models.ts';
import type { Effect, Model } from './models.ts';
import { shareOf } from './share.ts';
import type { Share } from './share.ts';

/** An estimate over questions; low and high are null below two questions, which say nothing about others. */
export interface QuestionInterval {
  readonly estimate: number;
  readonly low: number | null;
  readonly high: number | null;
}

/** How an effect is spread over questions. */
export interface SpreadSummary {
  /** Questions in the figures below. */
  readonly counted: number;
  /** Exactly 0: the sign of these is nobody's. The published shares add up to 100 %, so ties were dropped or assigned there. */
  readonly ties: number;
  /** Of the questions without ties. */
  readonly negative: Share;
  readonly positive: Share;
  /** Of all counted: the question's own 95 % interval lies on that side of 0. About 2.5 % do by chance on each side. */
  readonly intervalBelow: Share;
  readonly intervalAbove: Share;
  /** Null of no question. */
  readonly mean: QuestionInterval | null;
  readonly median: QuestionInterval | null;
}

export interface EffectSummary extends SpreadSummary {
  readonly effect: Effect;
  /** Questions given. */
  readonly questions: number;
  /** No model ever answered these: they carry no information on any effect and are in no figure. */
  readonly neverAnswered: readonly string[];
  /** Without counts of a model that the effect needs. */
  readonly missing: readonly { readonly question: string; readonly models: readonly Model[] }[];
}

/**
 * Summary of an effect over questions. Whole questions are drawn again for mean and median (percentile bootstrap);
 * training seeds are not, see `seeds.ts`.
 * @param draws bootstrap draws, 1 or more
 */
export function summariseEffect(rows: readonly QuestionEffects[], effect: Effect, draws: number, random: Random): EffectSummary {
  const needed = modelsOf(CONTRASTS[effect]);
  const missing: { question: string; models: Model[] }[] = [];
  const neverAnswered: string[] = [];
  const kept: { question: string; coefficient: Coefficient }[] = [];
  for (const { question, counts, coefficients, neverAnswered: never } of rows) {
    const found = coefficients[effect];
    if (found === null) missing.push({ question, models: needed.filter((model) => counts[model] === undefined) });
    else if (never) neverAnswered.push(question);
    else kept.push({ question, coefficient: found });
  }
  return { effect, questions: rows.length, ...spread(kept, draws, random), neverAnswered, missing };
}

/** Summary of H_Both's residual over questions that some model answered; null where no question has it. */
export function summariseHBoth(rows: readonly QuestionEffects[], draws: number, random: Random): SpreadSummary | null {
  const kept = rows.flatMap(({ question, hBoth, neverAnswered }) => (hBoth === null || neverAnswered ? [] : [{ question, coefficient: hBoth.residual }]));
  return kept.length === 0 ? null : spread(kept, draws, random);
}

/** True when the question enters the shares of tool × reasoning. */
export function isCounted(row: QuestionEffects): boolean {
  return !row.neverAnswered && row.coefficients.tool_x_reasoning !== null;
}

function spread(kept: readonly { readonly question: string; readonly coefficient: Coefficient }[], draws: number, random: Random): SpreadSummary {
  // In the order of names, so that a file in another order gives the same bits.
  const sorted = [...kept].sort((x, y) => (x.question < y.question ? -1 : x.question > y.question ? 1 : 0));
  const names = sorted.map(({ question }) => question);
  const values = Float64Array.from(sorted, ({ coefficient }) => coefficient.estimate);
  const number = (holds: (coefficient: Coefficient) => boolean): number => sorted.reduce((sum, { coefficient }) => sum + Number(holds(coefficient)), 0);
  const negative = number(({ estimate }) => estimate < 0);
  const positive = number(({ estimate }) => estimate > 0);
  const interval = (statistic: typeof clusterMean, name: string): QuestionInterval | null => {
    if (values.length === 0) return null;
    const { estimate, interval: found } = statistic(values, names, draws, random.stream(name));
    return { estimate, low: found?.low ?? null, high: found?.high ?? null };
  };
  return {
    counted: sorted.length,
    ties: sorted.length - negative - positive,
    negative: shareOf(negative, negative + positive),
    positive: shareOf(positive, negative + positive),
    intervalBelow: shareOf(number(({ high }) => high < 0), sorted.length),
    intervalAbove: shareOf(number(({ low }) => low > 0), sorted.length),
    mean: interval(clusterMean, 'mean'),
    median: interval(clusterMedian, 'median'),
  };
}
