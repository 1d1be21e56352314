import { describe, expect, it } from 'vitest';
import { Random } from '../random.ts';
import { binomialCumulative, hypergeometric, invert } from './draws.ts';

function choose(n: number, k: number): number {
  let value = 1;
  for (let i = 0; i < k; i++) value = (value * (n - i)) / (i + 1);
  return k < 0 || k > n ? 0 : value;
}

describe('binomial draws', () => {
  it.each([[10, 0.3], [50, 0.02], [50, 0.999], [5, 0.5], [1, 0.25]])('have the binomial distribution: n = %i, p = %f', (n, p) => {
    const cumulative = binomialCumulative(n, p);
    let sum = 0;
    for (let k = 0; k <= n; k++) {
      sum += choose(n, k) * p ** k * (1 - p) ** (n - k);
      expect(cumulative[k]).toBeCloseTo(sum, 12);
    }
  });

  it('hold the ends, and large n', () => {
    expect(Array.from(binomialCumulative(3, 0))).toEqual([1, 1, 1, 1]);
    expect(Array.from(binomialCumulative(3, 1))).toEqual([0, 0, 0, 1]);
    const large = binomialCumulative(100_000, 0.5);
    expect(large[49_999]).toBeCloseTo(0.5 - choose(1, 1) * 0.00126, 4);
    expect(() => binomialCumulative(3, Number.NaN)).toThrow(RangeError);
    expect([0, 0.24, 0.25, 0.99].map((uniform) => invert(Float64Array.of(0.25, 0.25, 1), uniform))).toEqual([0, 0, 2, 2]);
  });
});

describe('hypergeometric draws', () => {
  it.each([[3, 10, 5], [7, 10, 5], [4, 9, 4], [0, 8, 4], [8, 8, 4]])('have the hypergeometric distribution: %i of %i, half %i', (k, n, half) => {
    const random = new Random(3).stream(k);
    const draws = 40_000;
    const seen = new Float64Array(half + 1);
    for (let draw = 0; draw < draws; draw++) seen[hypergeometric(k, n, half, random)]++;
    for (let j = 0; j <= half; j++) {
      const p = (choose(k, j) * choose(n - k, half - j)) / choose(n, half);
      // Five standard errors.
      expect(Math.abs(seen[j] / draws - p)).toBeLessThanOrEqual(5 * Math.sqrt((p * (1 - p)) / draws));
    }
  });

  it('refuse what cannot be', () => {
    expect(() => hypergeometric(5, 4, 2, new Random(1))).toThrow(RangeError);
  });
});
