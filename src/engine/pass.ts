import type { BufferView } from '../gpu/buffers.ts';
import { keysSeen, rowsSeeing } from '../gpu/kernels/attention.ts';
import { targetLogProbabilities } from '../gpu/kernels/head.ts';
import type { EngineContext, GpuBatch } from './context.ts';
import { headLogLikelihood } from './head.ts';
import { layerBackward, layerForward, releaseActivations, type LayerActivations } from './layer.ts';
import type { GradientSink } from './linear.ts';
import { allPredictions, longestSegment, type BackwardRows, type PackedBatch } from './packing.ts';
import type { BackwardTap } from './row-gradients.ts';
import { recomputes } from './step-memory.ts';

/** What a forward pass leaves for what follows: nothing, each layer's input, or all that the backward needs. */
type Kept = 'nothing' | 'inputs' | 'activations';

interface Forward {
  readonly batch: GpuBatch;
  /** Each layer's input where it is kept. */
  readonly inputs: readonly BufferView[];
  /** The last layer's output. */
  readonly output: BufferView;
  readonly activations: readonly (LayerActivations | null)[];
}

/** The gradient rows on the GPU, as a sink needs them; `longest`: rows of the longest segment. */
export interface SegmentRows {
  readonly rowInfo: BufferView;
  readonly segments: BufferView;
  readonly rows: number;
  readonly longest: number;
}

export interface BackwardPass {
  readonly batch: PackedBatch;
  readonly rows: BackwardRows;
  /** Made when the gradient rows are on the GPU; the sink sees each module from the last to the first. */
  readonly sinkFor: (rows: SegmentRows) => GradientSink;
  /** Scratch of the caller that outlives the pass. */
  readonly kept?: readonly BufferView[];
  readonly tap?: BackwardTap;
}

/** Takes scratch and fills it. */
export function upload({ arena, recorder, memory }: EngineContext, label: string, data: Uint32Array<ArrayBuffer> | Float32Array<ArrayBuffer>): BufferView {
  const view = arena.take(label, data.byteLength);
  // A write takes effect at once; what is recorded but not yet submitted may still read the buffer's former content.
  recorder.submit();
  memory.write(view, data);
  return view;
}

/** log π of every token that a position of its own sequence predicts, one after the other, nats. */
export async function logLikelihoodPass(context: EngineContext, packed: PackedBatch): Promise<Float32Array> {
  const { recorder, memory, arena } = context;
  const { positions, targets } = allPredictions(packed);
  const forward = await forwardPass(context, packed, 'nothing');
  const { stats } = await head(context, forward, positions, targets, false);
  await recorder.finish();
  const result = targetLogProbabilities(new Float32Array(await memory.read(stats, positions.length * 16)));
  arena.reset();
  return Float32Array.from(result);
}

/** One forward and one backward for all weight vectors; log π at the positions in some loss, nats. */
export async function backwardPass(context: EngineContext, { batch: packed, rows, sinkFor, kept = [], tap }: BackwardPass): Promise<Float64Array> {
  const { config, arena, recorder, kernels, weights, memory } = context;
  tap?.begin(packed, rows);
  if (rows.rows === 0) {
    await recorder.finish(); // what the caller has cleared is read next
    return new Float64Array(0);
  }
  const shape = { config, adapterWidth: context.adapters?.layout.width ?? 0 };
  const forward = await forwardPass(context, packed, recomputes(shape, packed.tokens.length, context.budgets.activations) ? 'inputs' : 'activations');
  const { stats, unit } = await head(context, forward, rows.lossPositions, rows.lossTargets, true, tap);
  const rowInfo = upload(context, 'gradient rows', rows.rowInfo);
  const segments = upload(context, 'segments', rows.segments);
  const width = config.hiddenSize;
  const dx = arena.floats('d hidden', rows.rows * width);
  const spread = arena.floats('d normed', rows.rows * width);
  const source = upload(context, 'loss of each row', rows.lossSource);
  const weight = upload(context, 'weight of each row', rows.lossWeight);
  kernels.spread.record(recorder, { x: unit!, source, weight, y: spread }, rows.rows, width);
  const normSize = { rows: rows.rows, width, heads: 1, accumulate: false, epsilon: config.rmsNormEps };
  kernels.normBackward.record(recorder, { dy: spread, x: forward.output, g: weights.finalNorm, rowInfo, dx }, normSize);
  arena.release(spread, source, weight, unit!, forward.output);
  const sink = sinkFor({ rowInfo, segments, rows: rows.rows, longest: longestSegment(rows.segments) });
  const gradientRows = { rows: rows.rows, rowInfo, keys: keysSeen(rows.rowInfo), queries: rowsSeeing(rows.rowInfo) };
  for (let layer = config.layers - 1; layer >= 0; layer -= 1) {
    const activations = forward.activations[layer] ?? recompute(context, forward, layer);
    layerBackward(context, forward.batch, gradientRows, layer, activations, dx, layer === 0 && !tap, sink);
    arena.release(forward.inputs[layer]);
    await recorder.settle();
  }
  tap?.input(dx);
  await recorder.finish();
  const logprobs = targetLogProbabilities(new Float32Array(await memory.read(stats, rows.lossPositions.length * 16)));
  arena.releaseAllBut(new Set(kept));
  return logprobs;
}

async function forwardPass(context: EngineContext, packed: PackedBatch, kept: Kept): Promise<Forward> {
  const { config, arena, recorder, kernels, weights } = context;
  const count = packed.tokens.length;
  const batch: GpuBatch = {
    count,
    tokens: upload(context, 'tokens', packed.tokens),
    adapters: upload(context, 'adapter of each position', packed.adapters),
    rowInfo: upload(context, 'token rows', packed.rowInfo),
    keys: keysSeen(packed.rowInfo),
  };
  const width = config.hiddenSize;
  let input = arena.floats('embedded', count * width);
  for (const shard of weights.embedding) kernels.embed(recorder, { tokens: batch.tokens, x: input }, shard, count);
  const inputs: BufferView[] = [];
  const activations: (LayerActivations | null)[] = [];
  for (let layer = 0; layer < config.layers; layer += 1) {
    const output = arena.floats('layer output', count * width);
    const made = layerForward(context, batch, layer, input, output);
    if (kept !== 'activations') releaseActivations(context, made);
    activations.push(kept === 'activations' ? made : null);
    if (kept === 'nothing') arena.release(input);
    else inputs.push(input);
    input = output;
    await recorder.settle();
  }
  return { batch, inputs, output: input, activations };
}

/** Log-likelihood statistics of the given positions, and their unit gradients at the final norm's output. */
async function head(
  context: EngineContext,
  forward: Forward,
  positions: Uint32Array<ArrayBuffer>,
  targets: Uint32Array<ArrayBuffer>,
  gradient: boolean,
  tap?: BackwardTap,
): Promise<{ stats: BufferView; unit: BufferView | null }> {
  const { config, arena, recorder, kernels, weights } = context;
  const width = config.hiddenSize;
  const count = positions.length;
  const chosen = arena.floats('predicting states', count * width);
  const normed = arena.floats('predicting states, normed', count * width);
  const index = upload(context, 'positions', positions);
  const goals = upload(context, 'targets', targets);
  const stats = arena.floats('head statistics', count * 4);
  kernels.gather.record(recorder, { x: forward.output, index, y: chosen }, count, width);
  kernels.norm.record(recorder, { x: chosen, g: weights.finalNorm, y: normed }, { rows: count, width, epsilon: config.rmsNormEps });
  // The states are not needed any more: the gradients take their place.
  arena.release(chosen);
  const unit = gradient ? arena.floats('unit gradients', count * width) : null;
  await headLogLikelihood(context, { hidden: normed, targets: goals, count }, stats, unit);
  tap?.head({ hidden: normed, targets: goals, stats, count });
  arena.release(normed, index, goals);
  return { stats, unit };
}

function recompute(context: EngineContext, { batch, inputs }: Forward, layer: number): LayerActivations {
  const { arena, config } = context;
  const scratch = arena.floats('recomputed output', batch.count * config.hiddenSize);
  const activations = layerForward(context, batch, layer, inputs[layer], scratch);
  arena.release(scratch);
  return activations;
}
