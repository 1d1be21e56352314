import { TARGETS, type Target } from '../core/gram/types.ts';
import type { BufferView } from '../gpu/buffers.ts';
import type { EngineContext, GpuBatch, GpuRows } from './context.ts';
import { routedBackward, routedForward, type GradientSink } from './linear.ts';

/** What a layer's backward needs of its forward, all [tokens, …] f32. */
export interface LayerActivations {
  readonly input: BufferView;
  readonly normed: BufferView;
  /** q and k before their per-head norm (Qwen3); the same as `q`, `k` where there is none. */
  readonly qRaw: BufferView;
  readonly kRaw: BufferView;
  readonly q: BufferView;
  readonly k: BufferView;
  readonly v: BufferView;
  readonly attended: BufferView;
  readonly lse: BufferView;
  readonly middle: BufferView;
  readonly middleNormed: BufferView;
  readonly gate: BufferView;
  readonly up: BufferView;
  readonly activated: BufferView;
  readonly hidden: Readonly<Record<Target, BufferView | null>>;
}

/** One decoder layer: output [tokens, hidden] and what its backward needs. `output` may not be `input`. */
export function layerForward(context: EngineContext, batch: GpuBatch, layer: number, input: BufferView, output: BufferView): LayerActivations {
  const { config, kernels, recorder, arena, weights, ropeTable } = context;
  const { hiddenSize, heads, kvHeads, headDim, intermediateSize, rmsNormEps: epsilon } = config;
  const weight = weights.layers[layer];
  const { count, rowInfo } = batch;
  const hidden = Object.fromEntries(TARGETS.map((target) => [target, null])) as Record<Target, BufferView | null>;
  const linear = (target: Target, x: BufferView, y: BufferView, accumulate = false): void => {
    hidden[target] = routedForward(context, batch, layer, target, x, y, accumulate);
  };
  const take = (label: string, width: number): BufferView => arena.floats(label, count * width);

  const normed = take('normed', hiddenSize);
  kernels.norm.record(recorder, { x: input, g: weight.inputNorm, y: normed }, { rows: count, width: hiddenSize, epsilon });
  const qRaw = take('q', heads * headDim);
  const kRaw = take('k', kvHeads * headDim);
  const v = take('v', kvHeads * headDim);
  linear('q_proj', normed, qRaw);
  linear('k_proj', normed, kRaw);
  linear('v_proj', normed, v);
  const perHeadNorm = (x: BufferView, gain: BufferView | null, width: number, label: string): BufferView => {
    if (!gain) return x;
    const y = take(label, width * headDim);
    kernels.norm.record(recorder, { x, g: gain, y }, { rows: count * width, width: headDim, epsilon });
    return y;
  };
  const q = perHeadNorm(qRaw, weight.qNorm, heads, 'q normed');
  const k = perHeadNorm(kRaw, weight.kNorm, kvHeads, 'k normed');
  kernels.attention.rope(recorder, { rowInfo, table: ropeTable, x: q }, count, 'q', 1);
  kernels.attention.rope(recorder, { rowInfo, table: ropeTable, x: k }, count, 'kv', 1);
  const attended = take('attended', heads * headDim);
  const lse = take('lse', heads);
  kernels.attention.forward(recorder, { q, k, v, rowInfo, o: attended, lse }, batch.keys);

  const middle = take('middle', hiddenSize);
  recorder.copy(input, 0, middle, 0, count * hiddenSize * 4);
  linear('o_proj', attended, middle, true);
  const middleNormed = take('middle normed', hiddenSize);
  kernels.norm.record(recorder, { x: middle, g: weight.postAttentionNorm, y: middleNormed }, { rows: count, width: hiddenSize, epsilon });
  const gate = take('gate', intermediateSize);
  const up = take('up', intermediateSize);
  const activated = take('activated', intermediateSize);
  linear('gate_proj', middleNormed, gate);
  linear('up_proj', middleNormed, up);
  kernels.swiglu.record(recorder, { g: gate, u: up, y: activated }, count * intermediateSize);
  recorder.copy(middle, 0, output, 0, count * hiddenSize * 4);
  linear('down_proj', activated, output, true);
  return { input, normed, qRaw, kRaw, q, k, v, attended, lse, middle, middleNormed, gate, up, activated, hidden };
}

/** Gives back everything but the layer's input, where no backward follows. */
export function releaseActivations({ arena }: EngineContext, { input, hidden, ...rest }: LayerActivations): void {
  const views = new Set<BufferView>(Object.values(rest));
  for (const view of Object.values(hidden)) if (view) views.add(view);
  views.delete(input);
  arena.release(...views);
}

/**
 * `dx` [rows, hidden] holds the gradient of the layer's output and becomes that of its input. Every module's gradient is
 * offered to the sink. With `lowest`, the gradient below this layer is not needed and not made. The activations are given
 * back as soon as they have served, but for the layer's input: gradients of the same size then take their place.
 */
export function layerBackward(
  context: EngineContext,
  batch: GpuBatch,
  gradientRows: GpuRows,
  layer: number,
  activations: LayerActivations,
  dx: BufferView,
  lowest: boolean,
  sink: GradientSink,
): void {
  const { config, kernels, recorder, arena, weights, ropeTable } = context;
  const { hiddenSize, heads, kvHeads, headDim, intermediateSize, rmsNormEps: epsilon } = config;
  const weight = weights.layers[layer];
  const { rows, rowInfo, keys, queries } = gradientRows;
  const { hidden } = activations;
  const take = (label: string, width: number): BufferView => arena.floats(label, rows * width);
  const done = (...views: readonly (BufferView | null)[]): void => arena.release(...views.filter((view) => view !== null));
  const linear = (target: Target, dy: BufferView, x: BufferView, out: BufferView | null, accumulate: boolean): void => {
    routedBackward(context, batch, gradientRows, { layer, target, dy, x, hidden: hidden[target] }, out, accumulate, sink);
  };

  const dActivated = take('d activated', intermediateSize);
  linear('down_proj', dx, activations.activated, dActivated, false);
  done(activations.activated, hidden.down_proj);
  const dGate = take('d gate', intermediateSize);
  const dUp = take('d up', intermediateSize);
  kernels.swigluBackward.record(recorder, { dy: dActivated, g: activations.gate, u: activations.up, rowInfo, dg: dGate, du: dUp }, rows, intermediateSize);
  arena.release(dActivated);
  done(activations.gate, activations.up);
  const dNormed = take('d normed', hiddenSize);
  linear('gate_proj', dGate, activations.middleNormed, dNormed, false);
  linear('up_proj', dUp, activations.middleNormed, dNormed, true);
  arena.release(dGate, dUp);
  done(activations.middleNormed, hidden.gate_proj, hidden.up_proj);
  const normSize = { rows, width: hiddenSize, heads: 1, accumulate: true, epsilon };
  kernels.normBackward.record(recorder, { dy: dNormed, x: activations.middle, g: weight.postAttentionNorm, rowInfo, dx }, normSize);
  done(activations.middle);

  const dAttended = take('d attended', heads * headDim);
  linear('o_proj', dx, activations.attended, dAttended, false);
  done(hidden.o_proj);
  const stats = take('attention stats', heads * 2);
  const dq = take('d q', heads * headDim);
  const dk = take('d k', kvHeads * headDim);
  const dv = take('d v', kvHeads * headDim);
  const { q, k, v } = activations;
  kernels.attention.stats(recorder, { dO: dAttended, o: activations.attended, lse: activations.lse, rowInfo, stats }, rows);
  kernels.attention.dq(recorder, { q, k, v, dO: dAttended, stats, rowInfo, dq }, keys);
  kernels.attention.dkv(recorder, { q, k, v, dO: dAttended, stats, rowInfo, dk, dv }, queries);
  arena.release(dAttended, stats);
  done(activations.attended, activations.lse, v, ...(weight.qNorm ? [q] : []), ...(weight.kNorm ? [k] : []));
  kernels.attention.rope(recorder, { rowInfo, table: ropeTable, x: dq }, rows, 'q', -1);
  kernels.attention.rope(recorder, { rowInfo, table: ropeTable, x: dk }, rows, 'kv', -1);
  const perHeadNorm = (dy: BufferView, x: BufferView, gain: BufferView | null, width: number): BufferView => {
    if (!gain) return dy;
    const out = take('d before norm', width * headDim);
    kernels.normBackward.record(recorder, { dy, x, g: gain, rowInfo, dx: out }, { rows: rows * width, width: headDim, heads: width, accumulate: false, epsilon });
    arena.release(dy);
    return out;
  };
  const dqRaw = perHeadNorm(dq, activations.qRaw, weight.qNorm, heads);
  const dkRaw = perHeadNorm(dk, activations.kRaw, weight.kNorm, kvHeads);
  done(activations.qRaw, activations.kRaw);
  const below = lowest ? null : dNormed;
  linear('q_proj', dqRaw, activations.normed, below, false);
  linear('k_proj', dkRaw, activations.normed, below, true);
  linear('v_proj', dv, activations.normed, below, true);
  arena.release(dqRaw, dkRaw, dv);
  done(activations.normed, hidden.q_proj, hidden.k_proj, hidden.v_proj);
  if (!lowest) kernels.normBackward.record(recorder, { dy: dNormed, x: activations.input, g: weight.inputNorm, rowInfo, dx }, normSize);
  arena.release(dNormed);
}
