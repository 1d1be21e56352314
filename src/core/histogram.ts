/** Equal bins [from, from + width), …; the last one is closed so that `to` itself counts. */
export interface Bins {
  readonly from: number;
  readonly to: number;
  readonly width: number;
}

/** Number of bins. @throws RangeError unless the width divides the range. */
export function binCount(bins: Bins): number {
  const exact = (bins.to - bins.from) / bins.width;
  const count = Math.round(exact);
  if (!(count >= 1) || Math.abs(exact - count) > 1e-9) throw new RangeError(`Width ${bins.width} does not divide ${bins.from} to ${bins.to}.`);
  return count;
}

/** Index of the value's bin, or −1 outside the range (and for NaN). */
export function binOf(bins: Bins, count: number, value: number): number {
  if (!(value >= bins.from && value <= bins.to)) return -1;
  const index = Math.floor((value - bins.from) / bins.width);
  return index < count ? index : count - 1;
}

/** Counts per bin; values outside are left out (their number is values.length − Σ counts). */
export function countBins(bins: Bins, values: ArrayLike<number>): Uint32Array {
  const count = binCount(bins);
  const counts = new Uint32Array(count);
  for (let i = 0; i < values.length; i++) {
    const bin = binOf(bins, count, values[i]);
    if (bin >= 0) counts[bin]++;
  }
  return counts;
}

/** Densities per unit of the axis: count/(total · width). `total` counts the values outside as well; 0 gives zeros. */
export function densities(bins: Bins, counts: ArrayLike<number>, total: number): Float64Array {
  const scale = total > 0 ? 1 / (total * bins.width) : 0;
  return Float64Array.from(counts, (count) => count * scale);
}

/** Left edge of every bin, then the right edge of the last. */
export function binEdges(bins: Bins): number[] {
  const count = binCount(bins);
  return Array.from({ length: count + 1 }, (_, index) => (index === count ? bins.to : bins.from + index * bins.width));
}
