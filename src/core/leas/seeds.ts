import { Welford } from '../statistics/summary.ts';
import type { EffectSummary } from './summary.ts';

/**
 * Several training seeds. What a training run does is common to all of its questions, so a bootstrap over questions is
 * blind to it: only other runs show it. Where all seeds stand beside the same samples of Base, its sampling error is common
 * to them too, and the spread between them does not hold it.
 */

export const REGIMES = ['mostly synergy', 'mostly interference', 'not decided'] as const;
export type Regime = (typeof REGIMES)[number];

/** Below three runs that agree, agreement is too likely by chance (one of two pairs of coin flips agrees). */
export const LEAST_SEEDS = 3;

/** How a figure differs between training seeds. */
export interface SeedSpread {
  readonly mean: number;
  /** Standard deviation between seeds; null of one. */
  readonly deviation: number | null;
  readonly low: number;
  readonly high: number;
}

export interface SeedSummary {
  readonly seeds: number;
  /** Of the share negative (0 to 1), without ties. Null where no seed has one. */
  readonly negative: SeedSpread | null;
  /** Of the mean effect, in units of the scale. */
  readonly mean: SeedSpread | null;
  readonly regime: Regime;
  /** Why the regime is named or not, as the end of a sentence. */
  readonly reason: string;
}

/**
 * One seed's side: both its share negative leaves one half and its mean leaves 0, with their intervals, the same way.
 */
export function seedRegime({ negative, mean }: EffectSummary): Regime {
  if (mean === null || mean.low === null || mean.high === null || negative.share === null) return 'not decided';
  if (negative.low > 0.5 && mean.high < 0) return 'mostly interference';
  return negative.high < 0.5 && mean.low > 0 ? 'mostly synergy' : 'not decided';
}

/** @param summaries tool × reasoning, one a training seed */
export function summariseSeeds(summaries: readonly EffectSummary[]): SeedSummary {
  const sides = summaries.map(seedRegime);
  const [first] = sides;
  const agree = sides.every((side) => side === first);
  const decided = summaries.length >= LEAST_SEEDS && agree;
  return {
    seeds: summaries.length,
    negative: seedSpread(summaries.flatMap(({ negative }) => (negative.share === null ? [] : [negative.share]))),
    mean: seedSpread(summaries.flatMap(({ mean }) => (mean === null ? [] : [mean.estimate]))),
    regime: decided ? first : 'not decided',
    reason: reasonOf(sides, agree),
  };
}

function reasonOf(sides: readonly Regime[], agree: boolean): string {
  if (sides.length === 0) return 'there are no counts';
  if (agree && sides[0] === 'not decided') return sides.length === 1 ? 'the intervals of one training seed hold both signs' : `the intervals of all ${sides.length} training seeds hold both signs`;
  if (!agree) return 'the training seeds do not agree';
  if (sides.length < LEAST_SEEDS) return `${sides.length === 1 ? 'one training seed says' : `${sides.length} training seeds say`} “${sides[0]}”, and ${LEAST_SEEDS} must agree`;
  return `all ${sides.length} training seeds agree, each with intervals on that side`;
}

function seedSpread(values: readonly number[]): SeedSpread | null {
  if (values.length === 0) return null;
  const running = new Welford();
  for (const value of values) running.add(value);
  return { mean: running.mean, deviation: values.length < 2 ? null : running.deviation, low: Math.min(...values), high: Math.max(...values) };
}
