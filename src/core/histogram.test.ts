import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { binCount, binEdges, countBins, densities } from './histogram.ts';

const bins = { from: 0, to: 180, width: 2 };

describe('histogram', () => {
  it('closes the last bin and leaves out what falls outside', () => {
    const counts = countBins(bins, [0, 1.999, 2, 179.99, 180, 180.1, -1, Number.NaN]);
    expect(counts.length).toBe(90);
    expect([counts[0], counts[1], counts[89]]).toEqual([2, 1, 2]);
    expect(counts.reduce((x, y) => x + y, 0)).toBe(5);
  });

  it('integrates to 1 when nothing falls outside', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: 0, max: 180, noNaN: true }), { minLength: 1 }), (values) => {
        const density = densities(bins, countBins(bins, values), values.length);
        expect(density.reduce((x, y) => x + y, 0) * bins.width).toBeCloseTo(1, 9);
      }),
    );
  });

  it('refuses a width that does not divide the range and gives zeros for nothing', () => {
    expect(() => binCount({ from: 0, to: 1, width: 0.3 })).toThrow(RangeError);
    expect(densities(bins, new Uint32Array(90), 0).every((value) => value === 0)).toBe(true);
    expect(binEdges({ from: 80, to: 100, width: 0.25 }).at(-1)).toBe(100);
  });
});
