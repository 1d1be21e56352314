import { describe, expect, it } from 'vitest';
import type { OnnxAttribute, OnnxNode } from '../backbone/onnx-file.ts';
import { ROUNDING_NOTES } from '../backbone/integer-products.ts';
import type { DecoderConfig } from '../backbone/types.ts';
import { factsOfNodes } from './facts-of-nodes.ts';
import { engineBytes, type Plan } from './preflight.ts';
import { fileBytes, type WeightFacts } from './weight-facts.ts';

/** Qwen2.5-0.5B. */
const QWEN: DecoderConfig = { architecture: 'qwen2', vocabSize: 151_936, hiddenSize: 896, layers: 24, heads: 14, kvHeads: 2, headDim: 64, intermediateSize: 4864, ropeTheta: 1e6, rmsNormEps: 1e-6, tiedEmbedding: true, maxPositions: 32_768 };

const q4 = (scaleBytes: 2 | 4) => ({ kind: 'q4' as const, block: 32, zeroPoints: true, scaleBytes });
const table = (bytes: 2 | 4) => ({ kind: 'float' as const, bytes, transposed: false });
const SINGLE: WeightFacts = { layers: q4(4), embedding: table(4), head: 'tied' };
const HALF: WeightFacts = { layers: q4(2), embedding: table(2), head: 'tied' };
/** quantize_dynamic's: a scale and a zero point for each row, the embedding too. */
const DYNAMIC = { kind: 'q8' as const, block: 'row' as const, zeroPoints: true, scaleBytes: 4 as const };
const EIGHT: WeightFacts = { layers: DYNAMIC, embedding: DYNAMIC, head: 'tied' };

const PLAN: Plan = { purpose: 'training', batch: 4, length: 512, adapters: { count: 2, rank: 8, alpha: 16 }, losses: 2 };
const GIB = 2 ** 30;

function node(op: string, name: string, integers: Readonly<Record<string, number>> = {}, inputs: readonly string[] = [], outputs: readonly string[] = []): OnnxNode {
  const attributes = new Map(Object.entries(integers).map(([key, i]): [string, OnnxAttribute] => [key, { i, f: 0, s: '', ints: [], subgraph: false }]));
  return { op, name, domain: '', inputs, outputs, attributes, constant: null };
}

const GRAPH = [
  node('GroupQueryAttention', '/model/layers.0/attn/GroupQueryAttention'),
  node('MatMulNBits', '/model/layers.0/attn/q_proj/MatMul_Q4', { bits: 4, block_size: 32 }, ['x', 'b', 's', 'z']),
];

describe('the file', () => {
  it('of Qwen2.5-0.5B has the sizes that onnx-community publishes, within 3 %', () => {
    expect(Math.abs(fileBytes(QWEN, SINGLE) / 786e6 - 1)).toBeLessThan(0.03);
    expect(Math.abs(fileBytes(QWEN, HALF) / 483e6 - 1)).toBeLessThan(0.03);
    // 512 MB with 17 MB of rotary tables.
    expect(Math.abs(fileBytes(QWEN, EIGHT) / 495e6 - 1)).toBeLessThan(0.03);
  });

  it('tells by its size how wide its floats are', () => {
    expect(factsOfNodes(GRAPH, QWEN, 'onnx/model_q4.onnx', 786e6).facts).toEqual(SINGLE);
    expect(factsOfNodes(GRAPH, QWEN, 'onnx/model_q4f16.onnx', 483e6).facts).toEqual(HALF);
    expect(factsOfNodes([], QWEN, 'onnx/model_fp16.onnx', 997e6).facts).toEqual({ layers: { kind: 'float', bytes: 2, transposed: true }, embedding: table(2), head: 'tied' });
    expect(factsOfNodes([], QWEN, 'onnx/model_quantized.onnx', 512e6).facts).toEqual(EIGHT);
  });

  it('is refused by its nodes', () => {
    const refused = (...nodes: OnnxNode[]) => factsOfNodes([...GRAPH, ...nodes], QWEN, 'onnx/model_q4.onnx', null).refusals;
    expect(refused()).toEqual([]);
    expect(refused(node('MatMulBnb4', 'a'))).toEqual(['Its matrices are quantised in a way that is not supported (node “a”).']);
    expect(refused(node('GatherBlockQuantized', 'e', { bits: 2 }))).toEqual(['Its embedding is quantised to other than 4 or 8 bits (node “e”).']);
    expect(refused(node('GatherBlockQuantized', 'e', { bits: 8 }), node('MatMulNBits', 'm', { bits: 8 }), node('MatMulInteger', 'i'))).toEqual([]);
    expect(refused(node('MatMulNBits', 'm', { bits: 3 }))[0]).toMatch(/other than 4 or 8 bits/);
    expect(refused(node('MatMul', '/model/layers.0/attn/qkv_proj/MatMul'))[0]).toMatch(/packs several projections/);
    expect(factsOfNodes([node('MatMul', 'x')], QWEN, 'm.onnx', null).warnings[0]).toMatch(/not GroupQueryAttention/);
  });
});

describe('storage by the nodes', () => {
  const attention = GRAPH[0];

  it('of quantize_dynamic: integer products, an embedding scaled behind its Gather, a head tied through Transpose', () => {
    const nodes = [
      attention,
      node('Gather', '/model/embed_tokens/Gather', {}, ['embed_q', 'ids'], ['rows']),
      node('DequantizeLinear', 'dq', {}, ['rows', 's', 'z'], ['x']),
      node('MatMulInteger', '/model/layers.0/self_attn/q_proj/MatMul_quant', {}, ['xq', 'w', 'xz', 'wz'], ['y']),
      node('DequantizeLinear', 'dq2', {}, ['embed_q', 's', 'z'], ['f']),
      node('Transpose', 't', {}, ['f'], ['head']),
      node('MatMul', '/lm_head/MatMul', {}, ['n', 'head'], ['logits']),
    ];
    const { facts, warnings } = factsOfNodes(nodes, QWEN, 'onnx/model_int8.onnx', 512e6);
    expect(facts).toEqual(EIGHT);
    expect(warnings).toEqual([ROUNDING_NOTES.always]);
    const own = [...nodes.slice(0, 4), node('MatMul', '/lm_head/MatMul', {}, ['n', 'onnx::MatMul_9'], ['logits'])];
    expect(factsOfNodes(own, QWEN, 'onnx/model_int8.onnx', 1040e6).facts.head).toEqual({ kind: 'float', bytes: 4, transposed: true });
  });

  it('of blocks: 8 bits among 4, and a 4-bit table that embedding and head share', () => {
    const nodes = [
      ...GRAPH,
      node('MatMulNBits', '/model/layers.0/mlp/down_proj/MatMul_Q8', { bits: 8, block_size: 32 }, ['x', 'b', 's']),
      node('Reshape', '/model/embed_tokens/Reshape', {}, ['lm_head.q', 'shape'], ['flat']),
      node('GatherBlockQuantized', '/model/embed_tokens/GatherBlockQuantized', { bits: 4, block_size: 32 }, ['flat', 'ids', 's', 'z']),
      node('MatMulNBits', '/lm_head/MatMul_Q4', { bits: 4, block_size: 32, accuracy_level: 4 }, ['n', 'lm_head.q', 's', 'z']),
    ];
    const { facts, warnings } = factsOfNodes(nodes, QWEN, 'onnx/model_q4f16.onnx', null);
    expect(facts).toEqual({ layers: q4(2), others: new Map([['0.down_proj', { kind: 'q8', block: 32, zeroPoints: false, scaleBytes: 2 }]]), embedding: q4(2), head: 'tied' });
    expect(warnings).toEqual([ROUNDING_NOTES.allowed]);
    const apart = nodes.map((one) => (one.op === 'Reshape' ? { ...one, inputs: ['embed.q', 'shape'] } : one));
    expect(factsOfNodes(apart, QWEN, 'onnx/model_q4f16.onnx', null).facts.head).toEqual(q4(2));
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

  it('holds an 8-bit model in a scale and a zero point for each row beside its bytes', async () => {
    const { layers, embedding } = await engineBytes(QWEN, EIGHT, PLAN, GIB);
    expect(embedding).toBe(151_936 * (896 + 4 + 1));
    const { layers: q4Layers } = await engineBytes(QWEN, SINGLE, PLAN, GIB);
    // 8 bits against 4 with a scale and half a zero point for every 32.
    expect(layers - q4Layers).toBeGreaterThan(357.8e6 * (1 - 0.641) * 0.98);
    expect(layers - q4Layers).toBeLessThan(357.8e6 * (1 - 0.641) * 1.02);
  });

  it('cuts the embedding into shards, and says what no binding can hold', async () => {
    expect((await engineBytes(QWEN, SINGLE, { ...PLAN, batch: 1, length: 128 }, 2 ** 27)).embedding).toBe(151_936 * 896 * 4);
    await expect(engineBytes(QWEN, SINGLE, { ...PLAN, batch: 16, length: 4096 }, 2 ** 27)).rejects.toThrow(/needs \d+ bytes in one binding; this adapter allows 134217728/);
  });
});
