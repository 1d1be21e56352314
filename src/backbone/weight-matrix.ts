import type { OnnxNode } from './onnx-file.ts';
import { floatTensor, tensorBytes, type ConstantValue, type OnnxGraph } from './onnx-graph.ts';
import { dataTypeName } from './onnx-tensor.ts';
import { BackboneError, type FloatTensor, type WeightMatrix } from './types.ts';

const BLOCKS = [16, 32, 64, 128];

/** Why a quantised operator other than MatMulNBits with 4 bits is refused, in words. */
const REFUSED: Readonly<Partial<Record<string, string>>> = {
  MatMulInteger: 'dynamically quantised to 8 bits (model_int8, model_uint8, model_quantized)',
  DynamicQuantizeMatMul: 'dynamically quantised to 8 bits',
  MatMulIntegerToFloat: 'dynamically quantised to 8 bits',
  MatMulBnb4: 'quantised with bitsandbytes (model_bnb4)',
  MatMulFpQ4: 'quantised with MatMulFpQ4',
};

/** W [rows, columns] from a constant that stands as [rows, columns], or, with `transposed`, as [columns, rows]. */
function floatMatrix(constant: ConstantValue, rows: number, columns: number, storedTransposed: boolean, what: string): WeightMatrix {
  const { tensor } = constant;
  const [first, second] = storedTransposed ? [columns, rows] : [rows, columns];
  if (tensor.dims.length !== 2 || tensor.dims[0] !== first || tensor.dims[1] !== second) {
    throw new BackboneError(`${what} has shape [${tensor.dims.join(', ')}] (tensor "${tensor.name}"); the config asks for [${first}, ${second}].`);
  }
  return { kind: 'float', rows, columns, transposed: storedTransposed, tensor: floatTensor(tensor, tensor.dims, what) };
}

/** An optional attribute, or the operator's default. */
function attribute(node: OnnxNode, name: string, fallback: number): number {
  return node.attributes.get(name)?.i ?? fallback;
}

function nBitsMatrix(graph: OnnxGraph, node: OnnxNode, rows: number, columns: number, what: string): WeightMatrix {
  const [bits, block, k, n] = [attribute(node, 'bits', 4), attribute(node, 'block_size', 0), attribute(node, 'K', 0), attribute(node, 'N', 0)];
  if (bits !== 4) throw new BackboneError(`${what} is quantised to ${bits} bits; MatMulNBits is supported with 4.`);
  if (!BLOCKS.includes(block)) throw new BackboneError(`${what} is quantised in blocks of ${block}; supported are ${BLOCKS.join(', ')}.`);
  if (n !== rows || k !== columns) throw new BackboneError(`${what} is [${n}, ${k}]; the config asks for [${rows}, ${columns}].`);
  if (columns % block !== 0) throw new BackboneError(`${what} has ${columns} columns, which blocks of ${block} do not divide; padded blocks are not supported.`);
  const constants = [1, 2, 3, 4].map((index) => graph.constant(node.inputs[index])?.tensor);
  const [data, scales, zeroPoints, groupIndex] = constants;
  if (!data || !scales) throw new BackboneError(`${what} (node "${node.name}") has no constant weight and scales.`);
  if (groupIndex) throw new BackboneError(`${what} is quantised with reordered groups (g_idx), which is not supported.`);
  const blocks = columns / block;
  const expected = (rows * columns) / 2;
  const bytes = tensorBytes(data, what);
  if (data.dataType !== 2 || bytes.byteLength !== expected) {
    throw new BackboneError(`${what} holds ${bytes.byteLength} bytes of ${dataTypeName(data.dataType)}; ${expected} bytes of packed uint8 are expected.`);
  }
  if (node.inputs[3] && !zeroPoints) throw new BackboneError(`${what} (node "${node.name}") has zero points that are not constant.`);
  const zeroBytes = rows * Math.ceil(blocks / 2);
  if (zeroPoints && (zeroPoints.dataType !== 2 || zeroPoints.bytes?.byteLength !== zeroBytes)) {
    throw new BackboneError(`${what} has ${zeroPoints.bytes?.byteLength ?? 0} bytes of ${dataTypeName(zeroPoints.dataType)} zero points; ${zeroBytes} bytes of packed uint8 are expected.`);
  }
  return {
    kind: 'q4',
    rows,
    columns,
    block,
    data: bytes,
    scales: floatTensor(scales, [rows, blocks], `${what}, scales`),
    zeroPoints: zeroPoints ? tensorBytes(zeroPoints, `${what}, zero points`) : null,
  };
}

/**
 * The matrix W [rows, columns] that a MatMul, Gemm or MatMulNBits node applies as x Wᵀ.
 * @param what name for messages, such as "layers.3.self_attn.q_proj"
 */
export function matrixOfNode(graph: OnnxGraph, node: OnnxNode, rows: number, columns: number, what: string): WeightMatrix {
  if (node.op === 'MatMulNBits') return nBitsMatrix(graph, node, rows, columns, what);
  if (node.op !== 'MatMul' && node.op !== 'Gemm') {
    throw new BackboneError(`${what} is ${REFUSED[node.op] ?? `computed by the operator ${node.op}`}; float MatMul and MatMulNBits with 4 bits are supported (model_q4, model_q4f16, model_fp16, model).`);
  }
  const constant = graph.constant(node.inputs[1]);
  if (!constant) {
    const producer = graph.producer(node.inputs[1]);
    throw new BackboneError(`${what} (node "${node.name}") has no constant weight: it comes from ${producer ? `${producer.op} "${producer.name}"` : 'a graph input'}.`);
  }
  // MatMul's right operand is [in, out]; each Transpose (or Gemm's transB) on the way turns it round.
  const turned = constant.transposed !== (node.op === 'Gemm' && attribute(node, 'transB', 0) === 1);
  return floatMatrix(constant, rows, columns, !turned, what);
}

/** The embedding [vocab, hidden] that a Gather reads. */
export function embeddingMatrix(constant: ConstantValue, rows: number, columns: number): WeightMatrix {
  return floatMatrix(constant, rows, columns, constant.transposed, 'The embedding');
}

/** The bias added to a projection: MatMulNBits's sixth input, Gemm's third, or a following Add with a constant. */
export function biasOfNode(graph: OnnxGraph, node: OnnxNode, size: number, what: string): FloatTensor | null {
  const fused = graph.constant(node.op === 'MatMulNBits' ? node.inputs[5] : node.op === 'Gemm' ? node.inputs[2] : undefined);
  if (fused) return floatTensor(fused.tensor, [size], what);
  for (const consumer of graph.consumers(node.outputs[0])) {
    if (consumer.op !== 'Add') continue;
    // Exporters write Add(bias, x) as often as Add(x, bias).
    for (const input of consumer.inputs) {
      const constant = graph.constant(input);
      if (constant) return floatTensor(constant.tensor, [size], what);
    }
  }
  return null;
}
