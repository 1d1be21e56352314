import { initialAdapters, type AdapterSpec } from '../backbone/adapters.ts';
import type { DecoderConfig } from '../backbone/types.ts';
import { Random } from '../core/random.ts';
import type { WeightVector } from '../engine/packing.ts';
import type { Plan } from '../engine/preflight.ts';
import type { EngineSequence } from '../engine/types.ts';
import type { StackedAdapters } from './run-adapters.ts';

/** Two adapters as the training page begins with them. */
export const CHECK_ADAPTERS: AdapterSpec = { count: 2, rank: 8, alpha: 16 };

/**
 * B of a trained adapter is small and not 0. With this deviation the low-rank term is about a tenth of a projection's
 * output: (α / r)·√r·0.02 = 0.11, so that gradients of A are not 0 and activations stay what they are.
 */
const B_DEVIATION = 0.02;

/** Spans of either role: enough that every layer's attention reads across roles. */
const SPANS = 4;

export function checkPlan(tokens: number): Plan {
  return { purpose: 'training', batch: 1, length: tokens, adapters: CHECK_ADAPTERS, losses: CHECK_ADAPTERS.count };
}

/** A ~ N(0, 1/in), B ~ N(0, 0.02²), the same for the same seed. */
export function checkAdapters(config: DecoderConfig, seed: number): StackedAdapters {
  const random = new Random(seed).stream('check adapters');
  const normals = (stream: Random) => () => stream.normal();
  const { layout, values } = initialAdapters(config, CHECK_ADAPTERS, (adapter) => normals(random.stream('A').stream(adapter)));
  const next = normals(random.stream('B'));
  for (const { b, out } of layout.slots) {
    for (let row = 0; row < out; row += 1) for (let column = 0; column < CHECK_ADAPTERS.count * CHECK_ADAPTERS.rank; column += 1) values[b + row * layout.width + column] = B_DEVIATION * next();
  }
  return { layout, values };
}

export interface CheckSequence {
  readonly sequence: EngineSequence;
  /** One vector a role: 1 at the tokens that its adapter writes. Σ over both is every token but the first. */
  readonly vectors: readonly WeightVector[];
}

/** Random tokens in four spans that go to the two adapters by turns; adapter u writes the tokens of loss u. */
export function checkSequence({ vocabSize }: DecoderConfig, tokens: number, seed: number): CheckSequence {
  const random = new Random(seed).stream('check tokens');
  const adapters = Uint8Array.from({ length: tokens }, (_, position) => Math.floor((position * SPANS) / tokens) % CHECK_ADAPTERS.count);
  const sequence = { tokens: Uint32Array.from({ length: tokens }, () => random.integer(vocabSize)), adapters };
  const vectors = Array.from({ length: CHECK_ADAPTERS.count }, (_, role) => [Float32Array.from({ length: tokens }, (__, target) => (target > 0 && adapters[target - 1] === role ? 1 : 0))]);
  return { sequence, vectors };
}

/** −Σ w·log π of each vector, from log π of each next token [tokens − 1]; summed in f64. */
export function lossesFrom(logprobs: Float32Array, vectors: readonly WeightVector[]): number[] {
  return vectors.map(([weights]) => logprobs.reduce((sum, logprob, index) => (weights[index + 1] === 0 ? sum : sum - weights[index + 1] * logprob), 0));
}
