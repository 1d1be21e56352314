import { binCount, binOf } from '../histogram.ts';
import type { Bins } from '../histogram.ts';
import { mean, quantileSorted } from '../statistics/summary.ts';
import type { Scale } from './accuracy.ts';
import { ROUNDING, Z95 } from './coefficients.ts';

/**
 * Bins of λ on each scale. They are odd in number and centred, so that 0, where exact ties lie, is the middle of a bin
 * and neither side has it. At n = 50 |λ| is at most 18.5 on the logit scale and 2 on the probability scale.
 */
export const LAMBDA_BINS: Readonly<Record<Scale, Bins>> = {
  logit: { from: -8.25, to: 8.25, width: 0.5 },
  probability: { from: -2.05, to: 2.05, width: 0.1 },
  'log-failure': { from: -6.125, to: 6.125, width: 0.25 },
};

/** Counts per bin; values outside are counted on their side. */
export interface LambdaHistogram {
  readonly bins: Bins;
  readonly counts: readonly number[];
  readonly below: number;
  readonly above: number;
}

/** The measured histogram. */
export function lambdaHistogram(values: Iterable<number>, scale: Scale): LambdaHistogram {
  const tally = new Tally(1, scale);
  for (const value of values) tally.add(0, value, 0);
  return tally.histogram();
}

/** A figure over repeats: its mean, and from where to where 95 % of the repeats lie. */
export interface RepeatSpread {
  readonly mean: number;
  readonly low: number;
  readonly high: number;
}

export interface RepeatSummary {
  readonly repeats: number;
  /** Questions in each repeat. */
  readonly questions: number;
  /** Share negative of those without ties; null when every repeat was all ties. */
  readonly negative: RepeatSpread | null;
  /** Shares of all questions. Null of no question. */
  readonly ties: RepeatSpread | null;
  readonly intervalBelow: RepeatSpread | null;
  readonly intervalAbove: RepeatSpread | null;
  /** Mean counts of a repeat: they add up to the questions, and lie over the measured histogram as they are. */
  readonly histogram: LambdaHistogram;
}

/** Counts signs, intervals and bins of λ, repeat by repeat. */
export class Tally {
  readonly #repeats: number;
  readonly #bins: Bins;
  readonly #binCount: number;
  readonly #counts: Float64Array;
  readonly #negative: Uint32Array;
  readonly #positive: Uint32Array;
  readonly #under: Uint32Array;
  readonly #over: Uint32Array;
  #below = 0;
  #above = 0;

  constructor(repeats: number, scale: Scale) {
    this.#repeats = repeats;
    this.#bins = LAMBDA_BINS[scale];
    this.#binCount = binCount(this.#bins);
    this.#counts = new Float64Array(this.#binCount);
    this.#negative = new Uint32Array(repeats);
    this.#positive = new Uint32Array(repeats);
    this.#under = new Uint32Array(repeats);
    this.#over = new Uint32Array(repeats);
  }

  add(repeat: number, value: number, variance: number): void {
    const lambda = Math.abs(value) < ROUNDING ? 0 : value;
    const bin = binOf(this.#bins, this.#binCount, lambda);
    if (bin >= 0) this.#counts[bin]++;
    else if (lambda < 0) this.#below++;
    else this.#above++;
    if (lambda < 0) this.#negative[repeat]++;
    if (lambda > 0) this.#positive[repeat]++;
    const half = Z95 * Math.sqrt(variance);
    if (lambda + half < 0) this.#under[repeat]++;
    if (lambda - half > 0) this.#over[repeat]++;
  }

  histogram(): LambdaHistogram {
    const { from, to, width } = this.#bins;
    return { bins: { from, to, width }, counts: Array.from(this.#counts, (count) => count / this.#repeats), below: this.#below / this.#repeats, above: this.#above / this.#repeats };
  }

  /** @param questions values added in each repeat */
  summary(questions: number): RepeatSummary {
    const share = (counts: Uint32Array): RepeatSpread | null => (questions === 0 ? null : repeatSpread(Array.from(counts, (count) => count / questions)));
    const untied = this.#negative.map((count, repeat) => count + this.#positive[repeat]);
    return {
      repeats: this.#repeats,
      questions,
      negative: repeatSpread(Array.from(this.#negative, (count, repeat) => count / untied[repeat]).filter((value) => !Number.isNaN(value))),
      ties: share(untied.map((count) => questions - count)),
      intervalBelow: share(this.#under),
      intervalAbove: share(this.#over),
      histogram: this.histogram(),
    };
  }
}

function repeatSpread(values: readonly number[]): RepeatSpread | null {
  if (values.length === 0) return null;
  const sorted = Float64Array.from(values).sort();
  return { mean: mean(sorted), low: quantileSorted(sorted, 0.025), high: quantileSorted(sorted, 0.975) };
}
