import { TensorProto_DataType, type GraphProto, type NodeProto } from 'onnx-buf';
import type { AdapterLayout } from '../backbone/adapters.ts';
import { castNode, Constants, floats, GraphIndex, integer, makeNode, valueInfo } from './graph-edit.ts';
import { findProjections } from './products.ts';

/** Inputs that the surgery adds. */
export const ADAPTER_PARAMETERS = 'adapter_parameters';
export const ADAPTER_IDS = 'adapter_ids';

/**
 * Changes a decoder's graph so that every projection's output becomes W x + (α/r)·B (gate ∘ A x), with A and B cut out
 * of one flat parameter vector (`adapter_parameters` [size] f32, src/backbone/adapters.ts: the very buffer that training
 * updates) and the gate of each position looked up by `adapter_ids` [batch, sequence] int64: 0 … k − 1, or k for the
 * frozen backbone alone.
 *
 * Gemm takes both A and B as they lie (transposed right operand), so nothing is transposed at run time; biases come
 * after, as in the file. The adapters' arithmetic is f32 in f16 graphs too. Where activations are quantised, x is what
 * stands before their quantisation and the sum is added to the scaled product.
 * @throws BackboneError naming what was found where a projection is missing
 */
export function addAdapters(graph: GraphProto, layout: AdapterLayout): void {
  const index = new GraphIndex(graph);
  const projections = findProjections(graph, index, layout);
  const { count, rank, alpha } = layout.spec;
  graph.input.push(valueInfo(ADAPTER_PARAMETERS, TensorProto_DataType.FLOAT, [layout.size]), valueInfo(ADAPTER_IDS, TensorProto_DataType.INT64, ['batch_size', 'sequence_length']));
  const table = new Float32Array((count + 1) * layout.width);
  for (let adapter = 0; adapter < count; adapter += 1) table.fill(alpha / rank, adapter * layout.width + adapter * rank, adapter * layout.width + (adapter + 1) * rank);
  const constants = new Constants(graph);
  graph.initializer.push(floats('/routing/table', table, [count + 1, layout.width]));
  const added: NodeProto[] = [
    makeNode('Gather', ['/routing/table', ADAPTER_IDS], '/routing/gate/Gather', [integer('axis', 0)]),
    makeNode('Reshape', ['/routing/gate/Gather', constants.integers([-1, layout.width])], '/routing/gate'),
    makeNode('Shape', [ADAPTER_IDS], '/routing/shape'),
  ];
  const inputs = new Set<string>();
  const shapes = new Set<number>();
  const after = new Map<NodeProto, NodeProto[]>();
  const behind = (node: NodeProto, nodes: readonly NodeProto[]): Map<NodeProto, NodeProto[]> => after.set(node, [...(after.get(node) ?? []), ...nodes]);
  for (const [slot, { node, entry, exit, half }] of projections) {
    const name = `/routing/layers.${slot.layer}/${slot.target}`;
    const x = entry.input[0];
    const flat = `/routing/flat/${x}`;
    const toFloat = (from: string, to: string, shape: string): NodeProto[] =>
      half ? [makeNode('Reshape', [from, shape], `${to}/half`), castNode(`${to}/half`, TensorProto_DataType.FLOAT, to)] : [makeNode('Reshape', [from, shape], to)];
    if (!inputs.has(x)) {
      inputs.add(x);
      const nodes = toFloat(x, flat, constants.integers([-1, slot.in]));
      const producer = index.producer(x);
      if (producer) behind(producer, nodes);
      else added.push(...nodes);
    }
    // A Gemm has no batch: its output is [positions, out] already.
    let shape = constants.integers([-1, slot.out]);
    if (node.opType !== 'Gemm') {
      shape = `/routing/shape/${slot.out}`;
      if (!shapes.has(slot.out)) added.push(makeNode('Concat', ['/routing/shape', constants.integers([slot.out])], shape, [integer('axis', 0)]));
      shapes.add(slot.out);
    }
    const output = exit.output[0];
    const base = `${name}/base`;
    exit.output[0] = base;
    behind(exit, [
      ...cut(constants, `${name}/A`, slot.a, layout.width, slot.in),
      ...cut(constants, `${name}/B`, slot.b, slot.out, layout.width),
      makeNode('Gemm', [flat, `${name}/A`], `${name}/hidden`, [integer('transB', 1)]),
      makeNode('Mul', [`${name}/hidden`, '/routing/gate'], `${name}/gated`),
      ...toFloat(base, `${name}/base2d`, constants.integers([-1, slot.out])),
      makeNode('Gemm', [`${name}/gated`, `${name}/B`, `${name}/base2d`], `${name}/sum`, [integer('transB', 1)]),
      ...(half
        ? [castNode(`${name}/sum`, TensorProto_DataType.FLOAT16, `${name}/sum/half`), makeNode('Reshape', [`${name}/sum/half`, shape], output)]
        : [makeNode('Reshape', [`${name}/sum`, shape], output)]),
    ]);
  }
  graph.node = [...added, ...graph.node.flatMap((existing) => [existing, ...(after.get(existing) ?? [])])];
}

/** A matrix [rows, columns] cut out of the flat vector at `start`. */
function cut(constants: Constants, name: string, start: number, rows: number, columns: number): NodeProto[] {
  const range = [constants.integers([start]), constants.integers([start + rows * columns])];
  return [makeNode('Slice', [ADAPTER_PARAMETERS, ...range], `${name}/flat`), makeNode('Reshape', [`${name}/flat`, constants.integers([rows, columns])], name)];
}
