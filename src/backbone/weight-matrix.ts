import { biasInput, dequantisedConstant, integerWeight, isIntegerProduct, resultOf, type DequantisedConstant } from './integer-products.ts';
import type { OnnxNode } from './onnx-file.ts';
import { floatTensor, someNames, type ConstantValue, type OnnxGraph } from './onnx-graph.ts';
import { elementCount } from './onnx-tensor.ts';
import { attribute, gatherBlockMatrix, nBitsMatrix, rowScaledMatrix } from './quantised-matrix.ts';
import { BackboneError, type DecoderConfig, type FloatTensor, type WeightMatrix } from './types.ts';

/** Why other quantised operators are refused, in words. */
const REFUSED: Readonly<Partial<Record<string, string>>> = {
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

/** W [rows, columns] of 8 bits behind DequantizeLinear. */
function dequantisedMatrix({ tensor, scale, zeroPoint, axis }: DequantisedConstant, rows: number, columns: number, storedTransposed: boolean, what: string): WeightMatrix {
  if (elementCount(scale.dims) !== 1 && axis !== (storedTransposed ? 1 : 0)) {
    throw new BackboneError(`${what} is scaled along its inputs (tensor "${scale.name}"); one scale for all, or one for each output, is supported.`);
  }
  return rowScaledMatrix({ data: tensor, storedTransposed, scale, zeroPoint }, rows, columns, what);
}

/** A matrix, and the name of the tensor that holds it: a head that reads the embedding's is tied to it. */
export interface FoundMatrix {
  readonly matrix: WeightMatrix;
  readonly tensor: string;
}

/**
 * The matrix W [rows, columns] that a product applies as x Wᵀ.
 * @param what name for messages, such as "layers.3.self_attn.q_proj"
 */
export function matrixOfNode(graph: OnnxGraph, node: OnnxNode, rows: number, columns: number, what: string): FoundMatrix {
  if (node.op === 'MatMulNBits') return { matrix: nBitsMatrix(graph, node, rows, columns, what), tensor: graph.blocks(node.inputs[1])?.name ?? '' };
  if (isIntegerProduct(node)) {
    const weight = integerWeight(graph, node, what);
    return { matrix: rowScaledMatrix(weight, rows, columns, what), tensor: weight.data.name };
  }
  if (node.op !== 'MatMul' && node.op !== 'Gemm') {
    throw new BackboneError(`${what} is ${REFUSED[node.op] ?? `computed by the operator ${node.op}`}; float MatMul, MatMulNBits and MatMulInteger are supported (model_q4, model_q4f16, model_quantized, model_fp16, model).`);
  }
  // MatMul's right operand is [in, out]; each Transpose (or Gemm's transB) on the way turns it round.
  const turned = (transposed: boolean): boolean => transposed !== (node.op === 'Gemm' && attribute(node, 'transB', 0) === 1);
  const constant = graph.constant(node.inputs[1]);
  if (constant) return { matrix: floatMatrix(constant, rows, columns, !turned(constant.transposed), what), tensor: constant.tensor.name };
  const quantised = dequantisedConstant(graph, node.inputs[1]);
  if (quantised) return { matrix: dequantisedMatrix(quantised, rows, columns, !turned(quantised.transposed), what), tensor: quantised.tensor.name };
  const producer = graph.producer(node.inputs[1]);
  throw new BackboneError(`${what} (node "${node.name}") has no constant weight: it comes from ${producer ? `${producer.op} "${producer.name}"` : 'a graph input'}.`);
}

/** The embedding [vocab, hidden] and how it is found: by the name of the node that gathers from it, or by its rows. */
export function findEmbedding(graph: OnnxGraph, { vocabSize, hiddenSize }: DecoderConfig): FoundMatrix {
  const what = 'The embedding';
  const gathers = graph.file.nodes.flatMap((node) => {
    if (node.op === 'GatherBlockQuantized') {
      const table = graph.blocks(node.inputs[0]);
      return table ? [{ node, dims: table.dims, read: () => ({ matrix: gatherBlockMatrix(graph, node, table, vocabSize, hiddenSize), tensor: table.name }) }] : [];
    }
    if (node.op !== 'Gather') return [];
    const constant = graph.constant(node.inputs[0]);
    if (constant?.tensor.dims.length === 2) {
      const { tensor, transposed } = constant;
      const after = graph.consumers(node.outputs[0]).find(({ op }) => op === 'DequantizeLinear');
      const read = (): FoundMatrix => ({ matrix: after ? gatheredThenScaled(graph, after, constant, vocabSize, hiddenSize, what) : floatMatrix(constant, vocabSize, hiddenSize, transposed, what), tensor: tensor.name });
      return [{ node, dims: tensor.dims, read }];
    }
    const quantised = dequantisedConstant(graph, node.inputs[0]);
    return quantised ? [{ node, dims: quantised.tensor.dims, read: () => ({ matrix: dequantisedMatrix(quantised, vocabSize, hiddenSize, quantised.transposed, what), tensor: quantised.tensor.name }) }] : [];
  });
  const found = gathers.find(({ node }) => node.name.includes('embed_tokens')) ?? gathers.find(({ dims }) => dims[0] === vocabSize);
  if (!found) throw new BackboneError(`No embedding was found: no Gather named "embed_tokens" reads a matrix (Gathers over matrices: ${someNames(gathers.map(({ node }) => node.name))}).`);
  return found.read();
}

/** quantize_dynamic gathers rows of 8 bits and scales them afterwards. */
function gatheredThenScaled(graph: OnnxGraph, node: OnnxNode, { tensor, transposed }: ConstantValue, rows: number, columns: number, what: string): WeightMatrix {
  const [scale, zeroPoint] = [graph.constant(node.inputs[1])?.tensor, graph.constant(node.inputs[2])?.tensor];
  if (!scale || (node.inputs[2] && !zeroPoint)) throw new BackboneError(`${what} has a scale or a zero point that is not constant (node "${node.name}").`);
  if (elementCount(scale.dims) !== 1) throw new BackboneError(`${what} is scaled by columns (tensor "${scale.name}"); one scale for all is supported.`);
  return rowScaledMatrix({ data: tensor, storedTransposed: transposed, scale, zeroPoint: zeroPoint ?? null }, rows, columns, what);
}

/** The bias added to a projection: an input of the product, or a following Add with a constant. */
export function biasOfNode(graph: OnnxGraph, node: OnnxNode, size: number, what: string): FloatTensor | null {
  const place = node.op === 'MatMulNBits' ? 5 : node.op === 'Gemm' ? 2 : biasInput(node);
  const fused = graph.constant(place === null ? undefined : node.inputs[place]);
  if (fused) return floatTensor(fused.tensor, [size], what);
  for (const consumer of graph.consumers(resultOf(graph, node))) {
    if (consumer.op !== 'Add') continue;
    // Exporters write Add(bias, x) as often as Add(x, bias).
    for (const input of consumer.inputs) {
      const constant = graph.constant(input);
      if (constant) return floatTensor(constant.tensor, [size], what);
    }
  }
  return null;
}
