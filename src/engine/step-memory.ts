import type { DecoderConfig } from '../backbone/types.ts';
import { BUDGETS } from './budgets.ts';

/**
 * Bytes of activations and gradient rows of one micro-batch of an angle run, whatever its work: at the size of
 * Qwen2.5-0.5B trajectories of some hundred tokens and more then go one by one. Batches follow from the shape alone, so
 * that the same device gets the same bits.
 */
export const BATCH_BYTES = 512 * 2 ** 20;

/** What the bytes of a step follow from: the model's shape and the width of its stacked adapters (0: none). */
export interface StepShape {
  readonly config: DecoderConfig;
  readonly adapterWidth: number;
}

/** Tokens that a pass encodes together, and gradient rows that it takes back (packing.ts: BackwardRows). */
export interface StepSize {
  readonly tokens: number;
  readonly rows: number;
}

/** Floats a token that one layer keeps for its backward, its input included. */
function activationFloats({ config, adapterWidth }: StepShape): number {
  const { hiddenSize, heads, kvHeads, headDim, intermediateSize } = config;
  const perHead = config.architecture === 'qwen3' ? 2 : 1;
  return hiddenSize * 4 + perHead * (heads + kvHeads) * headDim + kvHeads * headDim + heads * headDim + heads + intermediateSize * 3 + 7 * adapterWidth;
}

/** Floats a gradient row that the backward of one layer needs at once. */
function rowFloats({ config, adapterWidth }: StepShape): number {
  const { hiddenSize, heads, kvHeads, headDim, intermediateSize } = config;
  const perHead = config.architecture === 'qwen3' ? 2 : 1;
  return hiddenSize * 3 + intermediateSize * 3 + heads * headDim * (1 + perHead) + kvHeads * headDim * (1 + perHead) + heads * 2 + adapterWidth + 6;
}

/** Whether activations of a batch of so many tokens are recomputed layer by layer in its backward pass. */
export function recomputes(shape: StepShape, tokens: number, activationBudget: number): boolean {
  return activationFloats(shape) * 4 * tokens * shape.config.layers > activationBudget;
}

/**
 * Bytes of scratch that one forward and backward takes, without the head's block of logits (32 MiB at most) and what a
 * sink adds (64 MiB at most); L layers, h hidden, i intermediate, a heads·headDim, c kvHeads·headDim, r adapter width:
 *   tokens · 4 · (L·A + h)              while L·A·4·tokens is within the activation budget,
 *   tokens · 4 · ((L + 1)·h + A)        beyond: layers are recomputed, one at a time,     A = 4h + 3i + 2a + 2c + heads + 7r
 *   + rows · 4 · (3h + 3i + 2a + 2c + 2·heads + r + 6)
 * Qwen3 has its a and c once more, for the norms of q and k. The arena's size classes add at most an eighth.
 */
export function stepBytes(shape: StepShape, { tokens, rows }: StepSize, activationBudget = BUDGETS.activations): number {
  const { layers, hiddenSize } = shape.config;
  const each = activationFloats(shape);
  const perToken = recomputes(shape, tokens, activationBudget) ? (layers + 1) * hiddenSize + each : layers * each + hiddenSize;
  return 4 * (tokens * perToken + rows * rowFloats(shape));
}

/** Bytes of the largest single buffer of such a step: what one binding must hold. */
export function widestBytes({ config }: StepShape, { tokens, rows }: StepSize): number {
  const { hiddenSize, heads, headDim, intermediateSize } = config;
  return Math.max(hiddenSize, heads * headDim, intermediateSize) * 4 * Math.max(tokens, rows);
}
