import { linearScale, niceCeiling, type Scale, ticks } from '../scale.ts';
import type { Tone } from '../tones.ts';

export interface Bins {
  readonly from: number;
  readonly to: number;
  readonly width: number;
}

export interface Range {
  readonly estimate: number;
  readonly low: number;
  readonly high: number;
}

export interface HistogramSeries {
  readonly id: string;
  readonly label: string;
  readonly tone: Tone;
  readonly counts: ArrayLike<number>;
  /** Values in all, those outside the bins included: densities are shares of all. */
  readonly n: number;
  readonly median: Range | null;
  /** What independent noise alone would give in the same design. */
  readonly noise: Range | null;
}

/** Densities per bin that chance alone gives: mean and 95 % band. */
export interface NullBand {
  readonly label: string;
  readonly mean: ArrayLike<number>;
  readonly low: ArrayLike<number>;
  readonly high: ArrayLike<number>;
}

export interface HistogramLabel {
  readonly id: string;
  readonly x: number;
  readonly y: number;
  readonly anchor: 'start' | 'end';
}

export interface HistogramLayout {
  readonly x: Scale;
  readonly y: Scale;
  readonly xTicks: readonly number[];
  readonly yTicks: readonly number[];
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
  readonly railRow: number;
}

export const RAIL_ROW = 22;

export function binCount(bins: Bins): number {
  return Math.round((bins.to - bins.from) / bins.width);
}

export function densities(series: HistogramSeries, bins: Bins): Float64Array {
  const scale = series.n > 0 ? 1 / (series.n * bins.width) : 0;
  return Float64Array.from({ length: binCount(bins) }, (_, bin) => (series.counts[bin] ?? 0) * scale);
}

export function layoutHistogram(series: readonly HistogramSeries[], bins: Bins, band: NullBand | null, width: number, height: number, nullRow = false): HistogramLayout {
  const left = 56;
  const right = width - 12;
  const top = 8 + (series.length + (nullRow ? 1 : 0)) * RAIL_ROW + 16;
  const bottom = height - 40;
  let highest = 0;
  for (const one of series) for (const density of densities(one, bins)) highest = Math.max(highest, density);
  if (band) for (let bin = 0; bin < binCount(bins); bin += 1) highest = Math.max(highest, band.high[bin] ?? 0);
  const ceiling = niceCeiling(highest * 1.04, 4);
  const x = linearScale([bins.from, bins.to], [left, right]);
  const y = linearScale([0, ceiling], [bottom, top]);
  const step = bins.to - bins.from >= 180 ? (width < 420 ? 45 : width < 640 ? 30 : 15) : width < 480 ? 5 : 2;
  const xTicks = Array.from({ length: Math.floor((bins.to - bins.from) / step) + 1 }, (_, index) => bins.from + index * step);
  return { x, y, xTicks, yTicks: highest > 0 ? ticks(0, ceiling, 4) : [], left, right, top, bottom, railRow: RAIL_ROW };
}

/** Outline of the bars as one line from baseline to baseline; empty stretches stay on the baseline. */
export function stepPath(values: ArrayLike<number>, bins: Bins, x: Scale, y: Scale): string {
  const count = binCount(bins);
  const at = (value: number) => value.toFixed(2);
  let path = `M${at(x(bins.from))},${at(y(0))}`;
  for (let bin = 0; bin < count; bin += 1) {
    path += `V${at(y(values[bin] ?? 0))}H${at(x(bins.from + (bin + 1) * bins.width))}`;
  }
  return `${path}V${at(y(0))}`;
}

/** A closed band between two step lines. */
export function bandPath(low: ArrayLike<number>, high: ArrayLike<number>, bins: Bins, x: Scale, y: Scale): string {
  const count = binCount(bins);
  const at = (value: number) => value.toFixed(2);
  let path = `M${at(x(bins.from))},${at(y(high[0]))}`;
  for (let bin = 0; bin < count; bin += 1) path += `V${at(y(high[bin] ?? 0))}H${at(x(bins.from + (bin + 1) * bins.width))}`;
  for (let bin = count - 1; bin >= 0; bin -= 1) path += `V${at(y(low[bin] ?? 0))}H${at(x(bins.from + bin * bins.width))}`;
  return `${path}Z`;
}

/** One label at the peak of each outline, moved apart where they would cover each other. */
export function placeLabels(series: readonly HistogramSeries[], bins: Bins, layout: HistogramLayout): HistogramLabel[] {
  const middle = (layout.left + layout.right) / 2;
  const wanted = series
    .filter((one) => densities(one, bins).some((density) => density > 0))
    .map((one) => {
      const values = densities(one, bins);
      let peak = 0;
      for (let bin = 1; bin < values.length; bin += 1) if (values[bin] > values[peak]) peak = bin;
      const x = layout.x(bins.from + (peak + 0.5) * bins.width);
      const anchor: 'start' | 'end' = x > middle + 40 ? 'start' : 'end';
      const nearEdge = anchor === 'start' && x > layout.right - 48;
      return { id: one.id, x: x + (anchor === 'start' && !nearEdge ? 10 : -10), y: layout.y(values[peak]) + 4, anchor: nearEdge ? ('end' as const) : anchor };
    })
    .sort((a, b) => a.y - b.y);
  const placed: HistogramLabel[] = [];
  for (const label of wanted) {
    let y = Math.max(layout.top + 10, label.y);
    for (const other of placed) if (Math.abs(other.x - label.x) < 44 && Math.abs(other.y - y) < 16) y = other.y + 16;
    placed.push({ ...label, y: Math.min(layout.bottom - 4, y) });
  }
  return placed;
}
