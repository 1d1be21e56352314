import { toBinary } from '@bufbuild/protobuf';
import { ModelProtoSchema } from 'onnx-buf';
import type { AdapterLayout } from '../backbone/adapters.ts';
import { BackboneError, type BytePatch } from '../backbone/types.ts';
import type { CacheShape } from './cache.ts';
import { keepCache } from './cache-outputs.ts';
import { readSkeleton } from './graph-skeleton.ts';
import { selectPositions } from './head.ts';
import { addAdapters } from './routed-graph.ts';

export interface PreparedModel {
  /** The changed graph; its large initialisers are external data of the file it was read from (OWN_FILE). */
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly cache: Pick<CacheShape, 'type' | 'present'>;
  readonly notes: readonly string[];
}

export interface ModelChanges {
  readonly layout: AdapterLayout | null;
  readonly hiddenSize: number;
  readonly patches?: readonly BytePatch[];
  /** For tests: contents of this size or more stay in the file. */
  readonly largeBytes?: number;
}

/**
 * The graph of a decoder with its head, its cache and its adapters changed for routed decoding (head.ts,
 * cache-outputs.ts, routed-graph.ts). Weights are not read.
 * @throws BackboneError when the graph is not of the kind that can be decoded in batches
 */
export async function prepareModel(file: Blob, { layout, hiddenSize, patches, largeBytes }: ModelChanges): Promise<PreparedModel> {
  const model = await readSkeleton(file, patches, largeBytes);
  const { graph } = model;
  if (!graph || graph.node.length === 0) throw new BackboneError("The model's file holds no graph.");
  const cache = keepCache(graph);
  const head = selectPositions(graph, hiddenSize);
  if (layout) addAdapters(graph, layout);
  const shared = head.sharedScale || graph.node.some(({ opType }) => opType === 'DynamicQuantizeLinear' || opType === 'DynamicQuantizeMatMul');
  return { bytes: toBinary(ModelProtoSchema, model), cache, notes: shared ? [SHARED_SCALE] : [] };
}

const SHARED_SCALE =
  'The model quantises activations to 8 bits with one scale for all tokens of a run, so a row’s numbers depend a little on the rows beside it and differ from the engine’s, which computes with the weights alone; model_q4.onnx has no such step.';
