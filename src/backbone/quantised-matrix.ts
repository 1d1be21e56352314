import { constantBytes, flippedBytes, repeatedBytes, rowAlignedNibbles, transposedBytes } from './lazy-layout.ts';
import type { OnnxNode } from './onnx-file.ts';
import { floatTensor, tensorBytes, type OnnxGraph } from './onnx-graph.ts';
import { dataTypeName, elementCount, type OnnxTensor } from './onnx-tensor.ts';
import { BackboneError, type FloatTensor, type LazyBytes, type QuantisedMatrix } from './types.ts';

const [UINT8, INT8, UINT4, INT4] = [2, 3, 21, 22];
/** int8 s as uint8 s + 128, and two int4 as two uint4: the matrix keeps unsigned numbers. */
const SIGNED_8 = 0x80;
const SIGNED_4 = 0x88;

/** An optional attribute, or the operator's default. */
export function attribute(node: OnnxNode, name: string, fallback: number): number {
  return node.attributes.get(name)?.i ?? fallback;
}

function checkBlocks(bits: number, block: number, columns: number, what: string): asserts bits is 4 | 8 {
  if (bits !== 4 && bits !== 8) throw new BackboneError(`${what} is quantised to ${bits} bits; 4 and 8 are supported (model_q4, model_q4f16, model_quantized).`);
  if (block < 16 || !Number.isInteger(Math.log2(block))) throw new BackboneError(`${what} is quantised in blocks of ${block}; powers of two from 16 on are supported.`);
  if (columns % block !== 0) throw new BackboneError(`${what} has ${columns} columns, which blocks of ${block} do not divide; padded blocks are not supported.`);
}

/** Packed uint8 bytes of a given number. */
function packed(tensor: OnnxTensor, expected: number, what: string): LazyBytes {
  const bytes = tensorBytes(tensor, what);
  if (tensor.dataType !== UINT8 || bytes.byteLength !== expected) {
    throw new BackboneError(`${what} holds ${bytes.byteLength} bytes of ${dataTypeName(tensor.dataType)}; ${expected} bytes of packed uint8 are expected.`);
  }
  return bytes;
}

/** W of a MatMulNBits node. */
export function nBitsMatrix(graph: OnnxGraph, node: OnnxNode, rows: number, columns: number, what: string): QuantisedMatrix {
  const [bits, block, k, n] = [attribute(node, 'bits', 4), attribute(node, 'block_size', 0), attribute(node, 'K', 0), attribute(node, 'N', 0)];
  if (n !== rows || k !== columns) throw new BackboneError(`${what} is [${n}, ${k}]; the config asks for [${rows}, ${columns}].`);
  checkBlocks(bits, block, columns, what);
  const [data, scales, zeroPoints, groupIndex] = [1, 2, 3, 4].map((index) => graph.blocks(node.inputs[index]));
  if (!data || !scales) throw new BackboneError(`${what} (node "${node.name}") has no constant weight and scales.`);
  if (groupIndex) throw new BackboneError(`${what} is quantised with reordered groups (g_idx), which is not supported.`);
  if (node.inputs[3] && !zeroPoints) throw new BackboneError(`${what} (node "${node.name}") has zero points that are not constant.`);
  const blocks = columns / block;
  return {
    kind: bits === 4 ? 'q4' : 'q8',
    rows,
    columns,
    block,
    data: packed(data, (rows * columns * bits) / 8, what),
    scales: floatTensor(scales, [rows, blocks], `${what}, scales`),
    zeroPoints: zeroPoints ? packed(zeroPoints, rows * Math.ceil((blocks * bits) / 8), `${what}, zero points`) : null,
  };
}

/**
 * The table of a GatherBlockQuantized node. uint8 data are packed as MatMulNBits's (absent zero points: 2^(bits − 1));
 * int4 and uint4 tensors are packed without regard to rows (absent zero points: 0).
 * @param table the constant that the node gathers from
 */
export function gatherBlockMatrix(graph: OnnxGraph, node: OnnxNode, table: OnnxTensor, rows: number, columns: number): QuantisedMatrix {
  const what = 'The embedding';
  const [bits, block] = [attribute(node, 'bits', 4), attribute(node, 'block_size', 128)];
  const quantiseAxis = attribute(node, 'quantize_axis', 1);
  if (attribute(node, 'gather_axis', 0) !== 0 || (quantiseAxis !== 1 && quantiseAxis !== -1)) {
    throw new BackboneError(`${what} (node "${node.name}") is gathered along axis ${attribute(node, 'gather_axis', 0)} and quantised along axis ${quantiseAxis}; tables gathered by rows and quantised along them are supported.`);
  }
  checkBlocks(bits, block, columns, what);
  const [scales, zeroPoints] = [2, 3].map((index) => graph.blocks(node.inputs[index]));
  if (!scales || (node.inputs[3] && !zeroPoints)) throw new BackboneError(`${what} (node "${node.name}") has scales or zero points that are not constant.`);
  const blocks = columns / block;
  const parts = { kind: bits === 4 ? ('q4' as const) : ('q8' as const), rows, columns, block, scales: floatTensor(scales, [rows, blocks], `${what}, scales`) };
  const size = (rows * columns * bits) / 8;
  const zeroSize = rows * Math.ceil((blocks * bits) / 8);
  if (table.dataType === UINT8) return { ...parts, data: packed(table, size, what), zeroPoints: zeroPoints ? packed(zeroPoints, zeroSize, `${what}, zero points`) : null };
  if ((table.dataType !== UINT4 && table.dataType !== INT4) || bits !== 4) {
    throw new BackboneError(`${what} is ${dataTypeName(table.dataType)} of ${bits} bits (tensor "${table.name}"); packed uint8, and int4 or uint4 of 4 bits, are supported.`);
  }
  if (elementCount(table.dims) !== rows * columns) throw new BackboneError(`${what} has shape [${table.dims.join(', ')}] (tensor "${table.name}"); the config asks for [${rows}, ${columns}].`);
  if (zeroPoints && (zeroPoints.dataType !== table.dataType || elementCount(zeroPoints.dims) !== rows * blocks)) {
    throw new BackboneError(`${what} has zero points of ${dataTypeName(zeroPoints.dataType)} [${zeroPoints.dims.join(', ')}]; ${dataTypeName(table.dataType)} [${rows}, ${blocks}] is expected.`);
  }
  const data = tensorBytes(table, what);
  const zeros = zeroPoints ? rowAlignedNibbles(tensorBytes(zeroPoints, `${what}, zero points`), rows, blocks) : null;
  if (table.dataType === INT4) return { ...parts, data: flippedBytes(data, SIGNED_4), zeroPoints: zeros && flippedBytes(zeros, SIGNED_4) };
  return { ...parts, data, zeroPoints: zeros ?? constantBytes(0, zeroSize) };
}

/** A matrix of int8 or uint8 with one scale and zero point for all or for each row. */
export interface RowScaled {
  readonly data: OnnxTensor;
  /** Stored [columns, rows], as the right operand of a MatMul is. */
  readonly storedTransposed: boolean;
  readonly scale: OnnxTensor;
  /** Absent: 0. */
  readonly zeroPoint: OnnxTensor | null;
}

/** One number for all rows, or one a row, as one a row. */
function perRow(tensor: OnnxTensor, bytes: LazyBytes, rows: number, what: string): LazyBytes {
  const count = elementCount(tensor.dims);
  if (count === rows) return bytes;
  if (count !== 1) throw new BackboneError(`${what} are ${count} (tensor "${tensor.name}"); one for the whole matrix, or one for each of its ${rows} outputs, is supported.`);
  return repeatedBytes(bytes, rows);
}

/** W [rows, columns] of 8 bits with one block a row; it is turned round where it is stored [columns, rows], when it is read. */
export function rowScaledMatrix({ data, storedTransposed, scale, zeroPoint }: RowScaled, rows: number, columns: number, what: string): QuantisedMatrix {
  if (data.dataType !== UINT8 && data.dataType !== INT8) throw new BackboneError(`${what} is ${dataTypeName(data.dataType)} (tensor "${data.name}"); int8 and uint8 are supported here.`);
  const [first, second] = storedTransposed ? [columns, rows] : [rows, columns];
  if (data.dims.length !== 2 || data.dims[0] !== first || data.dims[1] !== second) {
    throw new BackboneError(`${what} has shape [${data.dims.join(', ')}] (tensor "${data.name}"); the config asks for [${first}, ${second}].`);
  }
  if (zeroPoint && zeroPoint.dataType !== data.dataType) throw new BackboneError(`${what} is ${dataTypeName(data.dataType)} and its zero point ${dataTypeName(zeroPoint.dataType)} (tensor "${zeroPoint.name}"); they must be of one type.`);
  const unsigned = (bytes: LazyBytes): LazyBytes => (data.dataType === INT8 ? flippedBytes(bytes, SIGNED_8) : bytes);
  const bytes = tensorBytes(data, what);
  const scales: FloatTensor = floatTensor(scale, scale.dims, `${what}, scale`);
  const given = zeroPoint && unsigned(perRow(zeroPoint, tensorBytes(zeroPoint, `${what}, zero point`), rows, `The zero points of ${what}`));
  return {
    kind: 'q8',
    rows,
    columns,
    block: columns,
    data: unsigned(storedTransposed ? transposedBytes(bytes, columns, rows, 1) : bytes),
    scales: { storage: scales.storage, shape: [rows, 1], bytes: perRow(scale, scales.bytes, rows, `The scales of ${what}`) },
    zeroPoints: given ?? (data.dataType === INT8 ? null : constantBytes(0, rows)),
  };
}
