import type { TokenRange } from '../engine/types.ts';

/**
 * Floating-point operations that one micro-batch should take: about a second on either kind of adapter (a software one
 * computes about 1.5 GFLOP/s, a graphics card some hundreds), so that progress is seen and a pause is quick. It depends
 * on the kind only, never on measured time: the same device then forms the same batches and gets the same bits.
 */
const FLOPS = { software: 2e9, hardware: 2e11 } as const;

/** At most this many trajectories in one micro-batch, whatever their size. */
const MOST = 8;

/**
 * Rows that a trajectory takes through the model: its tokens forward, and for each span, backward (twice the work of
 * forward), every position from the beginning up to the span's end.
 */
export function rowsOf(tokens: number, ranges: readonly TokenRange[]): number {
  return tokens + 2 * ranges.reduce((sum, { end }) => sum + end - 1, 0);
}

/** Consecutive trajectories to give to the engine together: lists of indices. */
export function microBatches(rows: readonly number[], parameters: number, software: boolean): number[][] {
  const budget = FLOPS[software ? 'software' : 'hardware'] / (2 * parameters);
  const batches: number[][] = [];
  let used = Infinity;
  rows.forEach((cost, index) => {
    const current = batches.at(-1);
    if (current && current.length < MOST && used + cost <= budget) {
      current.push(index);
      used += cost;
    } else {
      batches.push([index]);
      used = cost;
    }
  });
  return batches;
}
