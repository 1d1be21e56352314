import { describe, expect, it } from 'vitest';
import { randomBackbone, TINY } from '../engine/testing/random-backbone.ts';
import { compareLogprobs, logProbability, parityTolerance } from './model-check-parity.ts';

describe('the tolerance', () => {
  it('follows from how the weights are stored, and is none where activations are rounded', () => {
    expect(parityTolerance(randomBackbone(TINY, 1, 'f32')).tolerance).toBe(1e-3);
    // Its projections have f32 scales, its tables f16.
    expect(parityTolerance(randomBackbone(TINY, 1, 'q4')).tolerance).toBe(0.05);
    expect(parityTolerance(randomBackbone(TINY, 1, 'f16')).tolerance).toBe(0.05);
    for (const activationsRounded of ['always', 'allowed'] as const) {
      expect(parityTolerance({ ...randomBackbone(TINY, 1, 'f32'), activationsRounded })).toMatchObject({ tolerance: null, basis: expect.stringMatching(/8 bits.*not judged/) as string });
    }
  });
});

describe('log-probabilities', () => {
  it('are normalised in f64, also far from 0', () => {
    const logits = Float32Array.of(1000, 1001, 999);
    const norm = Math.log(Math.exp(-1) + 1 + Math.exp(-2));
    expect(logProbability(logits, 0)).toBeCloseTo(-1 - norm, 12);
  });

  it('are compared token by token and once more for the last; what is no number is the largest difference', () => {
    const engine = Float32Array.of(-1, -2);
    expect(compareLogprobs(engine, { stepped: Float64Array.of(-1, -2), encoded: -2.5 })).toEqual({ max: 0.5, mean: 0.5 / 3 });
    expect(compareLogprobs(engine, { stepped: Float64Array.of(-1, Number.NaN), encoded: -2 }).max).toBe(Infinity);
  });
});
