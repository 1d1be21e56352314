import type { BackwardRows, PackedBatch, WeightVector } from './packing.ts';

/** log π of the tokens in some loss, per sequence by token; NaN elsewhere. */
export function tokenLogprobs(batch: PackedBatch, rows: BackwardRows, logprobs: Float64Array): Float32Array[] {
  const flat = new Float32Array(batch.tokens.length + 1).fill(NaN);
  rows.lossPositions.forEach((position, index) => {
    flat[position + 1] = logprobs[index];
  });
  return batch.starts.slice(1).map((end, sequence) => flat.slice(batch.starts[sequence], end));
}

/** −Σ w·log π of each weight vector. */
export function lossesOf(batch: PackedBatch, vectors: readonly WeightVector[], rows: BackwardRows, logprobs: Float64Array): Float64Array {
  const at = new Map(Array.from(rows.lossPositions, (position, index) => [position, index]));
  return Float64Array.from(vectors, (vector) => {
    let loss = 0;
    vector.forEach((weights, sequence) => {
      const start = batch.starts[sequence];
      // As in the gradients: weights beyond the sequence's end say nothing.
      const end = Math.min(weights.length, batch.starts[sequence + 1] - start);
      for (let target = 1; target < end; target += 1) {
        const weight = weights[target];
        if (weight !== 0) loss -= weight * logprobs[at.get(start + target - 1)!];
      }
    });
    return loss;
  });
}
