import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Random, hash32 } from './random.ts';

/** xoshiro128** in arbitrary-precision integers, as the reference C code reads. */
function reference(state: bigint[], count: number): number[] {
  const mask = 0xffffffffn;
  const rotate = (x: bigint, k: bigint): bigint => ((x << k) | (x >> (32n - k))) & mask;
  const s = [...state];
  return Array.from({ length: count }, () => {
    const result = (rotate((s[1] * 5n) & mask, 7n) * 9n) & mask;
    const t = (s[1] << 9n) & mask;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= t;
    s[3] = rotate(s[3], 11n);
    return Number(result);
  });
}

describe('Random', () => {
  it('is xoshiro128**', () => {
    const random = Random.fromState([1, 2, 3, 4]);
    const drawn = Array.from({ length: 200 }, () => random.bits());
    expect(drawn).toEqual(reference([1n, 2n, 3n, 4n], 200));
    expect(drawn.slice(0, 4)).toEqual([11520, 0, 5927040, 70819200]);
  });

  it('gives the same bits for the same seed and other bits for another', () => {
    const draw = (seed: number): number[] => {
      const random = new Random(seed);
      return Array.from({ length: 8 }, () => random.bits());
    };
    expect(draw(7)).toEqual(draw(7));
    expect(draw(7)).not.toEqual(draw(8));
    expect(draw(7)).toMatchInlineSnapshot(`
      [
        4287006173,
        2510677488,
        3454469511,
        1571725331,
        2043836380,
        2934743383,
        2148608899,
        3162799812,
      ]
    `);
  });

  it('derives streams from names, not from what was drawn before', () => {
    const used = new Random(3);
    used.bits();
    expect(used.stream('x').bits()).toBe(new Random(3).stream('x').bits());
    expect(new Random(3).stream('a').stream('b').bits()).not.toBe(new Random(3).stream('ab').bits());
    expect(new Random(3).stream('a').stream('b').bits()).not.toBe(new Random(3).stream('a/1:b').bits());
  });

  it('draws uniform integers', () => {
    const random = new Random(11);
    const counts = new Array<number>(7).fill(0);
    for (let i = 0; i < 70_000; i++) counts[random.integer(7)]++;
    // 6 degrees of freedom: 22.5 is the 99.9 % quantile of chi-square.
    const chiSquare = counts.reduce((sum, count) => sum + (count - 10_000) ** 2 / 10_000, 0);
    expect(chiSquare).toBeLessThan(22.5);
    expect(() => random.integer(0)).toThrow(RangeError);
  });

  it('draws normals of mean 0, variance 1 and kurtosis 3', () => {
    const random = new Random(5);
    const n = 100_000;
    let [first, second, fourth] = [0, 0, 0];
    for (let i = 0; i < n; i++) {
      const x = random.normal();
      first += x / n;
      second += (x * x) / n;
      fourth += x ** 4 / n;
    }
    expect(Math.abs(first)).toBeLessThan(0.015);
    expect(second).toBeCloseTo(1, 1);
    expect(fourth).toBeCloseTo(3, 0);
  });

  it('shuffles to permutations and draws subsets without repetition', () => {
    fc.assert(
      fc.property(fc.integer(), fc.integer({ min: 0, max: 40 }), (seed, n) => {
        const shuffled = new Random(seed).shuffle(Array.from({ length: n }, (_, i) => i));
        expect([...shuffled].sort((x, y) => x - y)).toEqual(Array.from({ length: n }, (_, i) => i));
        const subset = new Random(seed).subset(n, Math.floor(n / 2));
        expect(new Set(subset).size).toBe(Math.floor(n / 2));
      }),
    );
  });

  it('refuses a seed that is not a whole number', () => {
    expect(() => new Random(0.5)).toThrow(RangeError);
    expect(hash32('')).not.toBe(hash32('a'));
  });
});
