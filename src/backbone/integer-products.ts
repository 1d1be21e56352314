import type { OnnxNode } from './onnx-file.ts';
import { turns, type OnnxGraph } from './onnx-graph.ts';
import type { OnnxTensor } from './onnx-tensor.ts';
import { attribute, type RowScaled } from './quantised-matrix.ts';
import { BackboneError, type Rounding } from './types.ts';

/** Finds weights and results of products that exporters have quantised to 8 bits, over the nodes they put around them. */

/**
 * How onnxruntime's `quantize_dynamic` writes y = x W, and how its optimiser joins the nodes:
 *   MatMulInteger        x as uint8, W, zero points of x and W; → Cast → Mul by (scale of x · scale of W)
 *   MatMulIntegerToFloat x as uint8, W, scale of x, scale of W, zero points of x and W, bias
 *   DynamicQuantizeMatMul x, W, scale of W, zero point of W, bias
 */
const INPUTS: Readonly<Partial<Record<string, { readonly scale: number | null; readonly zeroPoint: number; readonly bias: number | null }>>> = {
  MatMulInteger: { scale: null, zeroPoint: 3, bias: null },
  MatMulIntegerToFloat: { scale: 3, zeroPoint: 5, bias: 6 },
  DynamicQuantizeMatMul: { scale: 2, zeroPoint: 3, bias: 4 },
};

export function isIntegerProduct({ op }: OnnxNode): boolean {
  return INPUTS[op] !== undefined;
}

/** The input that holds the bias where the operator has one. */
export function biasInput({ op }: OnnxNode): number | null {
  return INPUTS[op]?.bias ?? null;
}

/** For the user, where a graph has such products. */
export const ROUNDING_NOTES: Readonly<Record<Exclude<Rounding, 'never'>, string>> = {
  always:
    'Its matrix products round their inputs to 8 bits in onnxruntime, and the engine multiplies them unrounded: the log-probabilities of rollouts and of the engine differ by what the rounding makes. A 4-bit or float16 file has no such difference.',
  allowed:
    'Its 4-bit products allow onnxruntime to round their inputs to 8 bits (accuracy level 4), and the engine multiplies them unrounded: the log-probabilities of rollouts may differ from the engine’s by what the rounding makes.',
};

function roundingOf(graph: OnnxGraph, node: OnnxNode): Rounding {
  if (isIntegerProduct(node)) return 'always';
  if (node.op === 'MatMulNBits') return attribute(node, 'accuracy_level', 0) === 4 ? 'allowed' : 'never';
  const input = graph.producer(node.inputs[0]);
  return input?.op === 'DequantizeLinear' && graph.producer(input.inputs[0])?.op === 'QuantizeLinear' ? 'always' : 'never';
}

/** Whether any of the products multiplies inputs that are rounded to 8 bits. */
export function activationRounding(graph: OnnxGraph, products: readonly OnnxNode[]): Rounding {
  const found = new Set(products.map((node) => roundingOf(graph, node)));
  return found.has('always') ? 'always' : found.has('allowed') ? 'allowed' : 'never';
}

/** A value's maker, looking through Cast and Identity. */
function maker(graph: OnnxGraph, value: string): OnnxNode | undefined {
  let node = graph.producer(value);
  while (node && (node.op === 'Cast' || node.op === 'Identity')) node = graph.producer(node.inputs[0]);
  return node;
}

/** What of a factor is known: the weight's scale, and whether the activations' is in it. */
interface Factor {
  readonly weight: OnnxTensor | null;
  readonly activations: boolean;
}

/** Exporters multiply the two scales, nothing more: a longer chain is none of theirs, and would double with each link. */
const DEPTH = 3;

function scaleFactor(graph: OnnxGraph, value: string, depth = DEPTH): Factor | null {
  const constant = graph.constant(value);
  if (constant) return { weight: constant.tensor, activations: false };
  const node = maker(graph, value);
  if (node?.op === 'DynamicQuantizeLinear') return { weight: null, activations: true };
  if (node?.op !== 'Mul' || depth === 0) return null;
  const factors = node.inputs.map((input) => scaleFactor(graph, input, depth - 1));
  if (factors.some((factor) => factor === null)) return null;
  return { weight: factors.find((factor) => factor?.weight)?.weight ?? null, activations: factors.some((factor) => factor?.activations) };
}

/** The value that stands for x·W as floats, and the weight's scale where it is multiplied in afterwards. */
function scaledResult(graph: OnnxGraph, node: OnnxNode): { readonly value: string; readonly scale: OnnxTensor | null } {
  let value = node.outputs[0];
  let found: Factor = { weight: null, activations: false };
  while (found.weight === null || !found.activations) {
    const multiplied = graph.consumers(value).flatMap((consumer) => {
      if (consumer.op !== 'Mul') return [];
      const factor = consumer.inputs.map((input) => scaleFactor(graph, input)).find((one) => one !== null);
      return factor ? [{ output: consumer.outputs[0], factor }] : [];
    });
    if (multiplied.length === 0) break;
    const [{ output, factor }] = multiplied;
    value = output;
    found = { weight: found.weight ?? factor.weight, activations: found.activations || factor.activations };
  }
  return { value, scale: found.weight };
}

/** The value that holds a product's result as floats. */
export function resultOf(graph: OnnxGraph, node: OnnxNode): string {
  return node.op === 'MatMulInteger' ? scaledResult(graph, node).value : node.outputs[0];
}

/** The right operand of an integer product. @throws BackboneError naming what is missing */
export function integerWeight(graph: OnnxGraph, node: OnnxNode, what: string): RowScaled {
  const places = INPUTS[node.op];
  if (!places) throw new Error(`${node.op} is no integer product.`);
  const data = graph.constant(node.inputs[1]);
  const scale = places.scale === null ? scaledResult(graph, node).scale : graph.constant(node.inputs[places.scale])?.tensor;
  const zeroPoint = graph.constant(node.inputs[places.zeroPoint])?.tensor;
  if (!data || !scale) throw new BackboneError(`${what} (node "${node.name}") is quantised to 8 bits without a constant ${data ? 'scale' : 'weight'}.`);
  if (node.inputs[places.zeroPoint] && !zeroPoint) throw new BackboneError(`${what} (node "${node.name}") has a zero point that is not constant.`);
  return { data: data.tensor, storedTransposed: !data.transposed, scale, zeroPoint: zeroPoint ?? null };
}

/** A constant of 8 bits behind DequantizeLinear: how it stands there, and along which stored axis its scales run. */
export interface DequantisedConstant {
  readonly tensor: OnnxTensor;
  readonly transposed: boolean;
  readonly scale: OnnxTensor;
  readonly zeroPoint: OnnxTensor | null;
  /** Of the stored tensor. */
  readonly axis: 0 | 1;
}

/** The constant behind a value through one DequantizeLinear, and Cast, Identity and Transpose on either side of it. */
export function dequantisedConstant(graph: OnnxGraph, value: string | undefined): DequantisedConstant | undefined {
  const node = value === undefined ? undefined : graph.producer(value);
  if (node?.op === 'Cast' || node?.op === 'Identity') return dequantisedConstant(graph, node.inputs[0]);
  if (node?.op === 'Transpose') {
    const inner = dequantisedConstant(graph, node.inputs[0]);
    return inner && { ...inner, transposed: inner.transposed !== turns(node) };
  }
  if (node?.op !== 'DequantizeLinear') return undefined;
  const data = graph.constant(node.inputs[0]);
  if (data?.tensor.dims.length !== 2) return undefined;
  if (attribute(node, 'block_size', 0) !== 0) throw new BackboneError(`Node "${node.name}" scales its constant by blocks; DequantizeLinear is supported with one scale for all or one for each output.`);
  const [scale, zeroPoint] = [graph.constant(node.inputs[1])?.tensor, graph.constant(node.inputs[2])?.tensor];
  if (!scale || (node.inputs[2] && !zeroPoint)) throw new BackboneError(`Node "${node.name}" has a scale or a zero point that is not constant.`);
  const axis = (attribute(node, 'axis', 1) + 2) % 2;
  return { tensor: data.tensor, transposed: data.transposed, scale, zeroPoint: zeroPoint ?? null, axis: (axis === 1) !== data.transposed ? 1 : 0 };
}
