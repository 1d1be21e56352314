import { describe, expect, it } from 'vitest';
import type { OnnxAttribute, OnnxNode } from '../backbone/onnx-file.ts';
import type { DecoderConfig } from '../backbone/types.ts';
import { factsOfNodes } from './facts-of-nodes.ts';
import { engineBytes, type Plan } from './preflight.ts';
import { fileBytes, type WeightFacts } from './weight-facts.ts';

/** Qwen2.5-0.5B. */
const QWEN: DecoderConfig = { architecture: 'qwen2', vocabSize: 151_936, hiddenSize: 896, layers: 24, heads: 14, kvHeads: 2, headDim: 64, intermediateSize: 4864, ropeTheta: 1e6, rmsNormEps: 1e-6, tiedEmbedding: true, maxPositions: 32_768 };

const q4 = (scaleBytes: 2 | 4) => ({ kind: 'q4' as const, block: 32, zeroPoints: true, scaleBytes });
const SINGLE: WeightFacts = { layers: q4(4), embedding: 4, head: 'tied' };
const HALF: WeightFacts = { layers: q4(2), embedding: 2, head: 'tied' };

const PLAN: Plan = { purpose: 'training', batch: 4, length: 512, adapters: { count: 2, rank: 8, alpha: 16 }, losses: 2 };
const GIB = 2 ** 30;

function node(op: string, name: string, integers: Readonly<Record<string, number>> = {}, inputs: readonly string[] = []): OnnxNode {
  const attributes = new Map(Object.entries(integers).map(([key, i]): [string, OnnxAttribute] => [key, { i, f: 0, s: '', ints: [], subgraph: false }]));
  return { op, name, domain: '', inputs, outputs: [], attributes, constant: null };
}

const GRAPH = [
  node('GroupQueryAttention', '/model/layers.0/attn/GroupQueryAttention'),
  node('MatMulNBits', '/model/layers.0/attn/q_proj/MatMul_Q4', { bits: 4, block_size: 32 }, ['x', 'b', 's', 'z']),
];

describe('the file', () => {
  it('of Qwen2.5-0.5B has the sizes that onnx-community publishes, within 3 %', () => {
    expect(Math.abs(fileBytes(QWEN, SINGLE) / 786e6 - 1)).toBeLessThan(0.03);
    expect(Math.abs(fileBytes(QWEN, HALF) / 483e6 - 1)).toBeLessThan(0.03);
  });

  it('tells by its size how wide its floats are', () => {
    expect(factsOfNodes(GRAPH, QWEN, 'onnx/model_q4.onnx', 786e6).facts).toEqual(SINGLE);
    expect(factsOfNodes(GRAPH, QWEN, 'onnx/model_q4f16.onnx', 483e6).facts).toEqual(HALF);
    expect(factsOfNodes([], QWEN, 'onnx/model_fp16.onnx', 997e6).facts).toEqual({ layers: { kind: 'float', bytes: 2, transposed: true }, embedding: 2, head: 'tied' });
  });

  it('is refused by its nodes', () => {
    const refused = (...nodes: OnnxNode[]) => factsOfNodes([...GRAPH, ...nodes], QWEN, 'onnx/model_q4.onnx', null).refusals;
    expect(refused()).toEqual([]);
    expect(refused(node('MatMulInteger', 'a'))).toEqual(['Its matrices are quantised to 8 bits, which is not supported (node “a”).']);
    expect(refused(node('GatherBlockQuantized', 'e'))).toEqual(['Its embedding is quantised, which is not supported (node “e”).']);
    expect(refused(node('MatMulNBits', 'm', { bits: 8 }))[0]).toMatch(/other than 4 bits/);
    expect(refused(node('MatMul', '/model/layers.0/attn/qkv_proj/MatMul'))[0]).toMatch(/packs several projections/);
    expect(factsOfNodes([node('MatMul', 'x')], QWEN, 'm.onnx', null).warnings[0]).toMatch(/not GroupQueryAttention/);
  });
});

describe('the engine', () => {
  it('counts Qwen2.5-0.5B by part before anything is loaded', async () => {
    const { layers, embedding, adapters, gradients, activations, peak } = await engineBytes(QWEN, SINGLE, PLAN, GIB);
    expect(embedding).toBe(151_936 * 896 * 4);
    expect(layers).toBeGreaterThan(220e6);
    expect(layers).toBeLessThan(260e6);
    // Two losses, two moments and the owners.
    expect(gradients / adapters).toBeCloseTo(5, 2);
    expect(layers + embedding + adapters + gradients + activations).toBe(peak);
  });

  it('halves the embedding in float16, and needs less for shorter trajectories', async () => {
    const [long, short] = [await engineBytes(QWEN, HALF, PLAN, GIB), await engineBytes(QWEN, HALF, { ...PLAN, length: 128 }, GIB)];
    expect(long.embedding).toBe(151_936 * 896 * 2);
    expect(short.activations).toBeLessThan(long.activations);
  });

  it('cuts the embedding into shards, and says what no binding can hold', async () => {
    expect((await engineBytes(QWEN, SINGLE, { ...PLAN, batch: 1, length: 128 }, 2 ** 27)).embedding).toBe(151_936 * 896 * 4);
    await expect(engineBytes(QWEN, SINGLE, { ...PLAN, batch: 16, length: 4096 }, 2 ** 27)).rejects.toThrow(/needs \d+ bytes in one binding; this adapter allows 134217728/);
  });
});
