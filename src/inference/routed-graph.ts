import { create } from '@bufbuild/protobuf';
import {
  AttributeProtoSchema,
  AttributeProto_AttributeType,
  NodeProtoSchema,
  TensorProto_DataType,
  TensorProtoSchema,
  TypeProtoSchema,
  ValueInfoProtoSchema,
  type GraphProto,
  type NodeProto,
  type TensorProto,
  type ValueInfoProto,
} from 'onnx-buf';
import type { AdapterLayout, AdapterSlot } from '../backbone/adapters.ts';
import { BackboneError } from '../backbone/types.ts';

/** Inputs that the surgery adds. */
export const ADAPTER_PARAMETERS = 'adapter_parameters';
export const ADAPTER_IDS = 'adapter_ids';
export const LOGIT_POSITIONS = 'logit_positions';

/** Names that exporters give the projections' nodes: `/model/layers.3/attn/q_proj/MatMul_Q4`, `…/self_attn/q_proj/MatMulNBits`. */
const PROJECTION = /layers\.(\d+)\/(?:attn|self_attn|mlp)\/(q|k|v|o|gate|up|down)_proj\/MatMul(?:_Q4|NBits|_Quant)?$/;

/** Operators that compute y = x·Wᵀ with x as their first input. */
const PRODUCTS = new Set(['MatMul', 'MatMulNBits', 'MatMulIntegerToFloat', 'DynamicQuantizeMatMul']);

/**
 * Changes a decoder's graph so that
 * - every projection's output becomes W x + (α/r)·B (gate ∘ A x), with A and B cut out of one flat parameter vector
 *   (`adapter_parameters` [size] f32, src/backbone/adapters.ts: the very buffer that training updates) and the gate of
 *   each position looked up by `adapter_ids` [batch, sequence] int64: 0 … k − 1, or k for the frozen backbone alone;
 * - the head is computed at the wanted positions only: `logit_positions` [n] int64 index the flattened
 *   [batch · sequence] positions, and `logits` becomes [n, vocabulary].
 *
 * Gemm takes both A and B as they lie (transposed right operand), so nothing is transposed at run time; biases come
 * after, as in the file. Without a layout only the head is changed.
 * @throws BackboneError naming what was found where a projection or the head is missing
 */
export function routeGraph(graph: GraphProto, layout: AdapterLayout | null): void {
  selectPositions(graph);
  if (layout) addAdapters(graph, layout);
}

function addAdapters(graph: GraphProto, layout: AdapterLayout): void {
  const projections = findProjections(graph, layout);
  const { count, rank, alpha } = layout.spec;
  graph.input.push(valueInfo(ADAPTER_PARAMETERS, TensorProto_DataType.FLOAT, [layout.size]), valueInfo(ADAPTER_IDS, TensorProto_DataType.INT64, ['batch_size', 'sequence_length']));
  const table = new Float32Array((count + 1) * layout.width);
  for (let adapter = 0; adapter < count; adapter += 1) table.fill(alpha / rank, adapter * layout.width + adapter * rank, adapter * layout.width + (adapter + 1) * rank);
  const constants = new Constants(graph);
  graph.initializer.push(floats('/routing/table', table, [count + 1, layout.width]));
  const added: NodeProto[] = [
    node('Gather', ['/routing/table', ADAPTER_IDS], '/routing/gate/Gather', [integer('axis', 0)]),
    node('Reshape', ['/routing/gate/Gather', constants.integers([-1, layout.width])], '/routing/gate'),
    node('Shape', [ADAPTER_IDS], '/routing/shape'),
  ];
  const inputs = new Set<string>();
  const shapes = new Set<number>();
  const after = new Map<NodeProto, NodeProto[]>();
  for (const [slot, projection] of projections) {
    const name = `/routing/layers.${slot.layer}/${slot.target}`;
    const x = projection.input[0];
    const flat = `/routing/flat/${x}`;
    const nodes: NodeProto[] = [];
    if (!inputs.has(x)) {
      inputs.add(x);
      nodes.push(node('Reshape', [x, constants.integers([-1, slot.in])], flat));
    }
    if (!shapes.has(slot.out)) {
      shapes.add(slot.out);
      added.push(node('Concat', ['/routing/shape', constants.integers([slot.out])], `/routing/shape/${slot.out}`, [integer('axis', 0)]));
    }
    const output = projection.output[0];
    const base = `${name}/base`;
    projection.output[0] = base;
    nodes.push(
      ...cut(constants, `${name}/A`, slot.a, layout.width, slot.in),
      ...cut(constants, `${name}/B`, slot.b, slot.out, layout.width),
      node('Gemm', [flat, `${name}/A`], `${name}/hidden`, [integer('transB', 1)]),
      node('Mul', [`${name}/hidden`, '/routing/gate'], `${name}/gated`),
      node('Reshape', [base, constants.integers([-1, slot.out])], `${name}/base2d`),
      node('Gemm', [`${name}/gated`, `${name}/B`, `${name}/base2d`], `${name}/sum`, [integer('transB', 1)]),
      node('Reshape', [`${name}/sum`, `/routing/shape/${slot.out}`], output),
    );
    after.set(projection, nodes);
  }
  graph.node = [...added, ...graph.node.flatMap((existing) => [existing, ...(after.get(existing) ?? [])])];
}

/** A matrix [rows, columns] cut out of the flat vector at `start`. */
function cut(constants: Constants, name: string, start: number, rows: number, columns: number): NodeProto[] {
  const range = [constants.integers([start]), constants.integers([start + rows * columns])];
  return [node('Slice', [ADAPTER_PARAMETERS, ...range], `${name}/flat`), node('Reshape', [`${name}/flat`, constants.integers([rows, columns])], name)];
}

function findProjections(graph: GraphProto, layout: AdapterLayout): Map<AdapterSlot, NodeProto> {
  const found = new Map<string, NodeProto>();
  for (const candidate of graph.node) {
    const match = PROJECTION.exec(candidate.name);
    if (match && PRODUCTS.has(candidate.opType)) found.set(`${match[1]}/${match[2]}_proj`, candidate);
  }
  return new Map(
    layout.slots.map((slot) => {
      const projection = found.get(`${slot.layer}/${slot.target}`);
      if (!projection) {
        const names = graph.node.filter(({ opType }) => PRODUCTS.has(opType)).map(({ name }) => name);
        throw new BackboneError(`The model's graph has no ${slot.target} of layer ${slot.layer} to attach an adapter to; its ${names.length} matrix products are named ${names.slice(0, 4).join(', ') || 'nothing'}.`);
      }
      return [slot, projection] as const;
    }),
  );
}

/** The head's input is cut down to the wanted positions before the product with the vocabulary. */
function selectPositions(graph: GraphProto): void {
  const logits = graph.output.find(({ name }) => name === 'logits');
  const head = graph.node.find(({ output, opType }) => output.includes('logits') && PRODUCTS.has(opType));
  if (!logits || !head) throw new BackboneError(`The model's graph has no product whose output is "logits"; its outputs are ${graph.output.slice(0, 3).map(({ name }) => name).join(', ')}.`);
  const constants = new Constants(graph);
  const hidden = head.input[0];
  graph.input.push(valueInfo(LOGIT_POSITIONS, TensorProto_DataType.INT64, ['logit_count']));
  const at = graph.node.indexOf(head);
  const flat = node('Reshape', [hidden, constants.integers([-1, hiddenWidth(graph)])], '/logits/flat');
  const chosen = node('Gather', ['/logits/flat', LOGIT_POSITIONS], '/logits/chosen', [integer('axis', 0)]);
  head.input[0] = '/logits/chosen';
  graph.node.splice(at, 0, flat, chosen);
  logits.type = valueInfo('logits', TensorProto_DataType.FLOAT, ['logit_count', 'vocab_size']).type!;
}

/** Width of the hidden state: of a vector that a norm multiplies with (the embedding may be quantised or transposed). */
function hiddenWidth(graph: GraphProto): number {
  const norm = graph.node.find(({ opType }) => opType === 'SimplifiedLayerNormalization');
  const weight = graph.initializer.find(({ name }) => name === norm?.input[1]);
  if (weight?.dims.length !== 1) throw new BackboneError("The model's graph has no SimplifiedLayerNormalization with a weight vector.");
  return Number(weight.dims[0]);
}

/** int64 vectors, each content once. */
class Constants {
  readonly #graph: GraphProto;
  constructor(graph: GraphProto) {
    this.#graph = graph;
  }

  integers(values: readonly number[]): string {
    const name = `/routing/int64/${values.join(',')}`;
    if (!this.#graph.initializer.some((tensor) => tensor.name === name)) {
      this.#graph.initializer.push(create(TensorProtoSchema, { name, dataType: TensorProto_DataType.INT64, dims: [BigInt(values.length)], rawData: new Uint8Array(BigInt64Array.from(values, BigInt).buffer) }));
    }
    return name;
  }
}

function floats(name: string, values: Float32Array<ArrayBuffer>, dims: readonly number[]): TensorProto {
  return create(TensorProtoSchema, { name, dataType: TensorProto_DataType.FLOAT, dims: dims.map(BigInt), rawData: new Uint8Array(values.buffer, values.byteOffset, values.byteLength) });
}

function node(opType: string, input: string[], output: string, attribute: ReturnType<typeof integer>[] = []): NodeProto {
  return create(NodeProtoSchema, { name: output, opType, input, output: [output], attribute });
}

function integer(name: string, value: number) {
  return create(AttributeProtoSchema, { name, i: BigInt(value), type: AttributeProto_AttributeType.INT });
}

function valueInfo(name: string, elemType: TensorProto_DataType, dims: readonly (number | string)[]): ValueInfoProto {
  const dim = dims.map((size) => ({ value: typeof size === 'number' ? { case: 'dimValue' as const, value: BigInt(size) } : { case: 'dimParam' as const, value: size } }));
  return create(ValueInfoProtoSchema, { name, type: create(TypeProtoSchema, { value: { case: 'tensorType', value: { elemType, shape: { dim } } } }) });
}
