import { TensorProto_DataType } from 'onnx-buf';
import { BLOCK, blockQuantised, type BlockNames } from './block-quantised.ts';
import { integer, integers, type GraphBuilder } from './graph-builder.ts';
import type { RandomWeights } from './random-weights.ts';
import type { ModelShape } from './shapes.ts';
import { weightsTensor, wholeQuantised, type FloatType, type Matrix } from './tensors.ts';

export const STORAGES = ['q4', 'q4f16', 'q8', 'fp16', 'fp32', 'int8', 'uint8'] as const;
export type Storage = (typeof STORAGES)[number];

export const EMBEDDINGS = ['float', 'block4', 'block8'] as const;
export const HEADS = ['tied-transpose', 'separate', 'quantised'] as const;

/**
 * What quantising adds to names. `rank`: MatMulNBits' "MatMul_Q4" with "…weight_Q4", as onnxruntime's quantiser and
 * onnxruntime-genai have it, and a block embedding is the head's tensor, reshaped. `quant`: "MatMul_Quant" with
 * "model_layers_0_…_weight_quant", as onnx-community's files since 2025 have it, where the head is the embedding's tensor,
 * reshaped.
 */
export const NAMINGS = ['rank', 'quant'] as const;

/** How the embedding and the head are stored, and what the projections are. */
export interface StorageOptions {
  readonly storage: Storage;
  /** `block4`, `block8`: GatherBlockQuantized. int8 and uint8 quantise their "float" embedding with one scale. */
  readonly embedding: (typeof EMBEDDINGS)[number];
  readonly head: (typeof HEADS)[number];
  /** MatMulNBits' accuracy_level; null leaves it out. 4 computes with activations of 8 bits on the CPU. */
  readonly accuracyLevel: number | null;
  readonly naming: (typeof NAMINGS)[number];
}

/** Type of activations, norms, biases and the cache. */
export function floatType(storage: Storage): FloatType {
  return storage === 'fp16' || storage === 'q4f16' ? 'float16' : 'float32';
}

/** "model_q4.onnx" and so on, as transformers.js names them; its "q8" is `_quantized`. */
export const SUFFIXES: Readonly<Record<Storage, string>> = { q4: '_q4', q4f16: '_q4f16', q8: '_quantized', fp16: '_fp16', fp32: '', int8: '_int8', uint8: '_uint8' };

/** @throws RangeError for a head and an embedding that cannot be of one file */
export function checkStorage({ storage, embedding, head }: StorageOptions): void {
  if (embedding === 'float') return;
  if (storage === 'int8' || storage === 'uint8') throw new RangeError(`A block-quantised embedding goes with q4, q4f16, q8, fp16 or fp32, not with ${storage}.`);
  if (head === 'tied-transpose') throw new RangeError('A block-quantised embedding cannot be transposed for the head; choose --head quantised (the same tensor) or separate.');
}

/** The output of a MatMul whose right operand is a constant: y = x Wᵀ. */
interface Product {
  readonly builder: GraphBuilder;
  readonly options: StorageOptions;
  /** Of the unquantised MatMul; quantisers add to it. */
  readonly name: string;
  /** Name of the unquantised weight. */
  readonly weight: string;
  readonly matrix: Matrix;
  readonly input: string;
  readonly output?: string;
}

/** x → its 8-bit form, once per value, as quantize_dynamic names it. */
function quantisedInput(builder: GraphBuilder, input: string): { readonly values: string; readonly scale: string; readonly zero: string } {
  const [values, scale, zero] = ['quantized', 'scale', 'zero_point'].map((part) => `${input}_${part}`);
  const name = `${input}_QuantizeLinear`;
  if (!builder.nodes.some((node) => node.name === name)) builder.nodeWith('DynamicQuantizeLinear', name, [input], [values, scale, zero]);
  return { values, scale, zero };
}

/** What quantize_dynamic makes of a MatMul: MatMulInteger, Cast, and the product with both scales. */
function integerProduct(builder: GraphBuilder, name: string, input: string, right: { readonly values: string; readonly scale: string; readonly zero: string }, output: string): string {
  const left = quantisedInput(builder, input);
  const integerOutput = builder.node('MatMulInteger', `${name}_quant`, [left.values, right.values, left.zero, right.zero], [], `${output}_output_quantized`);
  const cast = builder.cast(`${output}_output_quantized_cast`, integerOutput, TensorProto_DataType.FLOAT, `${output}_output_quantized_cast_output`);
  const scales = builder.node('Mul', `${name}_quant_scales_mul`, [left.scale, right.scale], [], `${name}_quant_scales_mul:0`);
  return builder.node('Mul', `${name}_quant_output_scale_mul`, [cast, scales], [], output);
}

function bitsProduct({ builder, options, name, input, matrix, output }: Product, bits: 4 | 8, [data, scales, zeroPoints]: readonly string[]): string {
  const attributes = [integer('K', matrix.columns), integer('N', matrix.rows), integer('bits', bits), integer('block_size', BLOCK)];
  if (options.accuracyLevel !== null) attributes.push(integer('accuracy_level', options.accuracyLevel));
  return builder.node('MatMulNBits', `${name}_${options.naming === 'quant' ? 'Quant' : `Q${bits}`}`, [input, data, scales, zeroPoints], attributes, output ?? builder.output(name), 'com.microsoft');
}

/** Names of the blocks' three tensors. */
function blockNames(weight: string, bits: 4 | 8, naming: StorageOptions['naming']): BlockNames {
  if (naming === 'rank') return { data: `${weight}_Q${bits}`, scales: `${weight}_scales`, zeroPoints: `${weight}_zero_points` };
  const flat = weight.replaceAll('.', '_');
  return { data: `${flat}_quant`, scales: `${flat}_scales`, zeroPoints: `${flat}_zp` };
}

/** Adds the blocks' three tensors. @returns their names */
function addBlocks(builder: GraphBuilder, { options: { naming, storage }, weight, matrix }: Product, bits: 4 | 8): readonly string[] {
  const blocks = blockQuantised(blockNames(weight, bits, naming), matrix, bits, floatType(storage));
  return [blocks.data, blocks.scales, blocks.zeroPoints].map((tensor) => builder.tensor(tensor));
}

/** A projection in the storage of the file. @returns the output's name */
export function addProduct(product: Product): string {
  const { builder, options, name, weight, matrix, input, output = builder.output(name) } = product;
  const type = floatType(options.storage);
  switch (options.storage) {
    case 'q4':
    case 'q4f16':
    case 'q8': {
      const bits = options.storage === 'q8' ? 8 : 4;
      return bitsProduct(product, bits, addBlocks(builder, product, bits));
    }
    case 'int8':
    case 'uint8': {
      const [values, scale, zero] = wholeQuantised(weight, matrix, options.storage, true).map((tensor) => builder.tensor(tensor));
      return integerProduct(builder, name, input, { values, scale, zero }, output);
    }
    default:
      return builder.node('MatMul', name, [input, builder.tensor(weightsTensor(weight, matrix, type, true))], [], output);
  }
}

const TABLE = 'model.embed_tokens.weight';
const HEAD = 'lm_head.MatMul.weight';

function table(shape: ModelShape, weights: RandomWeights): Matrix {
  return { weights, rows: shape.vocabSize, columns: shape.hiddenSize };
}

/** Bits of the tensor that the embedding and a quantised head share. */
function tableBits({ storage, embedding }: StorageOptions): 4 | 8 {
  if (embedding === 'float') return storage === 'q8' ? 8 : 4;
  return embedding === 'block4' ? 4 : 8;
}

/** The tensors that a block embedding shares with the head. */
function sharedNames(options: StorageOptions): BlockNames {
  const bits = tableBits(options);
  return options.naming === 'quant' ? blockNames(TABLE, bits, 'quant') : { data: `${HEAD}_Q${bits}G${BLOCK}`, scales: `${HEAD}_scale`, zeroPoints: `${HEAD}_zp` };
}

/** GatherBlockQuantized: data uint8 [vocabulary, hidden·bits/8], scales and zero points [vocabulary, …]. */
function addBlockEmbedding(builder: GraphBuilder, options: StorageOptions, matrix: Matrix): string {
  const bits = tableBits(options);
  const { rows, columns } = matrix;
  const names = sharedNames(options);
  const { data, scales, zeroPoints } = blockQuantised(names, matrix, bits, floatType(options.storage));
  const flat = [rows, (columns * bits) / 8];
  const community = options.naming === 'quant';
  builder.tensor(community ? { ...data, dims: flat } : data);
  builder.tensor({ ...scales, dims: [rows, columns / BLOCK] });
  builder.tensor({ ...zeroPoints, dims: [rows, zeroPoints.byteLength / rows] });
  const table = community ? names.data : builder.node('Reshape', '/model/embed_tokens/Reshape', [names.data, builder.constant(flat)]);
  const name = `/model/embed_tokens/${community ? 'Gather_Quant' : 'GatherBlockQuantized'}`;
  const attributes = [integer('bits', bits), integer('block_size', BLOCK), integer('gather_axis', 0), integer('quantize_axis', 1)];
  return builder.node('GatherBlockQuantized', name, [table, 'input_ids', names.scales, names.zeroPoints], attributes, undefined, 'com.microsoft');
}

/** The head over the embedding's blocks, or over blocks of its own. */
function addBlockHead(builder: GraphBuilder, product: Product): void {
  const { options, matrix } = product;
  const bits = tableBits(options);
  if (options.embedding === 'float') {
    bitsProduct(product, bits, addBlocks(builder, product, bits));
    return;
  }
  const { data, scales, zeroPoints } = sharedNames(options);
  const blocks = [matrix.rows, matrix.columns / BLOCK, (BLOCK * bits) / 8];
  const turned = options.naming === 'quant' ? builder.node('Reshape', '/lm_head/Reshape', [data, builder.constant(blocks)]) : data;
  bitsProduct(product, bits, [turned, scales, zeroPoints]);
}

/** The embedding of `input_ids`. @returns the output's name */
export function addEmbedding(builder: GraphBuilder, options: StorageOptions, shape: ModelShape, weights: RandomWeights): string {
  const type = floatType(options.storage);
  const matrix = table(shape, weights);
  const name = '/model/embed_tokens/Gather';
  if (options.embedding !== 'float') return addBlockEmbedding(builder, options, matrix);
  if (options.storage === 'int8' || options.storage === 'uint8') {
    const [values, scale, zero] = wholeQuantised(TABLE, matrix, options.storage, false).map((tensor) => builder.tensor(tensor));
    const output = builder.output(name);
    const gathered = builder.node('Gather', `${name}_quant`, [values, 'input_ids'], [integer('axis', 0)], `${output}_quantized`);
    return builder.node('DequantizeLinear', `${output}_DequantizeLinear`, [gathered, scale, zero], [], output);
  }
  return builder.node('Gather', name, [builder.tensor(weightsTensor(TABLE, matrix, type, false)), 'input_ids'], [integer('axis', 0)]);
}

/** The right operand of a tied head of 8 bits: the embedding's table, turned round. */
function turnedTable(builder: GraphBuilder): { readonly values: string; readonly scale: string; readonly zero: string } {
  const values = builder.node('Transpose', '/lm_head/Transpose_quant', [`${TABLE}_quantized`], [integers('perm', [1, 0])], `${builder.output('/lm_head/Transpose')}_quantized`);
  return { values, scale: `${TABLE}_scale`, zero: `${TABLE}_zero_point` };
}

/** The head, whose output is "logits" in float32. Every form holds the embedding's values, since the models are tied. */
export function addHead(builder: GraphBuilder, options: StorageOptions, shape: ModelShape, weights: RandomWeights, input: string): void {
  const type = floatType(options.storage);
  const matrix = table(shape, weights);
  const name = '/lm_head/MatMul';
  const half = type === 'float16';
  const output = half ? builder.output(name) : 'logits';
  const whole = options.storage === 'int8' || options.storage === 'uint8';
  if (options.head === 'separate') {
    if (whole) addProduct({ builder, options, name, weight: HEAD, matrix, input, output });
    else builder.node('MatMul', name, [input, builder.tensor(weightsTensor(HEAD, matrix, type, true))], [], output);
  } else if (options.head === 'quantised') {
    if (whole) integerProduct(builder, name, input, turnedTable(builder), output);
    else addBlockHead(builder, { builder, options, name, weight: HEAD, matrix, input, output });
  } else if (whole) {
    const { values, scale, zero } = turnedTable(builder);
    const right = builder.node('DequantizeLinear', `${builder.output('/lm_head/Transpose')}_DequantizeLinear`, [values, scale, zero], [], builder.output('/lm_head/Transpose'));
    builder.node('MatMul', name, [input, right], [], output);
  } else {
    const turned = builder.node('Transpose', '/lm_head/Transpose', [TABLE], [integers('perm', [1, 0])]);
    builder.node('MatMul', name, [input, turned], [], output);
  }
  if (half) builder.cast('graph_output_cast_0', output, TensorProto_DataType.FLOAT, 'logits');
}
