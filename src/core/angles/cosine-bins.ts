import { binCount, binEdges } from '../histogram.ts';
import type { Bins } from '../histogram.ts';
import { DEGREES, degreesOf } from './geometry.ts';
import { medianInPlace } from '../statistics/summary.ts';

const CELLS = 4096;

/**
 * Counts cosines in bins of degrees without an arccos each: a table over equal cells of [−1, 1] gives the first bin a
 * cell reaches, and edges in cosines decide within the cell. A thousand permutations of thousands of angles need it.
 */
export class CosineBins {
  readonly count: number;
  /** Cosine of the right edge of each bin; a cosine at or below it belongs further on. */
  readonly #edges: Float64Array;
  readonly #first: Int32Array;
  readonly #above: number;
  readonly #below: number;

  constructor(bins: Bins) {
    this.count = binCount(bins);
    const edges = binEdges(bins);
    this.#above = Math.cos(edges[0] / DEGREES);
    this.#below = Math.cos(edges[this.count] / DEGREES);
    this.#edges = Float64Array.from({ length: this.count }, (_, bin) => Math.cos(edges[bin + 1] / DEGREES));
    this.#first = new Int32Array(CELLS + 1);
    for (let cell = 0; cell <= CELLS; cell++) {
      // The largest cosine of the cell has the smallest angle.
      const largest = 1 - (2 * cell) / CELLS;
      let bin = 0;
      while (bin + 1 < this.count && largest <= this.#edges[bin]) bin++;
      this.#first[cell] = bin;
    }
  }

  /** Adds the first n cosines to the counts; those outside the range are passed over. */
  add(counts: Uint32Array, cosines: Float64Array, n: number): void {
    const last = this.count - 1;
    for (let i = 0; i < n; i++) {
      const cos = cosines[i];
      if (cos > this.#above || cos < this.#below) continue;
      let bin = this.#first[((1 - cos) * (CELLS / 2)) | 0];
      while (bin < last && cos <= this.#edges[bin]) bin++;
      counts[bin]++;
    }
  }
}

/** Median angle in degrees of the first n cosines, which are reordered. NaN for n = 0. */
export function medianAngle(cosines: Float64Array, n: number): number {
  if (n === 0) return Number.NaN;
  const middle = medianInPlace(cosines, n);
  if (n % 2 === 1) return degreesOf(middle);
  // arccos falls, so the middle two cosines are the middle two angles; these are averaged, not the cosines.
  const upper = cosines[n >> 1];
  return (degreesOf(upper) + degreesOf(Math.max(-1, Math.min(1, 2 * middle - upper)))) / 2;
}
