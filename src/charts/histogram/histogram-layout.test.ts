import { describe, expect, it } from 'vitest';
import { bandPath, densities, type HistogramSeries, layoutHistogram, placeLabels, stepPath } from './histogram-layout.ts';

const BINS = { from: 0, to: 180, width: 2 };
const counts = (bin: number, count: number) => Uint32Array.from({ length: 90 }, (_, index) => (index === bin ? count : 0));
const series = (id: string, bin: number, n = 10): HistogramSeries => ({ id, label: id, tone: 'cross', counts: counts(bin, n), n, median: null, noise: null });

describe('histogram layout', () => {
  it('makes densities that integrate to the share inside the bins', () => {
    const half: HistogramSeries = { ...series('a', 45, 5), n: 10 };
    const sum = densities(half, BINS).reduce((total, density) => total + density * BINS.width, 0);
    expect(sum).toBeCloseTo(0.5);
  });
  it('gives an empty series no density instead of NaN', () => {
    expect(densities(series('a', 3, 0), BINS).every((density) => density === 0)).toBe(true);
  });
  it('keeps the highest bar inside the plot', () => {
    const layout = layoutHistogram([series('a', 45)], BINS, null, 800, 400);
    expect(layout.y(0.5)).toBeGreaterThanOrEqual(layout.top);
    expect(layout.y(0)).toBe(layout.bottom);
  });
  it('draws one step a bin from baseline to baseline', () => {
    const layout = layoutHistogram([series('a', 45)], BINS, null, 800, 400);
    const path = stepPath(counts(45, 1), BINS, layout.x, layout.y);
    expect(path.match(/H/g)).toHaveLength(90);
    expect(path.endsWith(`V${layout.bottom.toFixed(2)}`)).toBe(true);
    expect(bandPath(counts(45, 1), counts(45, 2), BINS, layout.x, layout.y).endsWith('Z')).toBe(true);
  });
  it('labels only what has a bar inside the axis', () => {
    const outside: HistogramSeries = { ...series('a', 45, 0), n: 5 };
    const layout = layoutHistogram([outside], BINS, null, 800, 400);
    expect(placeLabels([outside], BINS, layout)).toEqual([]);
    expect(layout.yTicks).toEqual([]);
  });
  it('moves labels at one peak apart', () => {
    const both = [series('a', 45), series('b', 45)];
    const layout = layoutHistogram(both, BINS, null, 800, 400);
    const [first, second] = placeLabels(both, BINS, layout);
    expect(Math.abs(first.y - second.y)).toBeGreaterThanOrEqual(15);
  });
});
