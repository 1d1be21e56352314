import { Random } from '../../core/random.ts';
import type { WeightVector } from '../packing.ts';
import type { EngineSequence, TokenRange } from '../types.ts';

/** Random tokens; adapters switch every few positions, so that every one of them occurs. */
export function randomSequences(seed: number, lengths: readonly number[], vocabulary: number, adapters: number): EngineSequence[] {
  const random = new Random(seed);
  return lengths.map((length) => ({
    tokens: Uint32Array.from({ length }, () => random.integer(vocabulary)),
    adapters: Uint8Array.from({ length }, (_, position) => Math.floor(position / 3) % adapters),
  }));
}

/** A weight vector that is 1 at the targets of the given spans of each sequence. */
export function onesAt(sequences: readonly EngineSequence[], spans: readonly (readonly TokenRange[])[]): WeightVector {
  return sequences.map(({ tokens }, index) => {
    const weights = new Float32Array(tokens.length);
    for (const { start, end } of spans[index]) weights.fill(1, start, end);
    return weights;
  });
}

/** −Σ w·log π in f64, from the log-probabilities of each next token. */
export function lossOf(logprobs: readonly ArrayLike<number>[], vector: WeightVector): number {
  let loss = 0;
  vector.forEach((weights, sequence) => {
    for (let target = 1; target < weights.length; target += 1) if (weights[target] !== 0) loss -= weights[target] * logprobs[sequence][target - 1];
  });
  return loss;
}
