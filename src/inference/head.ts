import { TensorProto_DataType, type GraphProto, type NodeProto } from 'onnx-buf';
import { BackboneError } from '../backbone/types.ts';
import { castNode, Constants, elementType, GraphIndex, integer, makeNode, valueInfo } from './graph-edit.ts';
import { isProduct, productOf, type Product } from './products.ts';

export const LOGIT_POSITIONS = 'logit_positions';

/** What may stand between the head's product and `logits`. */
const BETWEEN = new Set(['Cast', 'Identity', 'Mul', 'Add', 'Reshape']);

/**
 * The head is computed at the wanted positions only: `logit_positions` [n] int64 index the flattened [batch · sequence]
 * positions, and `logits` becomes [n, vocabulary] float32. A float product with a transposed matrix becomes a Gemm, which
 * reads the matrix as it lies: onnxruntime would keep a transposed copy, 544 MB of a 0.5B model's tied embedding.
 * @returns the head
 * @throws BackboneError where there is none
 */
export function selectPositions(graph: GraphProto, hiddenSize: number): Product {
  const index = new GraphIndex(graph);
  const logits = graph.output.find(({ name }) => name === 'logits');
  const path = logits ? pathToHead(index, 'logits') : null;
  if (!logits || !path) throw new BackboneError(`The model's graph has no product whose output is "logits"; its outputs are ${graph.output.slice(0, 3).map(({ name }) => name).join(', ')}.`);
  const [node, ...behind] = path;
  const head = productOf(index, node);
  for (const reshape of behind.filter(({ opType }) => opType === 'Reshape')) {
    reshape.opType = 'Identity';
    reshape.input.length = 1;
    reshape.attribute = [];
  }
  const constants = new Constants(graph);
  const { entry } = head;
  const flat = makeNode('Reshape', [entry.input[0], constants.integers([-1, hiddenSize])], '/logits/flat');
  const chosen = makeNode('Gather', ['/logits/flat', LOGIT_POSITIONS], '/logits/chosen', [integer('axis', 0)]);
  entry.input[0] = '/logits/chosen';
  graph.input.push(valueInfo(LOGIT_POSITIONS, TensorProto_DataType.INT64, ['logit_count']));
  graph.node.splice(graph.node.indexOf(entry), 0, flat, chosen);
  readAsItLies(graph, index, node);
  floatLogits(graph, elementType(logits));
  logits.type = valueInfo('logits', TensorProto_DataType.FLOAT, ['logit_count', 'vocab_size']).type!;
  return head;
}

/** The head's product and the nodes from it to `value`, in this order; null where none leads there. */
function pathToHead(index: GraphIndex, value: string, seen = new Set<NodeProto>()): NodeProto[] | null {
  const node = index.producer(value);
  if (!node || seen.has(node)) return null;
  seen.add(node);
  if (isProduct(node)) return [node];
  if (!BETWEEN.has(node.opType)) return null;
  for (const input of node.input) {
    const path = pathToHead(index, input, seen);
    if (path) return [...path, node];
  }
  return null;
}

/** MatMul(x, Transpose(W)) → Gemm(x, W, transB). */
function readAsItLies(graph: GraphProto, index: GraphIndex, head: NodeProto): void {
  const turned = head.opType === 'MatMul' ? index.producer(head.input[1]) : undefined;
  if (turned?.opType !== 'Transpose' || index.initializer(turned.input[0])?.dims.length !== 2) return;
  head.opType = 'Gemm';
  head.input[1] = turned.input[0];
  head.attribute = [integer('transB', 1)];
  if (index.onlyConsumer(turned.output[0])) graph.node.splice(graph.node.indexOf(turned), 1);
}

/** Logits of another type are cast: whoever samples wants float32. */
function floatLogits(graph: GraphProto, type: number | undefined): void {
  if (type === TensorProto_DataType.FLOAT || type === undefined) return;
  const last = graph.node.find(({ output }) => output.includes('logits'))!;
  last.output[last.output.indexOf('logits')] = '/logits/half';
  graph.node.splice(graph.node.indexOf(last) + 1, 0, castNode('/logits/half', TensorProto_DataType.FLOAT, 'logits'));
}
