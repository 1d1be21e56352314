import type { AdapterLayout } from '../backbone/adapters.ts';
import { BackboneError, type BackboneWeights } from '../backbone/types.ts';
import { BufferArena, GpuMemory, type BufferView } from '../gpu/buffers.ts';
import type { GpuDevice } from '../gpu/device.ts';
import { keysSeen, rowsSeeing } from '../gpu/kernels/attention.ts';
import { targetLogProbabilities } from '../gpu/kernels/head.ts';
import { layoutsFor, type Layouts } from '../gpu/kernels/tiles.ts';
import { PipelineCache } from '../gpu/pipelines.ts';
import { Recorder } from '../gpu/recorder.ts';
import { uploadAdapters } from './gpu-adapters.ts';
import type { EngineContext, GpuBatch } from './context.ts';
import { GramAccumulator, gramModules, keepsGradients } from './gram-group.ts';
import { blockShapes, headLogLikelihood } from './head.ts';
import { decoderKernels } from './kernels.ts';
import { activationFloats, layerBackward, layerForward, releaseActivations, type LayerActivations } from './layer.ts';
import type { GradientSink } from './linear.ts';
import { LoraGradientAccumulator } from './lora-gradients.ts';
import { lossesOf, tokenLogprobs } from './losses.ts';
import { allPredictions, backwardRows, packSequences, spanVectors, type BackwardRows, type PackedBatch, type WeightVector } from './packing.ts';
import { releaseContext } from './release.ts';
import { ropeTable } from './rope-table.ts';
import type { BackwardTap } from './row-gradients.ts';
import type { BatchLosses, DecoderApi, EngineSequence, GramAddition, GramGroup, GramGroupOptions, TokenRange } from './types.ts';
import { uploadWeights } from './weights.ts';

export interface DecoderOptions {
  /** Stacked adapters (adapters.ts); none for the plain backbone. */
  readonly adapters?: { readonly layout: AdapterLayout; readonly values: Float32Array<ArrayBuffer> };
  /** Activations beyond these bytes are recomputed layer by layer in the backward pass. */
  readonly activationBudget?: number;
  readonly layouts?: Layouts;
  readonly pipelines?: PipelineCache;
  readonly onCompiled?: (done: number, total: number) => void;
}

export const ACTIVATION_BUDGET = 512 * 2 ** 20;

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
  await pipelines.prepare(kernels.variants(matrices), options.onCompiled);
  const context: EngineContext = {
    config,
    memory,
    arena: new BufferArena(memory),
    recorder: new Recorder(gpu.device, pipelines),
    kernels,
    weights: uploaded,
    adapters,
    ropeTable: memory.upload('rope table', ropeTable(config.headDim, config.ropeTheta, config.maxPositions)),
  };
  return new Decoder(context, options.activationBudget ?? ACTIVATION_BUDGET);
}

interface Forward {
  readonly batch: GpuBatch;
  /** Each layer's input, and the last layer's output at the end. */
  readonly inputs: readonly BufferView[];
  readonly activations: readonly (LayerActivations | null)[];
}

interface Backward {
  readonly rowInfo: BufferView;
  readonly segments: BufferView;
  readonly rows: number;
}

export class Decoder implements DecoderApi {
  readonly context: EngineContext;
  private readonly activationBudget: number;
  private busy = false;

  constructor(context: EngineContext, activationBudget: number) {
    this.context = context;
    this.activationBudget = activationBudget;
  }

  get memory(): { readonly bytes: number; readonly peakBytes: number } {
    return this.context.memory;
  }

  async logLikelihood(sequences: readonly EngineSequence[]): Promise<Float32Array[]> {
    return this.exclusive(async () => {
      const batch = this.pack(sequences);
      const { positions, targets } = allPredictions(batch);
      const forward = await this.forward(batch, false);
      const { stats } = this.head(forward, positions, targets, false);
      const logprobs = await this.readLogprobs(stats, positions.length);
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
    const batch = this.pack(sequences);
    const rows = backwardRows(batch, vectors);
    const sinkFor = (backward: Backward): GradientSink => accumulator.start(rows, backward.rowInfo, add);
    if (rows.rows === 0 && !add) accumulator.clear();
    const logprobs = await this.backward(batch, rows, sinkFor);
    return { losses: lossesOf(batch, vectors, rows, logprobs), logprobs: tokenLogprobs(batch, rows, logprobs) };
  }

  /** One backward of Σ −w·log π that shows a tap what it passes (row-gradients.ts) and makes no gradient of its own. */
  tapBackward(sequences: readonly EngineSequence[], weights: WeightVector, tap: BackwardTap): Promise<BatchLosses> {
    return this.exclusive(async () => {
      const batch = this.pack(sequences);
      const rows = backwardRows(batch, [weights]);
      const logprobs = await this.backward(batch, rows, () => () => undefined, [], tap);
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
      add: (sequences, spans) => this.exclusive(() => this.addToGram(accumulator, modules.length, sequences, spans)),
      close: () => accumulator.close(),
    };
  }

  destroy(): void {
    releaseContext(this.context);
  }

  private async addToGram(accumulator: GramAccumulator, modules: number, sequences: readonly EngineSequence[], spans: readonly (readonly TokenRange[])[]): Promise<GramAddition> {
    const { arena, memory } = this.context;
    const vectors = spanVectors(sequences, spans);
    const added = vectors.length;
    const size = accumulator.size + added;
    if (added === 0) return { losses: new Float64Array(0), size, values: new Float64Array(0) };
    accumulator.admit(added);
    const batch = this.pack(sequences);
    const rows = backwardRows(batch, vectors);
    const k = arena.floats('K', modules * added * size);
    this.context.recorder.clear(k);
    const logprobs = await this.backward(batch, rows, (backward) => (gradient) => accumulator.add(gradient, backward, added, k), [k]);
    const values = Float64Array.from(new Float32Array(await memory.read(k, modules * added * size * 4)));
    arena.release(k);
    accumulator.size = size;
    return { losses: lossesOf(batch, vectors, rows, logprobs), size, values };
  }

  private pack(sequences: readonly EngineSequence[]): PackedBatch {
    const { maxPositions, vocabSize } = this.context.config;
    for (const { tokens } of sequences) {
      if (tokens.length > maxPositions) throw new RangeError(`A sequence of ${tokens.length} tokens exceeds the model's context of ${maxPositions}.`);
      const largest = tokens.reduce((a, b) => Math.max(a, b), 0);
      if (largest >= vocabSize) throw new RangeError(`Token ${largest} is outside the vocabulary of ${vocabSize}.`);
    }
    return packSequences(sequences);
  }

  private upload(label: string, data: Uint32Array<ArrayBuffer> | Float32Array<ArrayBuffer>): BufferView {
    const view = this.context.arena.take(label, data.byteLength);
    // A write takes effect at once; what is recorded but not yet submitted may still read the buffer's former content.
    this.context.recorder.submit();
    this.context.memory.write(view, data);
    return view;
  }

  private async forward(packed: PackedBatch, keep: boolean): Promise<Forward> {
    const { config, arena, recorder, kernels, weights } = this.context;
    const count = packed.tokens.length;
    const batch: GpuBatch = {
      count,
      tokens: this.upload('tokens', packed.tokens),
      adapters: this.upload('adapter of each position', packed.adapters),
      rowInfo: this.upload('token rows', packed.rowInfo),
      keys: keysSeen(packed.rowInfo),
    };
    const width = config.hiddenSize;
    let input = arena.floats('embedded', count * width);
    for (const { first, rows, matrix } of weights.embedding) {
      const gather = matrix.kind === 'float' && matrix.half ? kernels.embedHalf : kernels.embed;
      gather.record(recorder, { tokens: batch.tokens, table: matrix.data, x: input }, { count, width, first, rows });
    }
    const inputs = [input];
    const activations: (LayerActivations | null)[] = [];
    for (let layer = 0; layer < config.layers; layer += 1) {
      const output = arena.floats('layer output', count * width);
      const made = layerForward(this.context, batch, layer, input, output);
      if (!keep) releaseActivations(this.context, made);
      activations.push(keep ? made : null);
      inputs.push(output);
      input = output;
      await recorder.settle();
    }
    return { batch, inputs, activations };
  }

  /** Log-likelihood statistics of the given positions, and their unit gradients at the final norm's output. */
  private head(forward: Forward, positions: Uint32Array<ArrayBuffer>, targets: Uint32Array<ArrayBuffer>, gradient: boolean, tap?: BackwardTap): { stats: BufferView; unit: BufferView | null } {
    const { config, arena, recorder, kernels, weights } = this.context;
    const width = config.hiddenSize;
    const count = positions.length;
    const last = forward.inputs[forward.inputs.length - 1];
    const chosen = arena.floats('predicting states', count * width);
    const normed = arena.floats('predicting states, normed', count * width);
    const index = this.upload('positions', positions);
    const goals = this.upload('targets', targets);
    const stats = arena.floats('head statistics', count * 4);
    const unit = gradient ? arena.floats('unit gradients', count * width) : null;
    kernels.gather.record(recorder, { x: last, index, y: chosen }, count, width);
    kernels.norm.record(recorder, { x: chosen, g: weights.finalNorm, y: normed }, { rows: count, width, epsilon: config.rmsNormEps });
    headLogLikelihood(this.context, { hidden: normed, targets: goals, count }, stats, unit);
    tap?.head({ hidden: normed, targets: goals, stats, count });
    arena.release(chosen, normed, index, goals);
    return { stats, unit };
  }

  /** One forward and one backward for all weight vectors; the sink sees each module from the last to the first. */
  private async backward(packed: PackedBatch, rows: BackwardRows, sinkFor: (backward: Backward) => GradientSink, kept: readonly BufferView[] = [], tap?: BackwardTap): Promise<Float64Array> {
    const { config, arena, recorder, kernels, weights, memory } = this.context;
    tap?.begin(packed, rows);
    if (rows.rows === 0) {
      await recorder.finish(); // what the caller has cleared is read next
      return new Float64Array(0);
    }
    const bytes = activationFloats(this.context) * 4 * packed.tokens.length * config.layers;
    const forward = await this.forward(packed, bytes <= this.activationBudget);
    const { stats, unit } = this.head(forward, rows.lossPositions, rows.lossTargets, true, tap);
    const backward = { rowInfo: this.upload('gradient rows', rows.rowInfo), segments: this.upload('segments', rows.segments), rows: rows.rows };
    const width = config.hiddenSize;
    const dx = arena.floats('d hidden', rows.rows * width);
    const spread = arena.floats('d normed', rows.rows * width);
    const source = this.upload('loss of each row', rows.lossSource);
    const weight = this.upload('weight of each row', rows.lossWeight);
    kernels.spread.record(recorder, { x: unit!, source, weight, y: spread }, rows.rows, width);
    const last = forward.inputs[config.layers];
    kernels.normBackward.record(
      recorder,
      { dy: spread, x: last, g: weights.finalNorm, rowInfo: backward.rowInfo, dx },
      { rows: rows.rows, width, heads: 1, accumulate: false, epsilon: config.rmsNormEps },
    );
    arena.release(spread, source, weight, unit!);
    const sink = sinkFor(backward);
    const gradientRows = { rows: rows.rows, rowInfo: backward.rowInfo, keys: keysSeen(rows.rowInfo), queries: rowsSeeing(rows.rowInfo) };
    for (let layer = config.layers - 1; layer >= 0; layer -= 1) {
      const activations = forward.activations[layer] ?? this.recompute(forward, layer);
      layerBackward(this.context, forward.batch, gradientRows, layer, activations, dx, layer === 0 && !tap, sink);
      releaseActivations(this.context, activations);
      await recorder.settle();
    }
    tap?.input(dx);
    await recorder.finish();
    const logprobs = targetLogProbabilities(new Float32Array(await memory.read(stats, rows.lossPositions.length * 16)));
    const keep = new Set(kept);
    arena.releaseAllBut(keep);
    return logprobs;
  }

  private recompute(forward: Forward, layer: number): LayerActivations {
    const { arena, config } = this.context;
    const scratch = arena.floats('recomputed output', forward.batch.count * config.hiddenSize);
    const activations = layerForward(this.context, forward.batch, layer, forward.inputs[layer], scratch);
    arena.release(scratch);
    return activations;
  }

  private async readLogprobs(stats: BufferView, count: number): Promise<Float32Array> {
    const { recorder, memory, arena } = this.context;
    await recorder.finish();
    const result = targetLogProbabilities(new Float32Array(await memory.read(stats, count * 16)));
    arena.reset();
    return Float32Array.from(result);
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
