import { TensorProto_DataType } from 'onnx-buf';
import { float, integer, GraphBuilder } from './graph-builder.ts';
import { BIASED, type ModelWeights } from './layer-weights.ts';
import { addEmbedding, addHead, addProduct, floatType, type StorageOptions } from './products.ts';
import type { RandomWeights } from './random-weights.ts';
import type { ModelShape } from './shapes.ts';
import { DATA_TYPE, floatsTensor, vectorTensor } from './tensors.ts';

const MICROSOFT = 'com.microsoft';

/**
 * The graph that onnxruntime-genai's model builder writes and onnx-community's "-ONNX-GQA" repositories hold: fused
 * norms with the residual sum in them, GroupQueryAttention with rotary tables, no position_ids.
 */
export function gqaGraph(shape: ModelShape, options: StorageOptions, weights: ModelWeights): GraphBuilder {
  const builder = new GraphBuilder('/');
  const type = floatType(options.storage);
  const { hiddenSize, heads, kvHeads, headDim } = shape;
  const cacheType = DATA_TYPE[type];
  builder.input('input_ids', TensorProto_DataType.INT64, ['batch_size', 'sequence_length']);
  builder.input('attention_mask', TensorProto_DataType.INT64, ['batch_size', 'total_sequence_length']);
  builder.result('logits', TensorProto_DataType.FLOAT, ['batch_size', 'sequence_length', shape.vocabSize]);
  for (let layer = 0; layer < shape.layers; layer += 1) {
    for (const part of ['key', 'value']) {
      builder.input(`past_key_values.${layer}.${part}`, cacheType, ['batch_size', kvHeads, 'past_sequence_length', headDim]);
      builder.result(`present.${layer}.${part}`, cacheType, ['batch_size', kvHeads, 'total_sequence_length', headDim]);
    }
  }

  const lengths = addMaskSubgraph(builder);
  const half = headDim / 2;
  const frequencies = Float64Array.from({ length: half }, (_, index) => shape.ropeTheta ** (-index / half));
  for (const [name, wave] of [['cos_cache', Math.cos], ['sin_cache', Math.sin]] as const) {
    builder.tensor(floatsTensor(name, [shape.maxPositions, half], type, (index) => wave(Math.floor(index / half) * frequencies[index % half])));
  }

  const norm = (name: string, weight: RandomWeights, root: string, skip: string | null): { readonly normed: string; readonly residual: string } => {
    const tensor = builder.tensor(vectorTensor(`${name.slice(1).replaceAll('/', '.')}.weight`, weight, hiddenSize, type));
    const normed = builder.output(name);
    const epsilon = float('epsilon', shape.rmsNormEps);
    if (skip === null) {
      builder.nodeWith('SimplifiedLayerNormalization', `${name}/LayerNorm`, [root, tensor], [normed], [integer('axis', -1), epsilon, integer('stash_type', 1)]);
      return { normed, residual: root };
    }
    const residual = builder.output(name, 3);
    const last = name.includes('final_norm');
    builder.nodeWith('SkipSimplifiedLayerNormalization', `${name}/SkipLayerNorm`, [root, skip, tensor], last ? [normed] : [normed, '', '', residual], [epsilon], MICROSOFT);
    return { normed, residual };
  };

  let root = addEmbedding(builder, options, shape, weights.embedding);
  let skip: string | null = null;
  for (let layer = 0; layer < shape.layers; layer += 1) {
    const path = `/model/layers.${layer}`;
    const project = (parent: string, target: string, input: string): string => {
      const name = `${path}/${parent}/${target}/MatMul`;
      const product = addProduct({ builder, options, name, weight: `${name.slice(1).replaceAll('/', '.')}.weight`, matrix: weights.projection(layer, target), input });
      if (shape.architecture !== 'qwen2' || !BIASED.has(target)) return product;
      const add = `${path}/${parent}/${target}/Add`;
      const bias = vectorTensor(`${add.slice(1).replaceAll('/', '.')}.bias`, weights.bias(layer, target), weights.projection(layer, target).rows, type);
      return builder.node('Add', add, [product, builder.tensor(bias)]);
    };
    const headNorm = (name: string, input: string, count: number): string => {
      if (shape.architecture !== 'qwen3') return input;
      const base = `${path}/attn/${name}`;
      const weight = builder.tensor(vectorTensor(`model.layers.${layer}.attn.${name}.layernorm.weight`, weights.norm(layer, name), headDim, type));
      const perHead = builder.node('Reshape', `${base}/Reshape_1`, [input, builder.constant([0, -1, count, headDim])]);
      const normed = builder.node('SimplifiedLayerNormalization', `${base}/SimplifiedLayerNormalization`, [perHead, weight], [integer('axis', -1), float('epsilon', shape.rmsNormEps), integer('stash_type', 1)]);
      return builder.node('Reshape', `${base}/Reshape_2`, [normed, builder.constant([0, -1, count * headDim])]);
    };

    const input = norm(`${path}/input_layernorm`, weights.norm(layer, 'input_layernorm'), root, skip);
    const q = headNorm('q_norm', project('attn', 'q_proj', input.normed), heads);
    const k = headNorm('k_norm', project('attn', 'k_proj', input.normed), kvHeads);
    const v = project('attn', 'v_proj', input.normed);
    const attention = `${path}/attn/GroupQueryAttention`;
    const cache = [`past_key_values.${layer}.key`, `past_key_values.${layer}.value`];
    const attributes = [integer('num_heads', heads), integer('kv_num_heads', kvHeads), float('scale', 1 / Math.sqrt(headDim)), integer('local_window_size', -1), float('softcap', 0), integer('do_rotary', 1), integer('rotary_interleaved', 0)];
    builder.nodeWith('GroupQueryAttention', attention, [q, k, v, ...cache, lengths.sequence, lengths.total, 'cos_cache', 'sin_cache'], [builder.output(attention), `present.${layer}.key`, `present.${layer}.value`], attributes, MICROSOFT);
    const o = project('attn', 'o_proj', builder.output(attention));

    const inner = norm(`${path}/post_attention_layernorm`, weights.norm(layer, 'post_attention_layernorm'), input.residual, o);
    const gate = project('mlp', 'gate_proj', inner.normed);
    const up = project('mlp', 'up_proj', inner.normed);
    const sigmoid = builder.node('Sigmoid', `${path}/mlp/act_fn/Sigmoid`, [gate]);
    const silu = builder.node('Mul', `${path}/mlp/act_fn/Mul`, [gate, sigmoid]);
    const product = builder.node('Mul', `${path}/mlp/Mul`, [silu, up]);
    skip = project('mlp', 'down_proj', product);
    root = inner.residual;
  }
  const last = norm(`/model/layers.${shape.layers}/final_norm_layernorm`, weights.finalNorm, root, skip);
  addHead(builder, options, shape, weights.embedding, last.normed);
  return builder;
}

/** attention_mask → seqlens_k (its sum less one) and total_sequence_length, int32, as GroupQueryAttention takes them. */
function addMaskSubgraph(builder: GraphBuilder): { readonly sequence: string; readonly total: string } {
  const base = '/model/attn_mask_reformat/attn_mask_subgraph';
  const sum = builder.node('ReduceSum', `${base}/ReduceSum`, ['attention_mask', builder.constant([1])], [integer('keepdims', 0)]);
  const less = builder.node('Sub', `${base}/Sub`, [sum, builder.constant([1])]);
  const sequence = builder.cast(`${base}/Sub/Cast`, less, TensorProto_DataType.INT32);
  const dims = builder.node('Shape', `${base}/Shape`, ['attention_mask']);
  const length = builder.node('Gather', `${base}/Gather`, [dims, builder.constant(1)], [integer('axis', 0)]);
  return { sequence, total: builder.cast(`${base}/Gather/Cast`, length, TensorProto_DataType.INT32) };
}
