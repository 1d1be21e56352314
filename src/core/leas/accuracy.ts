/**
 * Accuracies from k correct answers of n, on three scales. Whether effects add up depends on the scale (a difference of
 * differences on one scale can vanish on another: Loftus 1978, Wagenmakers et al. 2012), so that all three are shown.
 * On each a greater value is a greater accuracy, hence negative tool × reasoning always means "less than added up".
 */
export const SCALES = ['logit', 'probability', 'log-failure'] as const;
export type Scale = (typeof SCALES)[number];

export const SCALE_LABELS: Readonly<Record<Scale, string>> = { logit: 'logit', probability: 'probability', 'log-failure': '−log failure rate' };

/** Correct answers of one model to one question, of so many samples. Whole numbers, 0 ≤ k ≤ n, n ≥ 1. */
export interface Count {
  readonly k: number;
  readonly n: number;
}

export interface AccuracyChoice {
  readonly scale: Scale;
  /**
   * Null: ½ is added to successes and to failures (Haldane 1956, Anscombe 1956), whose bias is O(n⁻²). A number in
   * (0, ½): k/n is clipped to [ε, 1 − ε] instead; ε then sets where questions that were always or never answered lie,
   * and so the width of the histogram (sd of λ at n = 50: 0.95 with +½, 1.6 with ε = 1e-3, 4.3 with ε = 1e-6). Without
   * meaning on the probability scale.
   */
  readonly epsilon: number | null;
}

/** A value with its sampling variance, both on the scale. */
export interface Accuracy {
  readonly value: number;
  readonly variance: number;
}

/** @throws RangeError for counts or an ε that are none */
export function checkChoice({ epsilon, scale }: AccuracyChoice): void {
  if (epsilon === null) return;
  if (!(epsilon > 0 && epsilon < 0.5)) throw new RangeError(`Clipping needs a number between 0 and 0.5, not ${epsilon}.`);
  if (scale === 'probability') throw new RangeError('Nothing is clipped on the probability scale.');
}

/**
 * The accuracy of k of n. With s = k + ½, f = n − k + ½:
 * - logit: log(s/f), variance 1/s + 1/f (Gart 1966). Clipped values keep this variance, which is too small where the
 *   clip was reached: their spread is ε's choice, not the sample's.
 * - probability: k/n, variance p̃(1 − p̃)/n with p̃ = s/(n + 1). The plain k/n there would give variance 0 at k = 0 and
 *   k = n, as if the accuracy were known.
 * - log-failure: −log(f/(n + 1)), variance 1/f − 1/(n + 1) by the delta method. The same ½ as for the logit, so that
 *   logit = log p̃ − log f̃ holds between the scales.
 * @throws RangeError for counts that are none
 */
export function accuracyOf({ k, n }: Count, { scale, epsilon }: AccuracyChoice): Accuracy {
  if (!Number.isInteger(k) || !Number.isInteger(n) || k < 0 || n < 1 || k > n) throw new RangeError(`No accuracy of ${k} correct answers of ${n}.`);
  const s = k + 0.5;
  const f = n - k + 0.5;
  if (scale === 'probability') return { value: k / n, variance: (s * f) / ((n + 1) * (n + 1) * n) };
  if (scale === 'log-failure') {
    const value = epsilon === null ? Math.log(n + 1) - Math.log(f) : -Math.log(1 - clip(k / n, epsilon));
    return { value, variance: 1 / f - 1 / (n + 1) };
  }
  // A difference of logarithms, not the logarithm of a ratio: k and n − k are then exactly opposite, and ties exact.
  const p = epsilon === null ? 0 : clip(k / n, epsilon);
  return { value: epsilon === null ? Math.log(s) - Math.log(f) : Math.log(p) - Math.log(1 - p), variance: 1 / s + 1 / f };
}

function clip(p: number, epsilon: number): number {
  return Math.min(1 - epsilon, Math.max(epsilon, p));
}

/** (k + ½)/(n + 1): the probability whose logit is the default z; never 0 or 1. */
export function smoothedProbability({ k, n }: Count): number {
  return (k + 0.5) / (n + 1);
}

/** A probability in (0, 1) on the scale, without sampling. @param p accuracy */
export function onScale(p: number, scale: Scale): number {
  if (scale === 'probability') return p;
  return scale === 'log-failure' ? -Math.log1p(-p) : Math.log(p) - Math.log1p(-p);
}

/** Every accuracy that n samples can show: what is drawn thousands of times is looked up. */
export interface AccuracyTable {
  readonly values: Float64Array;
  readonly variances: Float64Array;
}

/** A function that gives the table of n, made once each. @throws RangeError as `checkChoice` */
export function accuracyTables(choice: AccuracyChoice): (n: number) => AccuracyTable {
  checkChoice(choice);
  const tables = new Map<number, AccuracyTable>();
  return (n) => {
    const known = tables.get(n);
    if (known !== undefined) return known;
    const all = Array.from({ length: n + 1 }, (_, k) => accuracyOf({ k, n }, choice));
    const table = { values: Float64Array.from(all, ({ value }) => value), variances: Float64Array.from(all, ({ variance }) => variance) };
    tables.set(n, table);
    return table;
  };
}
