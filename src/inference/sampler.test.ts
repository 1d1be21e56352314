import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Random } from '../core/random.ts';
import { sampleToken } from './sampler.ts';
import type { SamplingSettings } from './types.ts';

const FULL: SamplingSettings = { temperature: 1, topP: 1, topK: 0 };

/** Straight from the definitions, with a sort. */
function expected(logits: Float32Array, { temperature, topP, topK }: SamplingSettings): number[] {
  const scaled = Array.from(logits, (x) => Math.exp((x - Math.max(...logits)) / temperature));
  const order = scaled.map((_, id) => id).sort((a, b) => logits[b] - logits[a] || a - b);
  const first = topK > 0 ? order.slice(0, topK) : order;
  const sum = first.reduce((total, id) => total + scaled[id], 0);
  const chosen: number[] = [];
  let mass = 0;
  for (const id of first) {
    if (chosen.length > 0 && mass >= topP * sum) break;
    chosen.push(id);
    mass += scaled[id];
  }
  return scaled.map((weight, id) => (chosen.includes(id) ? weight / mass : 0));
}

const logitsOf = fc.array(fc.float({ min: -20, max: 20, noNaN: true }), { minLength: 1, maxLength: 40 }).map((values) => Float32Array.from(values));
const settingsOf = fc.record({
  temperature: fc.constantFrom(0.3, 0.7, 1, 1.8),
  topP: fc.constantFrom(0, 0.2, 0.5, 0.9, 1),
  topK: fc.integer({ min: 0, max: 45 }),
});

describe('a sampled token', () => {
  const four = Float32Array.from([0.1, 0.2, 0.3, 0.4].map(Math.log));

  it('follows the cumulative distribution over ascending ids', () => {
    const at = (uniform: number, settings = FULL): number => sampleToken(four, settings, uniform, 0).token;
    expect([0, 0.05, 0.11, 0.29, 0.31, 0.59, 0.61, 0.999].map((u) => at(u))).toEqual([0, 0, 1, 1, 2, 2, 3, 3]);
    expect([0, 0.42, 0.44, 0.99].map((u) => at(u, { ...FULL, topK: 2 }))).toEqual([2, 2, 3, 3]);
    expect([0, 0.99].map((u) => at(u, { ...FULL, topP: 0.39 }))).toEqual([3, 3]);
    expect([0, 0.99].map((u) => at(u, { ...FULL, topP: 0.5 }))).toEqual([2, 3]);
    expect([0, 0.99].map((u) => at(u, { ...FULL, topP: 0 }))).toEqual([3, 3]);
  });

  it('has log-probability, entropy and alternatives of the untempered whole', () => {
    for (const settings of [FULL, { temperature: 0.2, topP: 0.5, topK: 2 }, { ...FULL, temperature: 0 }]) {
      const sampled = sampleToken(four, settings, 0.99, 3);
      expect(sampled.token).toBe(3);
      expect(sampled.logprob).toBeCloseTo(Math.log(0.4), 6);
      expect(sampled.entropy).toBeCloseTo(-[0.1, 0.2, 0.3, 0.4].reduce((sum, p) => sum + p * Math.log(p), 0), 6);
      expect(sampled.alternatives.map(({ token }) => token)).toEqual([3, 2, 1]);
      sampled.alternatives.forEach(({ logprob }, index) => expect(logprob).toBeCloseTo(Math.log([0.4, 0.3, 0.2][index]), 6));
    }
  });

  it('is the lowest id of the largest logit at temperature 0, also for alternatives', () => {
    const ties = Float32Array.of(1, 5, 5, 0, 5);
    expect(sampleToken(ties, { ...FULL, temperature: 0 }, 0.9, 9).alternatives.map(({ token }) => token)).toEqual([1, 2, 4, 0, 3]);
    expect(sampleToken(ties, { ...FULL, temperature: 0 }, 0.9, 0).token).toBe(1);
    expect(sampleToken(ties, { ...FULL, topK: 2 }, 0.99, 0).token).toBe(2);
  });

  it('never is an impossible one', () => {
    const some = Float32Array.of(-Infinity, 0, -Infinity, -2000, -Infinity);
    for (const uniform of [0, 0.5, 1 - 2 ** -53]) {
      for (const settings of [FULL, { ...FULL, topK: 4 }, { ...FULL, topP: 0.999 }]) expect(sampleToken(some, settings, uniform, 0).token).toBe(1);
    }
    expect(sampleToken(some, FULL, 0.5, 0).entropy).toBe(0);
  });

  it('refuses what has no distribution', () => {
    expect(() => sampleToken(Float32Array.of(0, NaN), FULL, 0, 0)).toThrow(/NaN for token 1; choose another provider/);
    expect(() => sampleToken(Float32Array.of(0, Infinity), FULL, 0, 0)).toThrow(/largest logit is Infinity/);
    expect(() => sampleToken(Float32Array.of(-Infinity), FULL, 0, 0)).toThrow(/largest logit is -Infinity/);
    expect(() => sampleToken(new Float32Array(), FULL, 0, 0)).toThrow(/no logits/);
    for (const bad of [{ temperature: -1 }, { temperature: NaN }, { topP: 1.1 }, { topP: NaN }, { topK: -1 }, { topK: 1.5 }]) {
      expect(() => sampleToken(four, { ...FULL, ...bad }, 0, 0)).toThrow(RangeError);
    }
    expect(() => sampleToken(four, FULL, 1, 0)).toThrow(/\[0, 1\)/);
  });

  it('is distributed as defined: a sweep of uniforms gives every token its share', () => {
    fc.assert(
      fc.property(logitsOf, settingsOf, (logits, settings) => {
        const wanted = expected(logits, settings);
        const steps = 2000;
        const counts = new Float64Array(logits.length);
        let before = -1;
        for (let n = 0; n < steps; n++) {
          const { token } = sampleToken(logits, settings, (n + 0.5) / steps, 0);
          expect(token).toBeGreaterThanOrEqual(before);
          before = token;
          counts[token] += 1 / steps;
        }
        wanted.forEach((share, id) => expect(Math.abs(counts[id] - share)).toBeLessThan(1.01 / steps));
      }),
      { numRuns: 60 },
    );
  });

  it('is the same with top-p 1 and top-k 0 as with limits that exclude nothing', () => {
    fc.assert(
      fc.property(logitsOf, fc.double({ min: 0, max: 0.999999, noNaN: true }), (logits, uniform) => {
        const full = sampleToken(logits, FULL, uniform, 4);
        expect(sampleToken(logits, { ...FULL, topK: logits.length }, uniform, 4)).toEqual(full);
        expect(sampleToken(logits, { ...FULL, topK: 1 }, uniform, 0).token).toBe(sampleToken(logits, { ...FULL, temperature: 0 }, uniform, 0).token);
        const top = Math.max(...logits);
        const logSum = top + Math.log(logits.reduce((sum, x) => sum + Math.exp(x - top), 0));
        expect(full.logprob).toBeCloseTo(logits[full.token] - logSum, 10);
        expect(full.alternatives).toHaveLength(Math.min(4, logits.length));
      }),
    );
  });

  it('comes as often as its probability says', () => {
    const random = new Random(5);
    const logits = Float32Array.from({ length: 300 }, () => 2 * random.normal());
    const draws = random.stream('draws');
    const wanted = expected(logits, FULL);
    const counts = new Float64Array(logits.length);
    const total = 20_000;
    for (let n = 0; n < total; n++) counts[sampleToken(logits, FULL, draws.uniform(), 0).token]++;
    const chi = wanted.reduce((sum, share, id) => sum + (counts[id] - share * total) ** 2 / (share * total), 0);
    // 299 degrees of freedom: mean 299, standard deviation 24.5.
    expect(Math.abs(chi - 299)).toBeLessThan(5 * 24.5);
  });
});
