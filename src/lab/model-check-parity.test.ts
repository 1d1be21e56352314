import { describe, expect, it } from 'vitest';
import type { OnnxAttribute, OnnxNode } from '../backbone/onnx-file.ts';
import { randomBackbone, TINY } from '../engine/testing/random-backbone.ts';
import { compareLogprobs, logProbability, parityTolerance, roundingOf } from './model-check-parity.ts';

const node = (op: string, accuracy?: number): OnnxNode => {
  const attribute: OnnxAttribute = { i: accuracy ?? 0, f: 0, s: '', ints: [], subgraph: false };
  return { name: op, op, domain: '', inputs: [], outputs: [], attributes: new Map(accuracy === undefined ? [] : [['accuracy_level', attribute]]), constant: null };
};

describe('what a graph rounds', () => {
  it('tells 8-bit activations by operator or by accuracy level, and nothing else', () => {
    expect(roundingOf([node('MatMulNBits', 4)])).toMatch(/accuracy_level 4/);
    expect(roundingOf([node('MatMul'), node('DynamicQuantizeLinear')])).toMatch(/^DynamicQuantizeLinear/);
    expect(roundingOf([node('MatMulNBits'), node('MatMulNBits', 1), node('GroupQueryAttention')])).toBeNull();
  });
});

describe('the tolerance', () => {
  it('follows from how the weights are stored, and is none where activations are rounded', () => {
    expect(parityTolerance(randomBackbone(TINY, 1, 'f32'), { rounding: null }).tolerance).toBe(1e-3);
    // Its projections have f32 scales, its tables f16.
    expect(parityTolerance(randomBackbone(TINY, 1, 'q4'), { rounding: null }).tolerance).toBe(0.05);
    expect(parityTolerance(randomBackbone(TINY, 1, 'f16'), { rounding: null }).tolerance).toBe(0.05);
    expect(parityTolerance(randomBackbone(TINY, 1, 'f32'), { rounding: 'It rounds' })).toMatchObject({ tolerance: null });
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
