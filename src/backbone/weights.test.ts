import { describe, expect, it } from 'vitest';
import { dequantiseRows } from './dequantise.ts';
import { decomposed, ramp, replaceNode, SMALLEST, weightsOf } from './testing/decomposed-graph.ts';
import type { ModelParts, NodeParts, TensorParts } from './testing/onnx-writer.ts';
import { BackboneError, type DecoderConfig } from './types.ts';

const Q = '/model/layers.0/self_attn/q_proj/MatMul';
const nBits = (ints: Record<string, number>, inputs: string[]): ModelParts => {
  const model = replaceNode(decomposed(), Q, (node) => ({ ...node, name: `${Q}_Q4`, op: 'MatMulNBits', inputs: ['x', ...inputs], ints: { K: 8, N: 8, bits: 4, ...ints } }));
  return { ...model, initializers: [...model.initializers, ramp('q', [8, 1, 4], 2), ramp('s', [8]), ramp('z', [8], 2), ramp('fz', [8])] };
};

describe('findWeights on a decomposed graph', () => {
  it('finds every weight', async () => {
    const weights = await weightsOf(decomposed());
    expect(weights.head).toBe(weights.embedding);
    const [layer] = weights.layers;
    expect(layer.k).toMatchObject({ kind: 'float', rows: 4, columns: 8, transposed: true });
    expect([...(await dequantiseRows(layer.k, 1, 2))]).toEqual([0, 1, 2, 3, 4, 5, 6, 7].map((i) => (i * 4 + 1) / 8));
    expect(layer.qBias?.shape).toEqual([8]);
    expect(layer.qNorm).toBeNull();
    expect(weights.finalNorm.shape).toEqual([8]);
  });

  it('reads float16', async () => {
    const weights = await weightsOf(decomposed(10));
    expect(weights.layers[0].down).toMatchObject({ tensor: { storage: 'f16' } });
  });

  it('takes a head of its own even where the config ties it', async () => {
    const model = replaceNode(decomposed(), '/lm_head/MatMul', (node) => ({ ...node, inputs: [node.inputs[0], 'own'] }));
    const weights = await weightsOf({ ...model, initializers: [...model.initializers, ramp('own', [8, 10])] });
    expect(weights.head).not.toBe(weights.embedding);
    expect(weights.head).toMatchObject({ rows: 10, columns: 8, transposed: true });
  });

  it('looks through Cast, Identity and Transpose before a weight', async () => {
    const model = replaceNode(decomposed(), Q, (node) => ({ ...node, inputs: ['x', 't'] }));
    const weights = await weightsOf({
      initializers: [...model.initializers, ramp('w16', [8, 8], 10)],
      nodes: [...model.nodes, { name: '', op: 'Identity', inputs: ['w16'], outputs: ['i'] }, { name: '', op: 'Cast', inputs: ['i'], outputs: ['c'], ints: { to: 1 } }, { name: '', op: 'Transpose', inputs: ['c'], outputs: ['t'] }],
    });
    expect(weights.layers[0].q).toMatchObject({ transposed: false, tensor: { storage: 'f16' } });
  });

  it('takes a Transpose whose perm leaves the matrix as it is for nothing', async () => {
    // Square, so that no shape would tell.
    const model = replaceNode(decomposed(), Q, (node) => ({ ...node, inputs: ['x', 't'] }));
    const through = (perm: readonly number[]) => weightsOf({ ...model, nodes: [...model.nodes, { name: '', op: 'Transpose', inputs: ['onnx::MatMul_100'], outputs: ['t'], lists: { perm } }] });
    expect((await through([0, 1])).layers[0].q).toMatchObject({ transposed: true });
    expect((await through([1, 0])).layers[0].q).toMatchObject({ transposed: false });
  });

  it('refuses a graph that feeds itself, whatever is asked of it', async () => {
    const model = replaceNode(decomposed(), Q, (node) => ({ ...node, inputs: ['x', 'a'] }));
    const loop: NodeParts[] = [{ name: '', op: 'Identity', inputs: ['b'], outputs: ['a'] }, { name: '', op: 'Cast', inputs: ['a'], outputs: ['b'] }];
    await expect(weightsOf({ ...model, nodes: [...model.nodes, ...loop] })).rejects.toThrow(/nodes feed themselves: the file is damaged/);
  });

  it('does not follow a chain that doubles with each link', async () => {
    const model = replaceNode(decomposed(), Q, (node) => ({ ...node, op: 'MatMulInteger' }));
    const chain = Array.from({ length: 60 }, (_, link): NodeParts => ({ name: '', op: 'Mul', inputs: [`m${link}`, `m${link}`], outputs: [`m${link + 1}`] }));
    const scaled: NodeParts = { name: '', op: 'Mul', inputs: [`${Q}_output_0`, 'm60'], outputs: ['scaled'] };
    await expect(weightsOf({ ...model, nodes: [...model.nodes, ...chain, scaled] })).rejects.toThrow(/without a constant scale/);
    const endless: ModelParts = { ...model, nodes: [...decomposed().nodes.filter(({ name }) => !name.startsWith('/lm_head')), ...chain, { name: '', op: 'Cast', inputs: ['m60'], outputs: ['logits'] }] };
    await expect(weightsOf(endless)).rejects.toThrow(/No head was found/);
  });

  it('finds Qwen3 norms as inputs of the attention', async () => {
    const model = decomposed();
    const attention: NodeParts = {
      name: '/model/layers.0/attn/GroupQueryAttention', op: 'GroupQueryAttention', inputs: [...Array.from({ length: 14 }, () => ''), 'qn', 'kn'], outputs: ['att'],
      ints: { num_heads: 2, kv_num_heads: 1, do_rotary: 1 },
    };
    const nodes = model.nodes.filter((node) => !node.name.endsWith('_proj/Add'));
    const weights = await weightsOf({ nodes: [...nodes, attention], initializers: [...model.initializers, ramp('qn', [4]), ramp('kn', [4])] }, { ...SMALLEST, architecture: 'qwen3' });
    expect(weights.layers[0].qNorm?.shape).toEqual([4]);
    expect(weights.layers[0].qBias).toBeNull();
  });

  it.each<[string, ModelParts, RegExp]>([
    ['a missing projection', { ...decomposed(), nodes: decomposed().nodes.filter((node) => !node.name.includes('up_proj')) }, /Layer 0 has no up_proj/],
    ['names of another exporter', { ...decomposed(), nodes: decomposed().nodes.map((node) => ({ ...node, name: node.name.replace('/model/layers.0', '/blk0') })) }, /No projection named like.*"\/blk0/],
    ['a merged decoder', { nodes: [decomposed().nodes[0], { name: 'optimum::if', op: 'If', inputs: ['c'], outputs: ['logits'], subgraph: true }], initializers: decomposed().initializers }, /If branches/],
    ['a packed projection', replaceNode(decomposed(), Q, (node) => ({ ...node, name: '/model/layers.0/attn/qkv_proj/MatMul' })), /packs several projections/],
    ['bitsandbytes', replaceNode(decomposed(), Q, (node) => ({ ...node, op: 'MatMulBnb4' })), /layers\.0\.q_proj is quantised with bitsandbytes/],
    ['a computed weight', replaceNode(decomposed(), Q, (node) => ({ ...node, inputs: ['x', '/model/norm/Pow_output_0'] })), /no constant weight: it comes from Pow "\/model\/norm\/Pow"/],
    ['a missing bias', { ...decomposed(), nodes: decomposed().nodes.filter((node) => node.name !== '/model/layers.0/self_attn/v_proj/Add') }, /v_proj of layer 0 has no bias/],
    ['a bfloat16 embedding', { ...decomposed(), initializers: [ramp('model.embed_tokens.weight', [10, 8], 16), ...decomposed().initializers.slice(1)] }, /The embedding is bfloat16/],
    ['two norm weights', { ...decomposed(), nodes: [...decomposed().nodes, { name: '/model/norm/Mul_2', op: 'Mul', inputs: ['x', 'model.layers.0.input_layernorm.weight'], outputs: ['u'] }] }, /final norm: one weight of 8 values/],
    ['2 bits', nBits({ bits: 2, block_size: 16 }, ['q', 's']), /quantised to 2 bits; 4 and 8 are supported/],
    ['a block size', nBits({ block_size: 24 }, ['q', 's']), /blocks of 24; powers of two from 16 on/],
    ['a padded block', nBits({ block_size: 16 }, ['q', 's']), /blocks of 16 do not divide/],
  ])('refuses %s in one sentence', async (_name, model, message) => {
    await expect(weightsOf(model)).rejects.toThrow(message);
    await expect(weightsOf(model)).rejects.toThrow(BackboneError);
  });

  it.each<[string, Partial<DecoderConfig>, RegExp]>([
    ['a larger vocabulary', { vocabSize: 11 }, /embedding has shape \[10, 8\].*\[11, 8\]/],
    ['fewer layers', { layers: 0 }, /has a layer 0.*only 0 layers/],
    ['more layers', { layers: 2 }, /Layer 1 has no o_proj|Layer 1 has no q_proj/],
    ['another width', { intermediateSize: 12 }, /gate_proj has shape \[8, 16\]/],
  ])('refuses a config with %s', async (_name, changes, message) => {
    await expect(weightsOf(decomposed(), { ...SMALLEST, ...changes })).rejects.toThrow(message);
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
    await expect(weightsOf({ nodes: [...model.nodes, attention], initializers: [...model.initializers, cosines] })).rejects.toThrow(message);
  });
});
