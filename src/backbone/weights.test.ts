import { describe, expect, it } from 'vitest';
import { dequantiseRows } from './dequantise.ts';
import { readOnnxFile } from './onnx-file.ts';
import { BackboneError, type BackboneWeights, type DecoderConfig } from './types.ts';
import { findWeights } from './weights.ts';
import { onnxBytes, type ModelParts, type NodeParts, type TensorParts } from './testing/onnx-writer.ts';

const CONFIG: DecoderConfig = {
  architecture: 'qwen2', vocabSize: 10, hiddenSize: 8, layers: 1, heads: 2, kvHeads: 1, headDim: 4, intermediateSize: 16,
  ropeTheta: 1e4, rmsNormEps: 1e-6, tiedEmbedding: true, maxPositions: 32,
};
const OUT: Readonly<Record<string, readonly [number, number]>> = {
  q_proj: [8, 8], k_proj: [4, 8], v_proj: [4, 8], o_proj: [8, 8], gate_proj: [16, 8], up_proj: [16, 8], down_proj: [8, 16],
};

function ramp(name: string, dims: readonly number[], dataType = 1): TensorParts {
  const length = dims.reduce((product, dim) => product * dim, 1);
  return { name, dims, dataType, raw: dataType === 1 ? new Uint8Array(Float32Array.from({ length }, (_, i) => i / 8).buffer) : new Uint8Array(length * (dataType === 2 ? 1 : 2)) };
}

/** What optimum exports without fused operators: numbered weights [in, out], norms as Mul, bias first in Add, a tied head. */
function decomposed(dataType = 1): { nodes: NodeParts[]; initializers: TensorParts[] } {
  const nodes: NodeParts[] = [{ name: '/model/embed_tokens/Gather', op: 'Gather', inputs: ['model.embed_tokens.weight', 'input_ids'], outputs: ['x'] }];
  const initializers = [ramp('model.embed_tokens.weight', [10, 8], dataType), { name: 'two', dims: [], dataType: 1, floats: [2] }];
  for (const [index, [target, [out, inner]]] of Object.entries(OUT).entries()) {
    const parent = index < 4 ? 'self_attn' : 'mlp';
    const path = `/model/layers.0/${parent}/${target}`;
    initializers.push(ramp(`onnx::MatMul_${100 + index}`, [inner, out], dataType));
    nodes.push({ name: `${path}/MatMul`, op: 'MatMul', inputs: ['x', `onnx::MatMul_${100 + index}`], outputs: [`${path}/MatMul_output_0`] });
    if (index < 3) {
      initializers.push(ramp(`model.layers.0.self_attn.${target}.bias`, [out], dataType));
      nodes.push({ name: `${path}/Add`, op: 'Add', inputs: [`model.layers.0.self_attn.${target}.bias`, `${path}/MatMul_output_0`], outputs: [`${path}/Add_output_0`] });
    }
  }
  for (const path of ['/model/layers.0/input_layernorm', '/model/layers.0/post_attention_layernorm', '/model/norm']) {
    const weight = `${path.slice(1).replaceAll('/', '.')}.weight`;
    initializers.push(ramp(weight, [8], dataType));
    nodes.push({ name: `${path}/Pow`, op: 'Pow', inputs: ['x', 'two'], outputs: [`${path}/Pow_output_0`] });
    nodes.push({ name: `${path}/Mul_1`, op: 'Mul', inputs: [weight, `${path}/Pow_output_0`], outputs: [`${path}/Mul_1_output_0`] });
  }
  nodes.push({ name: '/lm_head/Transpose', op: 'Transpose', inputs: ['model.embed_tokens.weight'], outputs: ['head'] });
  nodes.push({ name: '/lm_head/MatMul', op: 'MatMul', inputs: ['/model/norm/Mul_1_output_0', 'head'], outputs: ['logits'] });
  return { nodes, initializers };
}

async function find(model: ModelParts, config = CONFIG): Promise<BackboneWeights> {
  const file = await readOnnxFile(new Blob([onnxBytes(model)]), () => Promise.reject(new BackboneError('no external data')));
  return findWeights(file, config);
}

function replaceNode(model: ModelParts, name: string, change: (node: NodeParts) => NodeParts): ModelParts {
  return { ...model, nodes: model.nodes.map((node) => (node.name === name ? change(node) : node)) };
}

const Q = '/model/layers.0/self_attn/q_proj/MatMul';
const nBits = (ints: Record<string, number>, inputs: string[]): ModelParts => {
  const model = replaceNode(decomposed(), Q, (node) => ({ ...node, name: `${Q}_Q4`, op: 'MatMulNBits', inputs: ['x', ...inputs], ints: { K: 8, N: 8, bits: 4, ...ints } }));
  return { ...model, initializers: [...model.initializers, ramp('q', [8, 1, 4], 2), ramp('s', [8]), ramp('z', [8], 2), ramp('fz', [8])] };
};

describe('findWeights on a decomposed graph', () => {
  it('finds every weight', async () => {
    const weights = await find(decomposed());
    expect(weights.head).toBe(weights.embedding);
    const [layer] = weights.layers;
    expect(layer.k).toMatchObject({ kind: 'float', rows: 4, columns: 8, transposed: true });
    expect([...(await dequantiseRows(layer.k, 1, 2))]).toEqual([0, 1, 2, 3, 4, 5, 6, 7].map((i) => (i * 4 + 1) / 8));
    expect(layer.qBias?.shape).toEqual([8]);
    expect(layer.qNorm).toBeNull();
    expect(weights.finalNorm.shape).toEqual([8]);
  });

  it('reads float16', async () => {
    const weights = await find(decomposed(10));
    expect(weights.layers[0].down).toMatchObject({ tensor: { storage: 'f16' } });
  });

  it('takes a head of its own even where the config ties it', async () => {
    const model = replaceNode(decomposed(), '/lm_head/MatMul', (node) => ({ ...node, inputs: [node.inputs[0], 'own'] }));
    const weights = await find({ ...model, initializers: [...model.initializers, ramp('own', [8, 10])] });
    expect(weights.head).not.toBe(weights.embedding);
    expect(weights.head).toMatchObject({ rows: 10, columns: 8, transposed: true });
  });

  it('looks through Cast, Identity and Transpose before a weight', async () => {
    const model = replaceNode(decomposed(), Q, (node) => ({ ...node, inputs: ['x', 't'] }));
    const weights = await find({
      initializers: [...model.initializers, ramp('w16', [8, 8], 10)],
      nodes: [...model.nodes, { name: '', op: 'Identity', inputs: ['w16'], outputs: ['i'] }, { name: '', op: 'Cast', inputs: ['i'], outputs: ['c'], ints: { to: 1 } }, { name: '', op: 'Transpose', inputs: ['c'], outputs: ['t'] }],
    });
    expect(weights.layers[0].q).toMatchObject({ transposed: false, tensor: { storage: 'f16' } });
  });

  it('finds Qwen3 norms as inputs of the attention', async () => {
    const model = decomposed();
    const attention: NodeParts = {
      name: '/model/layers.0/attn/GroupQueryAttention', op: 'GroupQueryAttention', inputs: [...Array.from({ length: 14 }, () => ''), 'qn', 'kn'], outputs: ['att'],
      ints: { num_heads: 2, kv_num_heads: 1, do_rotary: 1 },
    };
    const nodes = model.nodes.filter((node) => !node.name.endsWith('_proj/Add'));
    const weights = await find({ nodes: [...nodes, attention], initializers: [...model.initializers, ramp('qn', [4]), ramp('kn', [4])] }, { ...CONFIG, architecture: 'qwen3' });
    expect(weights.layers[0].qNorm?.shape).toEqual([4]);
    expect(weights.layers[0].qBias).toBeNull();
  });

  it.each<[string, ModelParts, RegExp]>([
    ['a missing projection', { ...decomposed(), nodes: decomposed().nodes.filter((node) => !node.name.includes('up_proj')) }, /Layer 0 has no up_proj/],
    ['names of another exporter', { ...decomposed(), nodes: decomposed().nodes.map((node) => ({ ...node, name: node.name.replace('/model/layers.0', '/blk0') })) }, /No projection named like.*"\/blk0/],
    ['a merged decoder', { nodes: [decomposed().nodes[0], { name: 'optimum::if', op: 'If', inputs: ['c'], outputs: ['logits'], subgraph: true }], initializers: decomposed().initializers }, /If branches/],
    ['a packed projection', replaceNode(decomposed(), Q, (node) => ({ ...node, name: '/model/layers.0/attn/qkv_proj/MatMul' })), /packs several projections/],
    ['a dynamically quantised matrix', replaceNode(decomposed(), Q, (node) => ({ ...node, name: `${Q}_quant`, op: 'MatMulInteger' })), /layers\.0\.q_proj is dynamically quantised to 8 bits/],
    ['a block-quantised embedding', replaceNode(decomposed(), '/model/embed_tokens/Gather', (node) => ({ ...node, op: 'GatherBlockQuantized' })), /GatherBlockQuantized/],
    ['a computed weight', replaceNode(decomposed(), Q, (node) => ({ ...node, inputs: ['x', '/model/norm/Pow_output_0'] })), /no constant weight: it comes from Pow "\/model\/norm\/Pow"/],
    ['a missing bias', { ...decomposed(), nodes: decomposed().nodes.filter((node) => node.name !== '/model/layers.0/self_attn/v_proj/Add') }, /v_proj of layer 0 has no bias/],
    ['a bfloat16 embedding', { ...decomposed(), initializers: [ramp('model.embed_tokens.weight', [10, 8], 16), ...decomposed().initializers.slice(1)] }, /The embedding is bfloat16/],
    ['two norm weights', { ...decomposed(), nodes: [...decomposed().nodes, { name: '/model/norm/Mul_2', op: 'Mul', inputs: ['x', 'model.layers.0.input_layernorm.weight'], outputs: ['u'] }] }, /final norm: one weight of 8 values/],
    ['8 bits', nBits({ bits: 8, block_size: 16 }, ['q', 's']), /8 bits; MatMulNBits is supported with 4/],
    ['a block size', nBits({ block_size: 256 }, ['q', 's']), /blocks of 256; supported are 16, 32, 64, 128/],
    ['a padded block', nBits({ block_size: 16 }, ['q', 's']), /blocks of 16 do not divide/],
  ])('refuses %s in one sentence', async (_name, model, message) => {
    await expect(find(model)).rejects.toThrow(message);
    await expect(find(model)).rejects.toThrow(BackboneError);
  });

  it.each<[string, Partial<DecoderConfig>, RegExp]>([
    ['a larger vocabulary', { vocabSize: 11 }, /embedding has shape \[10, 8\].*\[11, 8\]/],
    ['fewer layers', { layers: 0 }, /has a layer 0.*only 0 layers/],
    ['more layers', { layers: 2 }, /Layer 1 has no o_proj|Layer 1 has no q_proj/],
    ['another width', { intermediateSize: 12 }, /gate_proj has shape \[8, 16\]/],
  ])('refuses a config with %s', async (_name, changes, message) => {
    await expect(find(decomposed(), { ...CONFIG, ...changes })).rejects.toThrow(message);
  });

  it.each<[string, Partial<NodeParts>, RegExp]>([
    ['other heads', { ints: { num_heads: 4, kv_num_heads: 1 } }, /4 heads and 1 key\/value heads/],
    ['a window', { ints: { num_heads: 2, kv_num_heads: 1, local_window_size: 128 } }, /sliding window of 128/],
    ['a soft cap', { ints: { num_heads: 2, kv_num_heads: 1 }, floats: { softcap: 30 } }, /soft cap of 30/],
    ['another θ', { inputs: ['', '', '', '', '', '', '', 'cos'], ints: { num_heads: 2, kv_num_heads: 1 } }, /rotary table holds/],
  ])('refuses attention with %s', async (_name, parts, message) => {
    const model = decomposed();
    const attention: NodeParts = { name: '/model/layers.0/attn/GroupQueryAttention', op: 'GroupQueryAttention', inputs: [], outputs: ['att'], ...parts };
    const cosines: TensorParts = { name: 'cos', dims: [32, 2], dataType: 1, floats: Array.from({ length: 64 }, (_, i) => Math.cos(Math.floor(i / 2) * 1e6 ** (-(i % 2) / 2))) };
    await expect(find({ nodes: [...model.nodes, attention], initializers: [...model.initializers, cosines] })).rejects.toThrow(message);
  });
});
