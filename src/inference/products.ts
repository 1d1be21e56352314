import { TensorProto_DataType, type GraphProto, type NodeProto } from 'onnx-buf';
import type { AdapterLayout, AdapterSlot } from '../backbone/adapters.ts';
import { projectionOf } from '../backbone/projection-names.ts';
import { BackboneError } from '../backbone/types.ts';
import type { GraphIndex } from './graph-edit.ts';

/** Operators that compute y = x·Wᵀ. */
const PRODUCTS = new Set(['MatMul', 'Gemm', 'MatMulNBits', 'MatMulInteger', 'MatMulIntegerToFloat', 'DynamicQuantizeMatMul']);

/** A product with a constant matrix, through its quantisation. */
export interface Product {
  /** What multiplies. */
  readonly node: NodeProto;
  /** The node whose first input is x in floats: the product itself, or the DynamicQuantizeLinear before it. */
  readonly entry: NodeProto;
  /** The node whose output is y in floats: the product itself, or the Mul that scales an integer product. */
  readonly exit: NodeProto;
  /** Whether x and y are float16. */
  readonly half: boolean;
  /** Whether activations are quantised with one scale for all rows of a run. */
  readonly sharedScale: boolean;
}

export function isProduct({ opType }: NodeProto): boolean {
  return PRODUCTS.has(opType);
}

/** @throws BackboneError where an integer product's scaling is not found */
export function productOf(index: GraphIndex, node: NodeProto): Product {
  const quantised = index.producer(node.input[0]);
  const entry = quantised?.opType === 'DynamicQuantizeLinear' && quantised.output[0] === node.input[0] ? quantised : node;
  const exit = node.opType === 'MatMulInteger' ? scaled(index, node) : node;
  if (node.opType === 'MatMulInteger' && entry === node) throw new BackboneError(`The integer product "${node.name}" has no DynamicQuantizeLinear before it; choose another export of the model (model_q4.onnx).`);
  const weight = node.opType === 'MatMulNBits' ? node.input[2] : node.opType === 'MatMul' || node.opType === 'Gemm' ? node.input[1] : undefined;
  return { node, entry, exit, half: index.constantType(weight) === TensorProto_DataType.FLOAT16, sharedScale: entry !== node || node.opType === 'DynamicQuantizeMatMul' };
}

/** The Mul behind a MatMulInteger and its Cast, as onnxruntime's quantiser writes them. */
function scaled(index: GraphIndex, product: NodeProto): NodeProto {
  const cast = index.onlyConsumer(product.output[0]);
  const scale = cast?.opType === 'Cast' ? index.onlyConsumer(cast.output[0]) : undefined;
  if (scale?.opType !== 'Mul') throw new BackboneError(`The integer product "${product.name}" is not scaled by Cast and Mul; choose another export of the model (model_q4.onnx).`);
  return scale;
}

/** @throws BackboneError naming what was found where a projection is missing */
export function findProjections(graph: GraphProto, index: GraphIndex, layout: AdapterLayout): Map<AdapterSlot, Product> {
  const found = new Map<string, NodeProto>();
  for (const candidate of graph.node) {
    const projection = projectionOf(candidate.name);
    if (projection && isProduct(candidate)) found.set(`${projection.layer}/${projection.target}`, candidate);
  }
  return new Map(
    layout.slots.map((slot) => {
      const projection = found.get(`${slot.layer}/${slot.target}`);
      if (!projection) {
        const names = graph.node.filter(isProduct).map(({ name }) => name);
        throw new BackboneError(`The model's graph has no ${slot.target} of layer ${slot.layer} to attach an adapter to; its ${names.length} matrix products are named ${names.slice(0, 4).join(', ') || 'nothing'}.`);
      }
      return [slot, productOf(index, projection)] as const;
    }),
  );
}
