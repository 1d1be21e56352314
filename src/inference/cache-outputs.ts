import { TensorProto_DataType, type GraphProto } from 'onnx-buf';
import { BackboneError } from '../backbone/types.ts';
import type { CacheShape } from './cache.ts';
import { elementType, GraphIndex, makeNode, valueInfo } from './graph-edit.ts';

/**
 * How a graph keeps its keys and values. One with GroupQueryAttention takes each row's length from the mask and is left as
 * it is. One that computes attention by single operators (as optimum exports it) puts the new positions behind the past's
 * capacity: `present` = Concat(past, new). Of those the new positions alone become the outputs, and the cache puts them
 * behind each row's end, which lets rows of unequal length decode together: the mask leaves out what lies between a row's
 * end and the capacity, and `position_ids` says where a token stands.
 * @throws BackboneError where there is no such cache
 */
export function keepCache(graph: GraphProto): Pick<CacheShape, 'type' | 'present'> {
  const type = typeOfCache(graph);
  if (graph.node.some(({ opType }) => opType === 'GroupQueryAttention')) return { type, present: 'whole' };
  if (!graph.input.some(({ name }) => name === 'position_ids')) {
    throw new BackboneError('The model computes attention without GroupQueryAttention and takes no position_ids, one of which decoding rows of unequal length needs; choose an export that has it.');
  }
  const index = new GraphIndex(graph);
  const renamed = new Map<string, string>();
  for (const output of graph.output.filter(({ name }) => name.startsWith('present.'))) {
    const past = output.name.replace('present', 'past_key_values');
    const concat = index.producer(output.name);
    const added = concat?.opType === 'Concat' && concat.input.length === 2 && concat.input[0] === past ? concat.input[1] : undefined;
    if (!concat || added === undefined) {
      throw new BackboneError(`The model makes ${output.name} by ${concat?.opType ?? 'nothing'}, not by putting new positions behind ${past}; choose an export with GroupQueryAttention, or one by optimum.`);
    }
    renamed.set(output.name, `${output.name}/whole`);
    graph.node.splice(graph.node.indexOf(concat) + 1, 0, makeNode('Identity', [added], output.name));
    concat.output[0] = `${output.name}/whole`;
    output.type = valueInfo(output.name, elementType(output) ?? TensorProto_DataType.FLOAT, ['batch_size', 'key_value_heads', 'sequence_length', 'head_size']).type!;
  }
  for (const node of graph.node) node.input = node.input.map((name) => renamed.get(name) ?? name);
  return { type, present: 'new' };
}

function typeOfCache(graph: GraphProto): CacheShape['type'] {
  const past = graph.input.find(({ name }) => name === 'past_key_values.0.key');
  const type = past && elementType(past);
  if (type === TensorProto_DataType.FLOAT) return 'float32';
  if (type === TensorProto_DataType.FLOAT16) return 'float16';
  throw new BackboneError(`The model has no key/value cache (past_key_values.0.key) that can be kept; its inputs are ${graph.input.slice(0, 4).map(({ name }) => name).join(', ') || 'none'}.`);
}
