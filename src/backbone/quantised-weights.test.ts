import { describe, expect, it } from 'vitest';
import { dequantiseRows } from './dequantise.ts';
import { decomposed, ramp, replaceNode, SMALLEST, weightsOf } from './testing/decomposed-graph.ts';
import type { ModelParts, NodeParts, TensorParts } from './testing/onnx-writer.ts';
import type { WeightMatrix } from './types.ts';

const [UINT8, INT8, UINT4, INT4] = [2, 3, 21, 22];
/** Vocabulary 10, hidden 48: three blocks of 16, so that zero points of 4 bits end inside a byte. */
const CONFIG = { ...SMALLEST, hiddenSize: 48, headDim: 24 };
const [VOCAB, HIDDEN] = [10, 48];
const Q = '/model/layers.0/self_attn/q_proj';
const GATHER = '/model/embed_tokens/Gather';
const HEAD = '/lm_head/MatMul';

const graph = (): ModelParts => decomposed(1, CONFIG);
const numbers = (length: number, from = 0, to = 255, step = 37): number[] => Array.from({ length }, (_, i) => from + ((i * step) % (to - from + 1)));
const bytes = (name: string, dims: readonly number[], values: readonly number[], dataType = UINT8): TensorParts => ({ name, dims, dataType, raw: Uint8Array.from(values, (value) => value & 255) });
const floats = (name: string, dims: readonly number[], values: readonly number[]): TensorParts => ({ name, dims, dataType: 1, raw: new Uint8Array(Float32Array.from(values).buffer) });
const nibbles = (values: readonly number[]): number[] => Array.from({ length: Math.ceil(values.length / 2) }, (_, i) => (values[2 * i] & 15) | (((values[2 * i + 1] ?? 0) & 15) << 4));
const rowsOf = <T>(values: readonly T[], width: number): T[][] => Array.from({ length: values.length / width }, (_, i) => values.slice(i * width, (i + 1) * width));

/** Values of [rows, columns] with scales and zero points by blocks, rounded as f32 does. */
function scaled(q: readonly number[], columns: number, block: number, scales: readonly number[], zeros: readonly number[]): number[] {
  const blocks = columns / block;
  return q.map((value, i) => {
    const at = Math.floor(i / columns) * blocks + Math.floor((i % columns) / block);
    return Math.fround((value - zeros[at]) * Math.fround(scales[at]));
  });
}

async function expectValues(matrix: WeightMatrix, expected: readonly number[]): Promise<void> {
  expect([...(await dequantiseRows(matrix))]).toEqual(expected);
  // Rows of their own, as tables are uploaded.
  expect([...(await dequantiseRows(matrix, 3, 7))]).toEqual(expected.slice(3 * matrix.columns, 7 * matrix.columns));
}

describe('MatMulNBits with 8 bits', () => {
  const data = numbers(48 * 48);
  const scales = numbers(48 * 3, 1, 20).map((value) => value / 64);
  const model = (inputs: readonly string[], ints: Record<string, number> = {}): ModelParts =>
    replaceNode(graph(), `${Q}/MatMul`, (node) => ({ ...node, op: 'MatMulNBits', inputs: ['x', 'data', 'scales', ...inputs], ints: { K: 48, N: 48, bits: 8, block_size: 16, ...ints } }), [
      bytes('data', [48, 3, 16], data), floats('scales', [144], scales), bytes('zeros', [48, 3], numbers(144, 100, 150)),
    ]);

  it('is read with zero points, and with 128 for none', async () => {
    const [withZeros, without] = [await weightsOf(model(['zeros']), CONFIG), await weightsOf(model([]), CONFIG)];
    expect(withZeros.layers[0].q).toMatchObject({ kind: 'q8', block: 16 });
    await expectValues(withZeros.layers[0].q, scaled(data, 48, 16, scales, numbers(144, 100, 150)));
    await expectValues(without.layers[0].q, scaled(data, 48, 16, scales, new Array<number>(144).fill(128)));
    expect(withZeros.activationsRounded).toBe('never');
  });

  it('tells where onnxruntime may round activations', async () => {
    expect((await weightsOf(model([], { accuracy_level: 4 }), CONFIG)).activationsRounded).toBe('allowed');
  });
});

/** y = x W as quantize_dynamic leaves it; the weight stands [in, out]. */
function dynamic(node: NodeParts, weight: string): NodeParts[] {
  const [x, y] = [node.inputs[0], node.outputs[0]];
  return [
    { name: `${x}_quantize`, op: 'DynamicQuantizeLinear', inputs: [x], outputs: ['xq', 'xs', 'xz'] },
    { name: `${node.name}_quant`, op: 'MatMulInteger', inputs: ['xq', weight, 'xz', `${weight}_zero`], outputs: [`${y}_i`] },
    { name: `${y}_cast`, op: 'Cast', inputs: [`${y}_i`], outputs: [`${y}_f`], ints: { to: 1 } },
    { name: `${y}_scales_mul`, op: 'Mul', inputs: ['xs', `${weight}_scale`], outputs: [`${y}_s`] },
    { name: `${y}_output_scale_mul`, op: 'Mul', inputs: [`${y}_f`, `${y}_s`], outputs: [y] },
  ];
}

describe('dynamic quantisation', () => {
  const stored = numbers(48 * 48, -128, 127);
  const turned = rowsOf(stored, 48)[0].flatMap((_, column) => rowsOf(stored, 48).map((row) => row[column]));
  const perRow = (value: number): number[] => new Array<number>(48).fill(value);
  const int8 = (zeros: readonly number[], scales: readonly number[]): TensorParts[] => [bytes('w', [48, 48], stored, INT8), bytes('w_zero', zeros.length === 1 ? [] : [48], zeros, INT8), floats('w_scale', scales.length === 1 ? [] : [48], scales)];

  it('of int8 with one scale for all is found behind the nodes around it, and its bias behind the scales', async () => {
    const weights = await weightsOf(replaceNode(graph(), `${Q}/MatMul`, (node) => dynamic(node, 'w'), int8([3], [0.03])), CONFIG);
    const { q, qBias } = weights.layers[0];
    expect(q).toMatchObject({ kind: 'q8', block: 48 });
    await expectValues(q, scaled(turned, 48, 48, perRow(0.03), perRow(3)));
    expect(qBias?.shape).toEqual([48]);
    expect(weights.activationsRounded).toBe('always');
  });

  it('of uint8 with a scale and a zero point for each output', async () => {
    const [zeros, scales] = [numbers(48, 90, 160), numbers(48, 1, 48).map((value) => value / 128)];
    const parts = [bytes('w', [48, 48], stored.map((value) => value + 128)), bytes('w_zero', [48], zeros), floats('w_scale', [48], scales)];
    const { q } = (await weightsOf(replaceNode(graph(), `${Q}/MatMul`, (node) => dynamic(node, 'w'), parts), CONFIG)).layers[0];
    await expectValues(q, scaled(turned.map((value) => value + 128), 48, 48, scales, zeros));
  });

  it('with the scales multiplied in one after the other', async () => {
    const nodes = (node: NodeParts): NodeParts[] => [
      ...dynamic(node, 'w').slice(0, 3),
      { name: 'one', op: 'Mul', inputs: [`${node.outputs[0]}_f`, 'xs'], outputs: ['once'] },
      { name: 'two', op: 'Mul', inputs: ['w_scale', 'once'], outputs: [node.outputs[0]] },
    ];
    const { q, qBias } = (await weightsOf(replaceNode(graph(), `${Q}/MatMul`, nodes, int8([0], [0.5])), CONFIG)).layers[0];
    await expectValues(q, scaled(turned, 48, 48, perRow(0.5), perRow(0)));
    expect(qBias?.shape).toEqual([48]);
  });

  it.each<[string, readonly string[]]>([
    ['DynamicQuantizeMatMul', ['x', 'w', 'w_scale', 'w_zero', 'b']],
    ['MatMulIntegerToFloat', ['xq', 'w', 'xs', 'w_scale', 'xz', 'w_zero', 'b']],
  ])('as onnxruntime joins it, %s with its bias', async (op, inputs) => {
    const model = replaceNode(graph(), `${Q}/MatMul`, (node) => ({ ...node, op, inputs }), [...int8([-4], [0.25]), ramp('b', [48])]);
    const { q, qBias } = (await weightsOf({ ...model, nodes: model.nodes.filter(({ name }) => name !== `${Q}/Add`) }, CONFIG)).layers[0];
    await expectValues(q, scaled(turned, 48, 48, perRow(0.25), perRow(-4)));
    expect(qBias?.shape).toEqual([48]);
  });

  it.each<[string, ModelParts, RegExp]>([
    ['no scale', replaceNode(graph(), `${Q}/MatMul`, (node) => dynamic(node, 'w').slice(0, 2), int8([0], [1])), /q_proj .*without a constant scale/],
    ['as many scales as inputs', replaceNode(graph(), '/model/layers.0/mlp/gate_proj/MatMul', (node) => dynamic(node, 'w'), [bytes('w', [48, 16], numbers(768)), bytes('w_zero', [], [0]), floats('w_scale', [48], perRow(1))]), /scales of layers\.0\.gate_proj are 48.*each of its 16 outputs/],
    ['zero points of another type', replaceNode(graph(), `${Q}/MatMul`, (node) => dynamic(node, 'w'), [bytes('w', [48, 48], stored, INT8), bytes('w_zero', [], [0]), floats('w_scale', [], [1])]), /int8 and its zero point uint8/],
  ])('is refused with %s', async (_, model, message) => {
    await expect(weightsOf(model, CONFIG)).rejects.toThrow(message);
  });
});

describe('the embedding of quantize_dynamic', () => {
  const q = numbers(VOCAB * HIDDEN, -128, 127);
  const expected = scaled(q, HIDDEN, HIDDEN, new Array<number>(VOCAB).fill(0.02), new Array<number>(VOCAB).fill(-5));
  const parts = [bytes('table', [VOCAB, HIDDEN], q, INT8), bytes('z', [], [-5], INT8), floats('s', [], [0.02])];
  const gathered = replaceNode(graph(), GATHER, (node) => [{ ...node, inputs: ['table', 'input_ids'], outputs: ['rows'] }, { name: 'dq', op: 'DequantizeLinear', inputs: ['rows', 's', 'z'], outputs: ['x'] }], parts);

  it('is gathered first and scaled afterwards; a head that reads the same table, turned round, is tied to it', async () => {
    const head = (model: ModelParts, nodes: readonly NodeParts[]): ModelParts => ({ ...model, nodes: [...model.nodes.filter(({ name }) => name !== '/lm_head/Transpose'), ...nodes] });
    const before = await weightsOf(head(gathered, [{ name: '', op: 'DequantizeLinear', inputs: ['table', 's', 'z'], outputs: ['f'] }, { name: '', op: 'Transpose', inputs: ['f'], outputs: ['head'] }]), CONFIG);
    await expectValues(before.embedding, expected);
    expect(before.head).toBe(before.embedding);
    expect(before.activationsRounded).toBe('never');
    const after = await weightsOf(head(gathered, [{ name: '', op: 'Transpose', inputs: ['table'], outputs: ['t'] }, { name: '', op: 'DequantizeLinear', inputs: ['t', 's', 'z'], outputs: ['head'] }]), CONFIG);
    expect(after.head).toBe(after.embedding);
    const integer = await weightsOf(
      replaceNode(head(gathered, [{ name: '', op: 'Transpose', inputs: ['table'], outputs: ['w'] }]), HEAD, (node) => dynamic(node, 'w').map((one) => ({ ...one, inputs: one.inputs.map((input) => ({ w_zero: 'z', w_scale: 's' })[input] ?? input) }))),
      CONFIG,
    );
    expect(integer.head).toBe(integer.embedding);
    expect(integer.activationsRounded).toBe('always');
  });

  it('may be scaled before it is gathered', async () => {
    const model = replaceNode(graph(), GATHER, (node) => [{ name: 'dq', op: 'DequantizeLinear', inputs: ['table', 's', 'z'], outputs: ['floats'] }, { ...node, inputs: ['floats', 'input_ids'] }], parts);
    const weights = await weightsOf(model, CONFIG);
    await expectValues(weights.embedding, expected);
    expect(weights.head).not.toBe(weights.embedding);
  });

  it('is refused where its columns have scales of their own', async () => {
    const columns = floats('s', [HIDDEN], new Array<number>(HIDDEN).fill(1));
    await expect(weightsOf({ ...gathered, initializers: gathered.initializers.map((one) => (one.name === 's' ? columns : one)) }, CONFIG)).rejects.toThrow(/scaled by columns/);
    const model = replaceNode(graph(), `${Q}/MatMul`, (node) => [{ name: 'dq', op: 'DequantizeLinear', inputs: ['w', 's'], outputs: ['wf'], ints: { axis: 0 } }, { ...node, inputs: ['x', 'wf'] }], [bytes('w', [48, 48], numbers(48 * 48)), columns]);
    await expect(weightsOf(model, CONFIG)).rejects.toThrow(/q_proj is scaled along its inputs/);
  });
});

describe('GatherBlockQuantized', () => {
  const count = VOCAB * HIDDEN;
  const blocks = VOCAB * 3;
  const scales = numbers(blocks, 1, 30).map((value) => value / 32);
  const table = (ints: Record<string, number>, parts: readonly TensorParts[], zeros: boolean): ModelParts =>
    replaceNode(graph(), GATHER, (node) => ({ ...node, op: 'GatherBlockQuantized', inputs: ['table', 'input_ids', 'scales', ...(zeros ? ['zeros'] : [])], ints: { block_size: 16, ...ints } }), [floats('scales', [VOCAB, 3], scales), ...parts]);
  const none = (value: number): number[] => new Array<number>(blocks).fill(value);
  const q4 = numbers(count, 0, 15, 7);
  const z4 = numbers(blocks, 0, 15, 5);
  const byRow = (values: readonly number[]): number[] => rowsOf(values, 3).flatMap((row) => nibbles(row));

  it.each<[string, ModelParts, number[]]>([
    ['uint8, 4 bits packed, zero points', table({ bits: 4 }, [bytes('table', [VOCAB, HIDDEN / 2], nibbles(q4)), bytes('zeros', [VOCAB, 2], byRow(z4))], true), scaled(q4, HIDDEN, 16, scales, z4)],
    ['uint8, 4 bits packed', table({}, [bytes('table', [VOCAB, HIDDEN / 2], nibbles(q4))], false), scaled(q4, HIDDEN, 16, scales, none(8))],
    ['uint8, 8 bits, zero points', table({ bits: 8, quantize_axis: -1 }, [bytes('table', [VOCAB, HIDDEN], numbers(count)), bytes('zeros', [VOCAB, 3], numbers(blocks, 100, 140))], true), scaled(numbers(count), HIDDEN, 16, scales, numbers(blocks, 100, 140))],
    ['uint8, 8 bits', table({ bits: 8 }, [bytes('table', [VOCAB, HIDDEN], numbers(count))], false), scaled(numbers(count), HIDDEN, 16, scales, none(128))],
    ['uint4, zero points across rows', table({}, [bytes('table', [VOCAB, HIDDEN], nibbles(q4), UINT4), bytes('zeros', [VOCAB, 3], nibbles(z4), UINT4)], true), scaled(q4, HIDDEN, 16, scales, z4)],
    ['uint4', table({}, [bytes('table', [VOCAB, HIDDEN], nibbles(q4), UINT4)], false), scaled(q4, HIDDEN, 16, scales, none(0))],
    ['int4, zero points across rows', table({}, [bytes('table', [VOCAB, HIDDEN], nibbles(q4.map((v) => v - 8)), INT4), bytes('zeros', [VOCAB, 3], nibbles(z4.map((v) => v - 8)), INT4)], true), scaled(q4, HIDDEN, 16, scales, z4)],
    ['int4', table({}, [bytes('table', [VOCAB, HIDDEN], nibbles(q4.map((v) => v - 8)), INT4)], false), scaled(q4, HIDDEN, 16, scales, none(8))],
  ])('of %s is read', async (_, model, expected) => {
    await expectValues((await weightsOf(model, CONFIG)).embedding, expected);
  });

  it('over the blocks of a MatMulNBits head, reshaped, is tied to it', async () => {
    const parts = [bytes('head_q', [VOCAB, 3, 8], nibbles(q4)), bytes('zeros', [VOCAB, 2], byRow(z4))];
    const reshaped = replaceNode(table({ bits: 4 }, parts, true), GATHER, (node) => [{ name: '/model/embed_tokens/Reshape', op: 'Reshape', inputs: ['head_q', 'shape'], outputs: ['table'] }, node]);
    const model = replaceNode(reshaped, HEAD, (node) => ({ ...node, op: 'MatMulNBits', inputs: [node.inputs[0], 'head_q', 'scales', 'zeros'], ints: { K: HIDDEN, N: VOCAB, bits: 4, block_size: 16 } }));
    const weights = await weightsOf(model, CONFIG);
    expect(weights.head).toBe(weights.embedding);
    await expectValues(weights.embedding, scaled(q4, HIDDEN, 16, scales, z4));
  });

  it.each<[string, ModelParts, RegExp]>([
    ['along the vocabulary', table({ quantize_axis: 0 }, [bytes('table', [VOCAB, HIDDEN / 2], nibbles(q4))], false), /quantised along axis 0/],
    ['to 2 bits', table({ bits: 2 }, [bytes('table', [VOCAB, HIDDEN / 4], numbers(count / 4))], false), /embedding is quantised to 2 bits/],
    ['in too few bytes', table({ bits: 8 }, [bytes('table', [VOCAB, HIDDEN / 2], nibbles(q4))], false), /240 bytes of uint8; 480 bytes/],
  ])('is refused %s', async (_, model, message) => {
    await expect(weightsOf(model, CONFIG)).rejects.toThrow(message);
  });
});
