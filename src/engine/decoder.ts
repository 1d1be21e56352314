import type { AdapterLayout } from '../backbone/adapters.ts';
import { BackboneError, type BackboneWeights } from '../backbone/types.ts';
import { BufferArena, GpuMemory } from '../gpu/buffers.ts';
import type { GpuDevice } from '../gpu/device.ts';
import { layoutsFor, type Layouts } from '../gpu/kernels/tiles.ts';
import { PipelineCache } from '../gpu/pipelines.ts';
import { Recorder } from '../gpu/recorder.ts';
import { BUDGETS, type Budgets } from './budgets.ts';
import type { EngineContext } from './context.ts';
import { uploadAdapters } from './gpu-adapters.ts';
import { addSpans } from './gram-addition.ts';
import { gradientPasses } from './gradient-passes.ts';
import { GramAccumulator, gramModules, keepsGradients } from './gram-group.ts';
import { blockShapes } from './head.ts';
import { decoderKernels } from './kernels.ts';
import { LoraGradientAccumulator } from './lora-gradients.ts';
import { lossesOf, tokenLogprobs } from './losses.ts';
import { backwardRows, packFor, type PackedBatch, type WeightVector } from './packing.ts';
import { backwardPass, logLikelihoodPass } from './pass.ts';
import { releaseContext } from './release.ts';
import { ropeTable } from './rope-table.ts';
import type { BackwardTap } from './row-gradients.ts';
import type { BatchLosses, DecoderApi, EngineSequence, GramGroup, GramGroupOptions } from './types.ts';
import { uploadWeights } from './weights.ts';

export interface DecoderOptions {
  /** Stacked adapters (adapters.ts); none for the plain backbone. */
  readonly adapters?: { readonly layout: AdapterLayout; readonly values: Float32Array<ArrayBuffer> };
  /** Where parts of a step are done in pieces; sensible for any device where not given. */
  readonly budgets?: Partial<Budgets>;
  /** Most floating-point operations of one dispatch, instead of what the recorder learns. */
  readonly dispatchLimit?: number;
  readonly layouts?: Layouts;
  readonly pipelines?: PipelineCache;
  readonly onCompiled?: (done: number, total: number) => void;
}

/**
 * A decoder on the GPU: log-likelihoods, adapter gradients and span Grams of packed batches.
 * @throws BackboneError for shapes the kernels do not take.
 */
export async function createDecoder(gpu: GpuDevice, weights: BackboneWeights, options: DecoderOptions = {}): Promise<Decoder> {
  const { config } = weights;
  if (config.headDim % 4 !== 0) throw new BackboneError(`Heads of ${config.headDim} dimensions are not supported: they must be a multiple of 4.`);
  const memory = new GpuMemory(gpu.device);
  const layouts = options.layouts ?? layoutsFor(gpu.capabilities);
  const kernels = decoderKernels(config, layouts);
  const pipelines = options.pipelines ?? new PipelineCache(gpu.device);
  const uploaded = await uploadWeights(memory, weights);
  const adapters = options.adapters ? uploadAdapters(memory, options.adapters) : null;
  const matrices = [...uploaded.layers.flatMap((layer) => Object.values(layer.matrices)), ...uploaded.head.flatMap(blockShapes), ...(adapters ? [...adapters.a, ...adapters.b] : [])];
  await pipelines.prepare(kernels.variants(matrices, uploaded.embedding[0].matrix), options.onCompiled);
  const recorder = new Recorder(gpu.device, pipelines, options.dispatchLimit);
  const context: EngineContext = {
    config,
    memory,
    arena: new BufferArena(memory, () => recorder.submit()),
    recorder,
    kernels,
    weights: uploaded,
    adapters,
    ropeTable: memory.upload('rope table', ropeTable(config.headDim, config.ropeTheta, config.maxPositions)),
    budgets: { ...BUDGETS, ...options.budgets },
  };
  return new Decoder(context);
}

export class Decoder implements DecoderApi {
  readonly context: EngineContext;
  private busy = false;

  constructor(context: EngineContext) {
    this.context = context;
  }

  get memory(): { readonly bytes: number; readonly peakBytes: number } {
    return this.context.memory;
  }

  async logLikelihood(sequences: readonly EngineSequence[]): Promise<Float32Array[]> {
    return this.exclusive(async () => {
      const logprobs = await logLikelihoodPass(this.context, this.pack(sequences));
      let at = 0;
      return sequences.map(({ tokens }) => logprobs.slice(at, (at += tokens.length - 1)));
    });
  }

  /**
   * Gradients of Σ −w·log π with respect to the adapters, one flat vector (adapters.ts: AdapterLayout) a weight vector;
   * the losses come along, nats.
   */
  async adapterGradients(sequences: readonly EngineSequence[], vectors: readonly WeightVector[]): Promise<{ losses: Float64Array; gradients: Float32Array[] }> {
    return this.exclusive(async () => {
      const accumulator = new LoraGradientAccumulator(this.context, vectors.length);
      try {
        const { losses } = await this.accumulate(sequences, vectors, accumulator, false);
        return { losses, gradients: await accumulator.read() };
      } finally {
        accumulator.destroy();
      }
    });
  }

  /** As adapterGradients, leaving the gradients on the GPU in `accumulator` (training); `add`: to those it holds. */
  accumulateGradients(sequences: readonly EngineSequence[], vectors: readonly WeightVector[], accumulator: LoraGradientAccumulator, add = false): Promise<BatchLosses> {
    return this.exclusive(() => this.accumulate(sequences, vectors, accumulator, add));
  }

  private async accumulate(sequences: readonly EngineSequence[], vectors: readonly WeightVector[], accumulator: LoraGradientAccumulator, add: boolean): Promise<BatchLosses> {
    const { config, adapters, memory } = this.context;
    const batch = this.pack(sequences);
    const losses = new Float64Array(vectors.length);
    const logprobs = sequences.map(({ tokens }) => new Float32Array(tokens.length).fill(NaN));
    const passes = gradientPasses(batch, vectors, { config, adapterWidth: adapters?.layout.width ?? 0 }, memory.maxBinding);
    for (const [index, part] of passes.entries()) {
      const adds = add || index > 0;
      const rows = backwardRows(batch, part);
      if (rows.rows === 0 && !adds) accumulator.clear();
      const found = await backwardPass(this.context, { batch, rows, sinkFor: ({ rowInfo }) => accumulator.start(rows, rowInfo, adds) });
      lossesOf(batch, part, rows, found).forEach((loss, vector) => {
        losses[vector] += loss;
      });
      tokenLogprobs(batch, rows, found).forEach((own, sequence) =>
        own.forEach((value, token) => {
          if (!Number.isNaN(value)) logprobs[sequence][token] = value;
        }),
      );
    }
    return { losses, logprobs };
  }

  /** One backward of Σ −w·log π that shows a tap what it passes (row-gradients.ts) and makes no gradient of its own. */
  tapBackward(sequences: readonly EngineSequence[], weights: WeightVector, tap: BackwardTap): Promise<BatchLosses> {
    return this.exclusive(async () => {
      const batch = this.pack(sequences);
      const rows = backwardRows(batch, [weights]);
      const logprobs = await backwardPass(this.context, { batch, rows, sinkFor: () => () => undefined, tap });
      return { losses: lossesOf(batch, [weights], rows, logprobs), logprobs: tokenLogprobs(batch, rows, logprobs) };
    });
  }

  mustAddWhole(options: GramGroupOptions): boolean {
    return !keepsGradients(this.context, options);
  }

  openGramGroup(options: GramGroupOptions): GramGroup {
    const accumulator = new GramAccumulator(this.context, options);
    const modules = gramModules(this.context, options.parameterSet);
    return {
      modules,
      add: (sequences, spans, steering) => this.exclusive(() => addSpans(this.context, accumulator, modules.length, { sequences, spans }, steering)),
      close: () => accumulator.close(),
    };
  }

  destroy(): void {
    releaseContext(this.context);
  }

  private pack(sequences: readonly EngineSequence[]): PackedBatch {
    return packFor(this.context.config, sequences);
  }

  /** One batch at a time: they share the arena. */
  private async exclusive<Result>(work: () => Promise<Result>): Promise<Result> {
    if (this.busy) throw new Error('The decoder is already at work; wait for its answer.');
    this.busy = true;
    try {
      return await work();
    } catch (error) {
      this.context.recorder.discard();
      this.context.arena.reset();
      throw error;
    } finally {
      this.busy = false;
    }
  }
}
