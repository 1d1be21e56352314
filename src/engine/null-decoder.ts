import { adapterLayout, type AdapterSpec } from '../backbone/adapters.ts';
import type { DecoderConfig } from '../backbone/types.ts';
import { BufferArena, GpuMemory } from '../gpu/buffers.ts';
import { layoutsFor } from '../gpu/kernels/tiles.ts';
import { PipelineCache } from '../gpu/pipelines.ts';
import { Recorder } from '../gpu/recorder.ts';
import { BUDGETS, type Budgets } from './budgets.ts';
import { Decoder } from './decoder.ts';
import { adaptersIn } from './gpu-adapters.ts';
import { blockShapes } from './head.ts';
import { decoderKernels } from './kernels.ts';
import { nullDevice } from './null-device.ts';
import { reserveWeights, type WeightFacts } from './weight-facts.ts';

export interface NullDecoderOptions {
  readonly adapters: AdapterSpec | null;
  /** Bytes of the largest binding, and of the largest buffer (default: the same). */
  readonly maxBinding: number;
  readonly maxBuffer?: number;
  readonly budgets?: Partial<Budgets>;
  readonly dispatchLimit?: number;
}

export interface NullDecoder {
  readonly decoder: Decoder;
  /** Bytes of the layers with the rope table, of embedding and head, and of the adapters. */
  readonly layers: number;
  readonly embedding: number;
  readonly adapters: number;
}

/** A decoder of this shape on a device that computes nothing: it allocates and dispatches as a real one would. */
export async function nullDecoder(config: DecoderConfig, facts: WeightFacts, { adapters: spec, maxBinding, maxBuffer, budgets, dispatchLimit }: NullDecoderOptions): Promise<NullDecoder> {
  const device = nullDevice(maxBinding, maxBuffer);
  const memory = new GpuMemory(device);
  const weights = reserveWeights(memory, config, facts);
  const embedding = [...new Set([...weights.embedding, ...weights.head])].reduce((sum, { matrix }) => sum + matrix.data.size + (matrix.kind !== 'float' ? matrix.scales.size + (matrix.zeros?.size ?? 0) : 0), 0);
  const ropeTable = memory.create('rope table', config.headDim * config.maxPositions * 4);
  const layers = memory.bytes - embedding;
  const layout = spec ? adapterLayout(config, spec) : null;
  const adapters = layout ? adaptersIn(memory.create('adapters', layout.size * 4), layout, false) : null;
  const kernels = decoderKernels(config, layoutsFor({ software: true, subgroups: false }));
  const pipelines = new PipelineCache(device);
  const matrices = [...weights.layers.flatMap((layer) => Object.values(layer.matrices)), ...weights.head.flatMap(blockShapes), ...(adapters ? [...adapters.a, ...adapters.b] : [])];
  await pipelines.prepare(kernels.variants(matrices, weights.embedding[0].matrix));
  const recorder = new Recorder(device, pipelines, dispatchLimit);
  const arena = new BufferArena(memory, () => recorder.submit());
  const decoder = new Decoder({ config, memory, arena, recorder, kernels, weights, adapters, ropeTable, budgets: { ...BUDGETS, ...budgets } });
  return { decoder, layers, embedding, adapters: memory.bytes - layers - embedding };
}
