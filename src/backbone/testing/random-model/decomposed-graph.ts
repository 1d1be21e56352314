import { TensorProto_DataType } from 'onnx-buf';
import { integer, integers, GraphBuilder } from './graph-builder.ts';
import { BIASED, type ModelWeights } from './layer-weights.ts';
import { addEmbedding, addHead, addProduct, floatType, type StorageOptions } from './products.ts';
import type { RandomWeights } from './random-weights.ts';
import type { ModelShape } from './shapes.ts';
import { DATA_TYPE, floatsTensor, vectorTensor, type FloatType } from './tensors.ts';

const { BOOL, FLOAT, FLOAT16, INT64 } = TensorProto_DataType;

/** Anonymous weights are numbered by the exporter; where the numbers start does not matter. */
const FIRST_NUMBER = 3300;

/** Masked scores: the least finite number of the type. */
const LOWEST: Readonly<Record<FloatType, number>> = { float32: -3.4028234663852886e38, float16: -65_504 };

/**
 * The graph that optimum exports (PyTorch's TorchScript exporter): norms, rotary positions and attention in elementary
 * operators, position_ids as an input, projections' weights anonymous, biases first in Add. In float16 the norms, the
 * rotary angles and the softmax compute in float32 between Casts, as the modelling code asks.
 */
export function decomposedGraph(shape: ModelShape, options: StorageOptions, weights: ModelWeights): GraphBuilder {
  const builder = new GraphBuilder('_');
  const type = floatType(options.storage);
  addInterface(builder, shape, type);
  const positions = addRotary(builder, shape, type);
  const mask = addMask(builder, type);
  let number = FIRST_NUMBER;
  let x = addEmbedding(builder, options, shape, weights.embedding);
  for (let layer = 0; layer < shape.layers; layer += 1) {
    const path = `/model/layers.${layer}`;
    const project = (parent: string, target: string, input: string): string => {
      const base = `${path}/${parent}/${target}`;
      number += 1;
      const matrix = weights.projection(layer, target);
      const product = addProduct({ builder, options, name: `${base}/MatMul`, weight: `onnx::MatMul_${number}`, matrix, input });
      if (shape.architecture !== 'qwen2' || !BIASED.has(target)) return product;
      const bias = vectorTensor(`model.layers.${layer}.${parent}.${target}.bias`, weights.bias(layer, target), matrix.rows, type);
      return builder.node('Add', `${base}/Add`, [builder.tensor(bias), product]);
    };
    const norm = (name: string, input: string): string => addNorm(builder, `${path}/${name}`, input, weights.norm(layer, name), shape.hiddenSize, shape.rmsNormEps, type);

    const inner = norm('input_layernorm', x);
    const attended = addAttention(builder, { shape, type, layer, positions, mask, weights, q: project('self_attn', 'q_proj', inner), k: project('self_attn', 'k_proj', inner), v: project('self_attn', 'v_proj', inner) });
    x = builder.node('Add', `${path}/Add`, [x, project('self_attn', 'o_proj', attended)]);

    const normed = norm('post_attention_layernorm', x);
    const gate = project('mlp', 'gate_proj', normed);
    const sigmoid = builder.node('Sigmoid', `${path}/mlp/act_fn/Sigmoid`, [gate]);
    const silu = builder.node('Mul', `${path}/mlp/act_fn/Mul`, [gate, sigmoid]);
    const product = builder.node('Mul', `${path}/mlp/Mul`, [silu, project('mlp', 'up_proj', normed)]);
    x = builder.node('Add', `${path}/Add_1`, [x, project('mlp', 'down_proj', product)]);
  }
  const last = addNorm(builder, '/model/norm', x, weights.finalNorm, shape.hiddenSize, shape.rmsNormEps, type);
  addHead(builder, options, shape, weights.embedding, last);
  return builder;
}

function addInterface(builder: GraphBuilder, { layers, kvHeads, headDim, vocabSize }: ModelShape, type: FloatType): void {
  builder.input('input_ids', INT64, ['batch_size', 'sequence_length']);
  builder.input('attention_mask', INT64, ['batch_size', 'past_sequence_length + 1']);
  builder.input('position_ids', INT64, ['batch_size', 'sequence_length']);
  builder.result('logits', FLOAT, ['batch_size', 'sequence_length', vocabSize]);
  for (let layer = 0; layer < layers; layer += 1) {
    for (const part of ['key', 'value']) {
      builder.input(`past_key_values.${layer}.${part}`, DATA_TYPE[type], ['batch_size', kvHeads, 'past_sequence_length', headDim]);
      builder.result(`present.${layer}.${part}`, DATA_TYPE[type], ['batch_size', kvHeads, 'past_sequence_length + 1', headDim]);
    }
  }
}

/** x · 1/√(mean x² + ε) · weight. @param path of the module, such as "/model/norm" */
function addNorm(builder: GraphBuilder, path: string, input: string, weights: RandomWeights, size: number, epsilon: number, type: FloatType): string {
  const half = type === 'float16';
  const x = half ? builder.cast(`${path}/Cast`, input, FLOAT) : input;
  const square = builder.node('Pow', `${path}/Pow`, [x, builder.constantNode(`${path}/Constant`, 2, 'float32')]);
  const mean = builder.node('ReduceMean', `${path}/ReduceMean`, [square], [integers('axes', [-1])]);
  const sum = builder.node('Add', `${path}/Add`, [mean, builder.constantNode(`${path}/Constant_1`, epsilon, 'float32')]);
  const root = builder.node('Sqrt', `${path}/Sqrt`, [sum]);
  const inverse = builder.node('Div', `${path}/Div`, [builder.constantNode(`${path}/Constant_2`, 1, 'float32'), root]);
  const normed = builder.node('Mul', `${path}/Mul`, [x, inverse]);
  const weight = builder.tensor(vectorTensor(`${path.slice(1).replaceAll('/', '.')}.weight`, weights, size, type));
  return builder.node('Mul', `${path}/Mul_1`, [weight, half ? builder.cast(`${path}/Cast_1`, normed, FLOAT16) : normed]);
}

interface Rotary {
  readonly cos: string;
  readonly sin: string;
}

/** cos and sin of position · θ^(−2i/d), doubled along the last axis: [batch, sequence, head dimension]. */
function addRotary(builder: GraphBuilder, { headDim, ropeTheta }: ModelShape, type: FloatType): Rotary {
  const base = '/model/rotary_emb';
  const half = headDim / 2;
  const frequencies = builder.tensor(floatsTensor('onnx::Expand_inv_freq', [1, half, 1], 'float32', (index) => ropeTheta ** (-index / half)));
  const rows = builder.node('Unsqueeze', `${base}/Unsqueeze`, ['position_ids', builder.constantNode(`${base}/Constant`, [1], 'int64')]);
  const positions = builder.cast(`${base}/Cast`, rows, FLOAT);
  const angles = builder.node('MatMul', `${base}/MatMul`, [frequencies, positions]);
  const turned = builder.node('Transpose', `${base}/Transpose`, [angles], [integers('perm', [0, 2, 1])]);
  const both = builder.node('Concat', `${base}/Concat`, [turned, turned], [integer('axis', -1)]);
  const wave = (op: string, index: number): string => {
    const value = builder.node(op, `${base}/${op}`, [both]);
    return type === 'float16' ? builder.cast(`${base}/Cast_${index}`, value, FLOAT16) : value;
  };
  return { cos: wave('Cos', 1), sin: wave('Sin', 2) };
}

/** 0 where a query may see a key, else the lowest number: [batch, 1, sequence, past + sequence]. */
function addMask(builder: GraphBuilder, type: FloatType): string {
  const constant = (index: number, value: number | readonly number[]): string => builder.constantNode(`/model/Constant_${index}`, value, 'int64');
  const length = (name: string, input: string, axis: number, index: number): string => {
    const dims = builder.node('Shape', `/model/Shape${name}`, [input]);
    return builder.node('Gather', `/model/Gather${name}`, [dims, constant(index, axis)], [integer('axis', 0)]);
  };
  const past = length('', 'past_key_values.0.key', 2, 1);
  const total = builder.node('Add', '/model/Add', [past, length('_1', 'input_ids', 1, 2)]);
  const one = constant(3, 1);
  const queries = builder.node('Range', '/model/Range', [past, total, one]);
  const keys = builder.node('Range', '/model/Range_1', [constant(4, 0), total, one]);
  const column = builder.node('Unsqueeze', '/model/Unsqueeze', [queries, constant(5, [1])]);
  const causal = builder.node('LessOrEqual', '/model/LessOrEqual', [keys, column]);
  const causal4 = builder.node('Unsqueeze', '/model/Unsqueeze_1', [causal, constant(6, [0, 1])]);
  const present = builder.cast('/model/Cast', 'attention_mask', BOOL);
  const present4 = builder.node('Unsqueeze', '/model/Unsqueeze_2', [present, constant(7, [1, 2])]);
  const seen = builder.node('And', '/model/And', [causal4, present4]);
  return builder.node('Where', '/model/Where', [seen, builder.constantNode('/model/Constant_8', 0, type), builder.constantNode('/model/Constant_9', LOWEST[type], type)]);
}

interface AttentionParts {
  readonly shape: ModelShape;
  readonly type: FloatType;
  readonly layer: number;
  readonly positions: Rotary;
  readonly mask: string;
  readonly weights: ModelWeights;
  /** [batch, sequence, features] */
  readonly q: string;
  readonly k: string;
  readonly v: string;
}

/** @returns the heads' outputs side by side, [batch, sequence, heads · head dimension] */
function addAttention(builder: GraphBuilder, { shape, type, layer, positions, mask, weights, q, k, v }: AttentionParts): string {
  const { heads, kvHeads, headDim } = shape;
  const base = `/model/layers.${layer}/self_attn`;
  const counts = new Map<string, number>();
  // PyTorch's exporter numbers the nodes of one operator in a module: Reshape, Reshape_1, …
  const named = (op: string): string => {
    const count = counts.get(op) ?? 0;
    counts.set(op, count + 1);
    return `${base}/${op}${count === 0 ? '' : `_${count}`}`;
  };
  const constant = (value: number | readonly number[]): string => builder.constantNode(named('Constant'), value, 'int64');
  const reshape = (input: string, dims: readonly number[]): string => builder.node('Reshape', named('Reshape'), [input, constant(dims)]);
  const transpose = (input: string, perm: readonly number[]): string => builder.node('Transpose', named('Transpose'), [input], [integers('perm', perm)]);
  const split = (input: string, count: number, norm: string | null): string => {
    const perHead = reshape(input, [0, 0, count, headDim]);
    const normed = norm !== null && shape.architecture === 'qwen3' ? addNorm(builder, `${base}/${norm}`, perHead, weights.norm(layer, norm), headDim, shape.rmsNormEps, type) : perHead;
    return transpose(normed, [0, 2, 1, 3]);
  };
  const queries = split(q, heads, 'q_norm');
  const keys = split(k, kvHeads, 'k_norm');
  const values = split(v, kvHeads, null);

  const axis = constant([1]);
  const cos = builder.node('Unsqueeze', named('Unsqueeze'), [positions.cos, axis]);
  const sin = builder.node('Unsqueeze', named('Unsqueeze'), [positions.sin, axis]);
  const slice = (input: string, from: number, to: number): string => builder.node('Slice', named('Slice'), [input, constant([from]), constant([to]), constant([3]), constant([1])]);
  const rotate = (input: string): string => {
    const straight = builder.node('Mul', named('Mul'), [input, cos]);
    const first = slice(input, 0, headDim / 2);
    const second = builder.node('Neg', named('Neg'), [slice(input, headDim / 2, Number.MAX_SAFE_INTEGER)]);
    const turned = builder.node('Concat', named('Concat'), [second, first], [integer('axis', -1)]);
    return builder.node('Add', named('Add'), [straight, builder.node('Mul', named('Mul'), [turned, sin])]);
  };
  const rotated = rotate(queries);
  const cached = (part: 'key' | 'value', input: string): string => builder.node('Concat', named('Concat'), [`past_key_values.${layer}.${part}`, input], [integer('axis', -2)], `present.${layer}.${part}`);
  const repeat = (input: string): string => {
    const apart = builder.node('Unsqueeze', named('Unsqueeze'), [input, constant([2])]);
    const wide = builder.node('Expand', named('Expand'), [apart, constant([1, 1, heads / kvHeads, 1, 1])]);
    return reshape(wide, [0, heads, -1, headDim]);
  };
  const allKeys = repeat(cached('key', rotate(keys)));
  const allValues = repeat(cached('value', values));

  const scores = builder.node('MatMul', named('MatMul'), [rotated, transpose(allKeys, [0, 1, 3, 2])]);
  const scaled = builder.node('Mul', named('Mul'), [scores, builder.constantNode(named('Constant'), 1 / Math.sqrt(headDim), type)]);
  const masked = builder.node('Add', named('Add'), [scaled, mask]);
  const half = type === 'float16';
  const softmax = builder.node('Softmax', named('Softmax'), [half ? builder.cast(named('Cast'), masked, FLOAT) : masked], [integer('axis', -1)]);
  const shares = half ? builder.cast(named('Cast'), softmax, FLOAT16) : softmax;
  const mixed = builder.node('MatMul', named('MatMul'), [shares, allValues]);
  return reshape(transpose(mixed, [0, 2, 1, 3]), [0, 0, heads * headDim]);
}
