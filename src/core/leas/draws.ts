import type { Random } from '../random.ts';

/** Exact draws of counts: no normal approximation, which fails just where accuracies near 0 and 1 make λ noisy. */

/** P(X ≤ k) for k = 0 … n of a binomial with n trials of probability p in [0, 1]; the last entry is 1. */
export function binomialCumulative(n: number, p: number): Float64Array {
  if (!(p >= 0 && p <= 1)) throw new RangeError(`No binomial with probability ${p}.`);
  const weights = new Float64Array(n + 1);
  // Outward from the mode, so that nothing that matters underflows.
  const mode = Math.min(n, Math.floor((n + 1) * p));
  weights[mode] = 1;
  for (let k = mode; k < n; k++) weights[k + 1] = (weights[k] * (n - k) * p) / ((k + 1) * (1 - p));
  for (let k = mode; k > 0; k--) weights[k - 1] = (weights[k] * k * (1 - p)) / ((n - k + 1) * p);
  let total = 0;
  for (let k = 0; k <= n; k++) {
    total += weights[k];
    weights[k] = total;
  }
  for (let k = 0; k < n; k++) weights[k] /= total;
  weights[n] = 1;
  return weights;
}

/** The smallest k with uniform < cumulative[k]. @param uniform in [0, 1) */
export function invert(cumulative: Float64Array, uniform: number): number {
  let low = 0;
  let high = cumulative.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (uniform < cumulative[middle]) high = middle;
    else low = middle + 1;
  }
  return low;
}

/**
 * Correct answers among `half` samples drawn without replacement from n of which k are correct: hypergeometric, in
 * whole-number arithmetic. The rarer kind is dealt item by item, min(k, n − k) draws.
 * @throws RangeError unless 0 ≤ k ≤ n and 0 ≤ half ≤ n
 */
export function hypergeometric(k: number, n: number, half: number, random: Random): number {
  if (!(k >= 0 && k <= n && half >= 0 && half <= n)) throw new RangeError(`No ${half} of ${n} samples with ${k} correct.`);
  const rare = Math.min(k, n - k);
  let [free, places] = [half, n];
  for (let item = 0; item < rare; item++) {
    if (random.integer(places) < free) free--;
    places--;
  }
  const dealt = half - free;
  return rare === k ? dealt : half - dealt;
}
