import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { countBins } from '../histogram.ts';
import { median } from '../statistics/summary.ts';
import { CosineBins, medianAngle } from './cosine-bins.ts';
import { degreesOf } from './geometry.ts';
import { FULL_BINS, ZOOM_BINS } from './types.ts';

describe('cosine bins', () => {
  it('count as the angles themselves would', () => {
    const cosine = fc.oneof(fc.double({ min: -1, max: 1, noNaN: true }), fc.double({ min: -0.2, max: 0.2, noNaN: true }), fc.constantFrom(-1, 0, 1));
    fc.assert(
      fc.property(fc.array(cosine), (cosines) => {
        const angles = cosines.map(degreesOf);
        for (const bins of [FULL_BINS, ZOOM_BINS]) {
          // An angle on an edge may round to either side.
          const inside = cosines.filter((_, index) => Math.abs(angles[index] / bins.width - Math.round(angles[index] / bins.width)) > 1e-9 || [-1, 0, 1].includes(cosines[index]));
          const counter = new CosineBins(bins);
          const counts = new Uint32Array(counter.count);
          counter.add(counts, Float64Array.from(inside), inside.length);
          expect(counts).toEqual(countBins(bins, inside.map(degreesOf)));
        }
      }),
    );
  });

  it('give the median of the angles', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: -1, max: 1, noNaN: true }), { minLength: 1, maxLength: 30 }), (cosines) => {
        expect(medianAngle(Float64Array.from(cosines), cosines.length)).toBeCloseTo(median(cosines.map(degreesOf)), 4);
      }),
    );
  });
});
