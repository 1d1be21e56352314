import { fromBinary, toBinary } from '@bufbuild/protobuf';
import { ModelProtoSchema, TensorProto_DataType, type GraphProto } from 'onnx-buf';
import type { AdapterLayout } from '../backbone/adapters.ts';
import { BackboneError } from '../backbone/types.ts';
import { routeGraph } from './routed-graph.ts';
import type { CacheShape } from './cache.ts';

export interface PreparedModel {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly cacheType: CacheShape['type'];
}

/**
 * The file of a decoder with its head and adapters changed for routed decoding (routed-graph.ts).
 * @throws BackboneError when the graph is not of the kind that can be decoded in batches
 */
export function prepareModel(file: Uint8Array<ArrayBuffer>, layout: AdapterLayout | null): PreparedModel {
  let model;
  try {
    model = fromBinary(ModelProtoSchema, file);
  } catch (error) {
    throw new BackboneError(`The model's file is no ONNX graph (${error instanceof Error ? error.message : String(error)}).`);
  }
  const { graph } = model;
  if (!graph) throw new BackboneError("The model's file holds no graph.");
  if (!graph.node.some(({ opType }) => opType === 'GroupQueryAttention')) {
    throw new BackboneError('The model computes attention without GroupQueryAttention, which decoding rows of unequal length needs; choose an export that has it.');
  }
  const cacheType = typeOfCache(graph);
  routeGraph(graph, layout);
  return { bytes: toBinary(ModelProtoSchema, model), cacheType };
}

function typeOfCache(graph: GraphProto): CacheShape['type'] {
  const past = graph.input.find(({ name }) => name === 'past_key_values.0.key');
  const type = past?.type?.value.case === 'tensorType' ? past.type.value.value.elemType : undefined;
  if (type === TensorProto_DataType.FLOAT) return 'float32';
  if (type === TensorProto_DataType.FLOAT16) return 'float16';
  throw new BackboneError(`The model has no key/value cache (past_key_values.0.key) that can be kept; its inputs are ${graph.input.slice(0, 4).map(({ name }) => name).join(', ') || 'none'}.`);
}
