import { TARGETS, type Target } from '../core/gram/types.ts';
import type { BufferView } from '../gpu/buffers.ts';
import type { EngineContext, GpuBatch, GpuRows } from './context.ts';

/** What the gradient of one module's parameters is made of; handed to a sink during the backward pass. */
export interface ModuleGradient {
  readonly layer: number;
  readonly target: Target;
  /** Gradient with respect to the module's output [rows, out]. */
  readonly dy: BufferView;
  /** The module's input [tokens, in]. */
  readonly x: BufferView;
  /** Gated hidden vector of the stacked adapter [tokens, width], and its gradient [rows, width]; null without adapters. */
  readonly hidden: BufferView | null;
  readonly dHidden: BufferView | null;
}

export type GradientSink = (gradient: ModuleGradient) => void;

function slotIndex(layer: number, target: Target): number {
  return layer * TARGETS.length + TARGETS.indexOf(target);
}

/**
 * y [tokens, out] (+)= x·Wᵀ + b + (α/r)·(gate∘(x·Aᵀ))·Bᵀ: the routed layer. Returns the gated hidden vector, which the
 * backward needs, or null without adapters.
 */
export function routedForward(
  { weights, adapters, kernels, recorder, arena }: EngineContext,
  batch: GpuBatch,
  layer: number,
  target: Target,
  x: BufferView,
  y: BufferView,
  accumulate = false,
): BufferView | null {
  const { matrices, biases } = weights.layers[layer];
  const m = batch.count;
  const bias = biases[target];
  kernels.forward(recorder, { weight: matrices[target], x, y, m, accumulate, ...(bias && { bias }) });
  if (!adapters) return null;
  const { layout, a, b, scale } = adapters;
  const slot = slotIndex(layer, target);
  const hidden = arena.floats(`hidden ${target}`, m * layout.width);
  kernels.forward(recorder, { weight: a[slot], x, y: hidden, m });
  kernels.gate.record(recorder, { rowInfo: batch.rowInfo, adapters: batch.adapters, h: hidden }, { rows: m, width: layout.width, rank: layout.spec.rank });
  kernels.forward(recorder, { weight: b[slot], x: hidden, y, m, accumulate: true, alpha: scale });
  return hidden;
}

/**
 * dx [rows, in] (+)= dy·W + gate∘((α/r)·dy·B)·A, the backward of routedForward; `dx` null where nothing below needs it.
 * The sink sees the module before its scratch is given back.
 */
export function routedBackward(
  { weights, adapters, kernels, recorder, arena }: EngineContext,
  batch: GpuBatch,
  { rows, rowInfo }: GpuRows,
  gradient: { layer: number; target: Target; dy: BufferView; x: BufferView; hidden: BufferView | null },
  dx: BufferView | null,
  accumulate: boolean,
  sink: GradientSink,
): void {
  const { layer, target, dy } = gradient;
  if (dx) kernels.backward(recorder, { weight: weights.layers[layer].matrices[target], x: dy, y: dx, m: rows, accumulate });
  if (!adapters) {
    sink({ ...gradient, dHidden: null });
    return;
  }
  const { layout, a, b, scale } = adapters;
  const slot = slotIndex(layer, target);
  const dHidden = arena.floats(`d hidden ${target}`, rows * layout.width);
  kernels.backward(recorder, { weight: b[slot], x: dy, y: dHidden, m: rows, alpha: scale });
  kernels.gate.record(recorder, { rowInfo, adapters: batch.adapters, h: dHidden }, { rows, width: layout.width, rank: layout.spec.rank });
  if (dx) kernels.backward(recorder, { weight: a[slot], x: dHidden, y: dx, m: rows, accumulate: true });
  sink({ ...gradient, dHidden });
  arena.release(dHidden);
}
