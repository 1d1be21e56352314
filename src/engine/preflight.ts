import { adapterLayout, type AdapterSpec } from '../backbone/adapters.ts';
import type { DecoderConfig } from '../backbone/types.ts';
import type { ParameterSet } from '../core/gram/types.ts';
import { BufferArena, GpuMemory } from '../gpu/buffers.ts';
import { layoutsFor } from '../gpu/kernels/tiles.ts';
import { PipelineCache } from '../gpu/pipelines.ts';
import { Recorder } from '../gpu/recorder.ts';
import { BUDGETS, type Budgets } from './budgets.ts';
import { Decoder } from './decoder.ts';
import { adaptersIn } from './gpu-adapters.ts';
import { blockShapes } from './head.ts';
import { decoderKernels } from './kernels.ts';
import { LoraGradientAccumulator } from './lora-gradients.ts';
import { nullDevice } from './null-device.ts';
import type { EngineSequence } from './types.ts';
import { reserveWeights, type WeightFacts } from './weight-facts.ts';

/** What a model is wanted for. `length`: tokens of one trajectory; `batch`: trajectories at once. */
export type Plan =
  | { readonly purpose: 'angles'; readonly batch: number; readonly length: number; readonly parameterSet: ParameterSet; readonly adapters: AdapterSpec | null; readonly spans: number }
  | { readonly purpose: 'training'; readonly batch: number; readonly length: number; readonly adapters: AdapterSpec; readonly losses: number };

/** Bytes on the GPU by what they are for. */
export interface GpuBytes {
  readonly layers: number;
  readonly embedding: number;
  readonly adapters: number;
  /** Gradients and moments (training), or the gradients of a group's spans (angles). */
  readonly gradients: number;
  /** Activations and scratch of a step, at their peak. */
  readonly activations: number;
  /** onnxruntime's own copy of the weights and its key/value cache; 0 where it computes on the CPU. */
  readonly session: number;
  readonly total: number;
}

export interface PreflightReport {
  readonly downloadBytes: number | null;
  readonly gpu: GpuBytes | null;
  /** Where the sizes come from. */
  readonly basis: string;
  /** Why it cannot work here, with the number that is missing; empty where nothing stands against it. */
  readonly refusals: readonly string[];
  /** What will be slower or is not known. */
  readonly warnings: readonly string[];
  /** What would fit, or fit better. */
  readonly suggestions: readonly string[];
}

/**
 * What the engine would allocate, by running its own forward, backward and accumulation on a device that computes
 * nothing (null-device.ts):
 *   layers + embedding (weights.ts) + rope table [positions, headDim] f32 (in `layers`)
 *   + adapters · 4 B · (1 + losses + 3: owners and both moments, when training)
 *   + activations: batch·length·layers·activationFloats·4 B while within 512 MiB, else one layer's, with every layer's
 *     input; each rounded up to the arena's size classes.
 * @throws RangeError naming what no binding of the adapter can hold, in bytes
 */
export async function engineBytes(config: DecoderConfig, facts: WeightFacts, plan: Plan, maxBinding: number, budgets: Budgets = BUDGETS): Promise<Omit<GpuBytes, 'session' | 'total'> & { readonly peak: number }> {
  const device = nullDevice(maxBinding);
  const memory = new GpuMemory(device);
  const weights = reserveWeights(memory, config, facts);
  const embedding = [...new Set([...weights.embedding, ...weights.head])].reduce((sum, { matrix }) => sum + matrix.data.size + (matrix.kind !== 'float' ? matrix.scales.size + (matrix.zeros?.size ?? 0) : 0), 0);
  const ropeTable = memory.create('rope table', config.headDim * config.maxPositions * 4);
  const layers = memory.bytes - embedding;
  const layout = plan.adapters ? adapterLayout(config, plan.adapters) : null;
  const adapters = layout ? adaptersIn(memory.create('adapters', layout.size * 4), layout, false) : null;
  const adapterBytes = memory.bytes - layers - embedding;
  const kernels = decoderKernels(config, layoutsFor({ software: true, subgroups: false }));
  const pipelines = new PipelineCache(device);
  const matrices = [...weights.layers.flatMap((layer) => Object.values(layer.matrices)), ...weights.head.flatMap(blockShapes), ...(adapters ? [...adapters.a, ...adapters.b] : [])];
  await pipelines.prepare(kernels.variants(matrices, weights.embedding[0].matrix));
  const recorder = new Recorder(device, pipelines);
  const context = { config, memory, arena: new BufferArena(memory, () => recorder.submit()), recorder, kernels, weights, adapters, ropeTable, budgets };
  const decoder = new Decoder(context);
  const before = memory.bytes;
  const sequences = Array.from({ length: plan.batch }, (): EngineSequence => ({ tokens: new Uint32Array(plan.length), adapters: new Uint8Array(plan.length) }));
  let gradients: number;
  if (plan.purpose === 'training' && layout) {
    const ones = sequences.map(({ tokens }) => new Float32Array(tokens.length).fill(1));
    const accumulator = new LoraGradientAccumulator(context, plan.losses);
    for (const label of ['owners', 'first moment', 'second moment']) memory.create(label, layout.size * 4);
    gradients = memory.bytes - before;
    await decoder.accumulateGradients(sequences, Array.from({ length: plan.losses }, () => ones), accumulator);
  } else {
    const options = { parameterSet: plan.purpose === 'angles' ? plan.parameterSet : ('lora' as const), spanCapacity: plan.purpose === 'angles' ? plan.batch * plan.spans : plan.batch };
    const spans = plan.purpose === 'angles' ? plan.spans : 1;
    const width = Math.floor((plan.length - 1) / spans);
    const ranges = sequences.map(() => Array.from({ length: spans }, (_, span) => ({ start: 1 + span * width, end: 1 + (span + 1) * width })));
    const group = decoder.openGramGroup(options);
    await group.add(sequences, ranges);
    const held = memory.bytes;
    group.close();
    gradients = held - memory.bytes;
  }
  const peak = memory.peakBytes;
  return { layers, embedding, adapters: adapterBytes, gradients, activations: peak - before - gradients, peak };
}
