/** Quantiles, means and the normal distribution, in plain arithmetic. */

/**
 * Quantile of ascending values by linear interpolation (type 7 of Hyndman and Fan, the default of R and NumPy).
 * NaN for no values.
 */
export function quantileSorted(sorted: ArrayLike<number>, p: number): number {
  const n = sorted.length;
  if (n === 0) return Number.NaN;
  const position = (n - 1) * Math.min(1, Math.max(0, p));
  const below = Math.floor(position);
  const low = sorted[below];
  if (below + 1 >= n) return low;
  const fraction = position - below;
  return fraction === 0 ? low : low + fraction * (sorted[below + 1] - low);
}

/** A sorted copy. Typed arrays sort numerically and fast. */
export function sortedCopy(values: ArrayLike<number>): Float64Array {
  return Float64Array.from(values).sort();
}

/** Quantile of values in any order (they are copied). NaN for no values. */
export function quantile(values: ArrayLike<number>, p: number): number {
  return quantileSorted(sortedCopy(values), p);
}

/** Median of values in any order. NaN for no values. */
export function median(values: ArrayLike<number>): number {
  return medianInPlace(Float64Array.from(values), values.length);
}

/**
 * Median of the first `n` entries, which are reordered: Hoare's selection, expected time linear in n. NaN for n = 0.
 */
export function medianInPlace(values: Float64Array, n: number): number {
  if (n === 0) return Number.NaN;
  const upper = n >> 1;
  select(values, n, upper);
  const high = values[upper];
  if (n % 2 === 1) return high;
  let low = values[0];
  for (let i = 1; i < upper; i++) if (values[i] > low) low = values[i];
  return low + (high - low) / 2;
}

/** Puts the k-th smallest of the first n entries at index k, nothing larger before it. */
function select(values: Float64Array, n: number, k: number): void {
  let left = 0;
  let right = n - 1;
  while (left < right) {
    // Median of three: already ordered input, which is common here, stays linear.
    const middle = (left + right) >> 1;
    const a = values[left];
    const b = values[middle];
    const c = values[right];
    const pivot = a < b ? (b < c ? b : a < c ? c : a) : a < c ? a : b < c ? c : b;
    let i = left;
    let j = right;
    while (i <= j) {
      while (values[i] < pivot) i++;
      while (values[j] > pivot) j--;
      if (i <= j) {
        const held = values[i];
        values[i] = values[j];
        values[j] = held;
        i++;
        j--;
      }
    }
    if (k <= j) right = j;
    else if (k >= i) left = i;
    else return;
  }
}

/** Arithmetic mean. NaN for no values. */
export function mean(values: ArrayLike<number>): number {
  const n = values.length;
  let sum = 0;
  for (let i = 0; i < n; i++) sum += values[i];
  return n === 0 ? Number.NaN : sum / n;
}

/** Running mean and variance (Welford): stable where the mean is large beside the spread. */
export class Welford {
  #count = 0;
  #mean = 0;
  #squares = 0;

  add(value: number): void {
    this.#count++;
    const before = value - this.#mean;
    this.#mean += before / this.#count;
    this.#squares += before * (value - this.#mean);
  }

  get count(): number {
    return this.#count;
  }

  /** NaN before the first value. */
  get mean(): number {
    return this.#count === 0 ? Number.NaN : this.#mean;
  }

  /** Unbiased (n − 1). NaN below two values. */
  get variance(): number {
    return this.#count < 2 ? Number.NaN : this.#squares / (this.#count - 1);
  }

  get deviation(): number {
    return Math.sqrt(this.variance);
  }
}

/**
 * Quantile of the standard normal distribution: Acklam's rational approximation with one Halley step, absolute error
 * below 1e-9. @throws RangeError outside (0, 1).
 */
export function normalQuantile(p: number): number {
  if (!(p > 0 && p < 1)) throw new RangeError(`No normal quantile at ${p}.`);
  const a = [-39.69683028665376, 220.9460984245205, -275.9285104469687, 138.357751867269, -30.66479806614716, 2.506628277459239];
  const b = [-54.47609879822406, 161.5858368580409, -155.6989798598866, 66.80131188771972, -13.28068155288572];
  const c = [-0.007784894002430293, -0.3223964580411365, -2.400758277161838, -2.549732539343734, 4.374664141464968, 2.938163982698783];
  const d = [0.007784695709041462, 0.3224671290700398, 2.445134137142996, 3.754408661907416];
  const tail = 0.02425;
  let x: number;
  if (p < tail || p > 1 - tail) {
    const q = Math.sqrt(-2 * Math.log(Math.min(p, 1 - p)));
    x = horner(c, q) / (horner(d, q) * q + 1);
    if (p > 0.5) x = -x;
  } else {
    const q = p - 0.5;
    x = (horner(a, q * q) * q) / (horner(b, q * q) * q * q + 1);
  }
  const error = normalCdf(x) - p;
  const step = error * Math.sqrt(2 * Math.PI) * Math.exp((x * x) / 2);
  return x - step / (1 + (x * step) / 2);
}

function horner(coefficients: readonly number[], x: number): number {
  return coefficients.reduce((sum, coefficient) => sum * x + coefficient, 0);
}

/** Distribution function of the standard normal, absolute error below 1e-12 for |x| < 6: its Taylor series, or its continued fraction in the tails. */
export function normalCdf(x: number): number {
  if (x === 0) return 0.5;
  const absolute = Math.abs(x);
  const density = Math.exp((-absolute * absolute) / 2) / Math.sqrt(2 * Math.PI);
  let upper: number;
  if (absolute < 3) {
    let term = absolute;
    let sum = absolute;
    for (let k = 1; k < 200 && Math.abs(term) > 1e-17 * sum; k++) {
      term *= (absolute * absolute) / (2 * k + 1);
      sum += term;
    }
    upper = 0.5 - density * sum;
  } else {
    let fraction = absolute;
    for (let k = 80; k > 0; k--) fraction = absolute + k / fraction;
    upper = density / fraction;
  }
  return x > 0 ? 1 - upper : upper;
}
