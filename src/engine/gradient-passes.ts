import type { PackedBatch, WeightVector } from './packing.ts';
import { widestBytes, type StepShape } from './step-memory.ts';

/** Gradient rows of one vector: of each sequence, the positions up to the last target that it weights. */
function rowsOfVector({ starts }: PackedBatch, vector: WeightVector): number {
  return vector.reduce((sum, weights, sequence) => {
    let last = Math.min(weights.length, starts[sequence + 1] - starts[sequence]) - 1;
    while (last > 0 && weights[last] === 0) last -= 1;
    return sum + Math.max(0, last);
  }, 0);
}

/**
 * The weight vectors of one batch in as few backward passes as the adapter's largest binding asks for: in each pass all
 * other vectors weight nothing. Gradients are kept apart by vector, so that dividing them changes none.
 */
export function gradientPasses(batch: PackedBatch, vectors: readonly WeightVector[], shape: StepShape, maxBinding: number): readonly (readonly WeightVector[])[] {
  const passes: number[][] = [];
  let rows = Infinity;
  vectors.forEach((vector, index) => {
    const own = rowsOfVector(batch, vector);
    if (widestBytes(shape, { tokens: 0, rows: rows + own }) > maxBinding) {
      passes.push([index]);
      rows = own;
    } else {
      passes[passes.length - 1].push(index);
      rows += own;
    }
  });
  if (passes.length <= 1) return [vectors];
  return passes.map((members) => vectors.map((vector, index) => (members.includes(index) ? vector : vector.map(() => new Float32Array(0)))));
}
