import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Random } from '../random.ts';
import { clusterIndices, clusterMean, clusterMedian, percentileInterval, resampleCounts, weightedMedians } from './bootstrap.ts';
import { Welford, mean, median, normalCdf, normalQuantile, quantile } from './summary.ts';

const finite = fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e6, max: 1e6 });

describe('quantiles and moments', () => {
  it('are those of type 7', () => {
    expect(quantile([4, 1, 3, 2], 0.25)).toBe(1.75);
    expect(quantile([5], 0.9)).toBe(5);
    expect(median([3, 1, 2])).toBe(2);
    expect(median([])).toBeNaN();
    expect(mean([])).toBeNaN();
  });

  it('selects the same median as sorting', () => {
    fc.assert(
      fc.property(fc.array(finite, { minLength: 1, maxLength: 60 }), (values) => {
        expect(median(values)).toBeCloseTo(quantile(values, 0.5), 6);
      }),
    );
  });

  it('agrees with the two-pass variance', () => {
    fc.assert(
      fc.property(fc.array(finite, { minLength: 2, maxLength: 50 }), (values) => {
        const running = new Welford();
        for (const value of values) running.add(value);
        const centre = mean(values);
        const variance = values.reduce((sum, value) => sum + (value - centre) ** 2, 0) / (values.length - 1);
        expect(running.mean).toBeCloseTo(centre, 4);
        expect(Math.abs(running.variance - variance)).toBeLessThanOrEqual(1e-9 * variance + 1e-6);
      }),
    );
    expect(new Welford().mean).toBeNaN();
  });
});

describe('the normal distribution', () => {
  it('has known quantiles', () => {
    expect(normalQuantile(0.975)).toBeCloseTo(1.959963984540054, 9);
    expect(normalQuantile(0.5)).toBeCloseTo(0, 12);
    expect(normalQuantile(1e-6)).toBeCloseTo(-4.753424308822899, 8);
    expect(normalCdf(1)).toBeCloseTo(0.8413447460685429, 12);
    expect(normalCdf(-4)).toBeCloseTo(3.167124183311986e-5, 14);
    expect(() => normalQuantile(0)).toThrow(RangeError);
  });

  it('inverts its distribution function', () => {
    fc.assert(
      fc.property(fc.double({ min: 0.001, max: 0.999, noNaN: true }), (p) => {
        expect(normalCdf(normalQuantile(p))).toBeCloseTo(p, 9);
      }),
    );
  });
});

describe('cluster bootstrap', () => {
  it('resamples as many clusters as there are', () => {
    const counts = resampleCounts(5, 200, new Random(1));
    for (let draw = 0; draw < 200; draw++) expect(counts.slice(draw * 5, draw * 5 + 5).reduce((x, y) => x + y, 0)).toBe(5);
  });

  it('takes the median of the repeated sample', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(finite, fc.integer({ min: 0, max: 4 })), { minLength: 1, maxLength: 20 }), (rows) => {
        const repeated = rows.flatMap(([value, times]) => new Array<number>(times).fill(value));
        const [result] = weightedMedians(rows.map(([value]) => value), 1, (_, index) => rows[index][1]);
        if (repeated.length === 0) expect(result).toBeNaN();
        else expect(result).toBeCloseTo(median(repeated), 6);
      }),
    );
  });

  it('gives no interval for one cluster, and one that depends on neither the order of rows nor luck', () => {
    expect(clusterMean([1, 2, 3], ['q', 'q', 'q'], 100, new Random(1))).toEqual({ estimate: 2, interval: null, clusters: 1 });
    const values = [1, 2, 3, 4, 5, 9];
    const names = ['a', 'a', 'b', 'b', 'c', 'd'];
    const forward = clusterMedian(values, names, 500, new Random(4));
    const backward = clusterMedian([...values].reverse(), [...names].reverse(), 500, new Random(4));
    expect(backward).toEqual(forward);
    expect(clusterIndices(['b', 'a', 'b'])).toEqual({ index: Uint32Array.from([1, 0, 1]), count: 2 });
    expect(percentileInterval([Number.NaN])).toBeNull();
  });

  it('covers the truth about as often as it says, where a bootstrap over rows would not', () => {
    const truth = 0.3;
    const random = new Random(20);
    let clustered = 0;
    let rows = 0;
    const trials = 300;
    for (let trial = 0; trial < trials; trial++) {
      const values: number[] = [];
      const names: string[] = [];
      for (let question = 0; question < 30; question++) {
        const common = truth + random.normal();
        for (let rollout = 0; rollout < 8; rollout++) {
          values.push(common + 0.5 * random.normal());
          names.push(`q${question}`);
        }
      }
      const inside = (interval: { low: number; high: number } | null): boolean => interval !== null && interval.low <= truth && truth <= interval.high;
      if (inside(clusterMean(values, names, 300, random.stream(`c${trial}`)).interval)) clustered++;
      if (inside(clusterMean(values, values.map((_, i) => `r${i}`), 100, random.stream(`r${trial}`)).interval)) rows++;
    }
    expect(clustered / trials).toBeGreaterThan(0.89);
    expect(clustered / trials).toBeLessThan(0.98);
    expect(rows / trials).toBeLessThan(0.7);
  });
});
