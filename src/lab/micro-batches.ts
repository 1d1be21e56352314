import { BATCH_BYTES, stepBytes, type StepShape, type StepSize } from '../engine/step-memory.ts';
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
  return tokens + 2 * gradientRows(ranges);
}

/** Positions that the spans' gradients go through. */
export function gradientRows(ranges: readonly TokenRange[]): number {
  return ranges.reduce((sum, { end }) => sum + end - 1, 0);
}

/** What the bytes of a batch follow from: the model's shape, and the size of each trajectory. */
export interface BatchMemory {
  readonly shape: StepShape;
  readonly sizes: readonly StepSize[];
}

/**
 * Consecutive trajectories to give to the engine together: lists of indices. A trajectory that alone exceeds a bound
 * stands alone.
 * @param rows of each trajectory, as rowsOf
 */
export function microBatches(rows: readonly number[], parameters: number, software: boolean, { shape, sizes }: BatchMemory): number[][] {
  const budget = FLOPS[software ? 'software' : 'hardware'] / (2 * parameters);
  const batches: number[][] = [];
  const size = { tokens: 0, rows: 0 };
  let used = Infinity;
  rows.forEach((cost, index) => {
    const current = batches.at(-1);
    const own = sizes[index];
    const together = { tokens: size.tokens + own.tokens, rows: size.rows + own.rows };
    if (current && current.length < MOST && used + cost <= budget && stepBytes(shape, together) <= BATCH_BYTES) {
      current.push(index);
      used += cost;
      Object.assign(size, together);
    } else {
      batches.push([index]);
      used = cost;
      Object.assign(size, { tokens: own.tokens, rows: own.rows });
    }
  });
  return batches;
}
