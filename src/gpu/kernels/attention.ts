import dkvCode from '../../../shaders/attention-dkv.wgsl?raw';
import dqCode from '../../../shaders/attention-dq.wgsl?raw';
import statsCode from '../../../shaders/attention-stats.wgsl?raw';
import code from '../../../shaders/attention.wgsl?raw';
import ropeCode from '../../../shaders/rope.wgsl?raw';
import type { BufferView } from '../buffers.ts';
import { defineKernel, variant } from '../kernel.ts';
import type { Recorder } from '../recorder.ts';
import { threads } from './grid.ts';

const SHAPE = { heads: 'u32', kvHeads: 'u32', scale: 'f32' } as const;

export const rope = defineKernel({
  name: 'rope',
  code: ropeCode,
  entryPoint: 'main',
  bindings: { rowInfo: 'read', table: 'read', x: 'read_write' },
  params: { rows: 'u32', heads: 'u32', headDim: 'u32', direction: 'f32' },
});

export const attention = defineKernel({
  name: 'attention',
  code,
  entryPoint: 'main',
  bindings: { q: 'read', k: 'read', v: 'read', rowInfo: 'read', o: 'read_write', lse: 'read_write' },
  params: { first: 'u32', end: 'u32', ...SHAPE },
});

export const attentionStats = defineKernel({
  name: 'attention-stats',
  code: statsCode,
  entryPoint: 'main',
  bindings: { dO: 'read', o: 'read', lse: 'read', rowInfo: 'read', stats: 'read_write' },
  params: { rows: 'u32', heads: 'u32' },
});

export const attentionDq = defineKernel({
  name: 'attention-dq',
  code: dqCode,
  entryPoint: 'main',
  bindings: { q: 'read', k: 'read', v: 'read', dO: 'read', stats: 'read', rowInfo: 'read', dq: 'read_write' },
  params: { first: 'u32', end: 'u32', ...SHAPE },
});

export const attentionDkv = defineKernel({
  name: 'attention-dkv',
  code: dkvCode,
  entryPoint: 'main',
  bindings: { q: 'read', k: 'read', v: 'read', dO: 'read', stats: 'read', rowInfo: 'read', dk: 'read_write', dv: 'read_write' },
  params: { first: 'u32', end: 'u32', ...SHAPE },
});

/** Heads of a decoder; scale is 1/√headDim. */
export interface HeadShape {
  readonly heads: number;
  readonly kvHeads: number;
  readonly headDim: number;
}

/** Rows of a slice are multiples of this, so that pairs of rows (attention-dq.wgsl) stay together. */
const SLICE = 4;

/**
 * The work of attention row by row, as prefix sums [rows + 1]: what rows before row r see together. Estimates decide
 * where long work is cut, so that they must hold for the last rows of a sequence, not on average.
 */
export type ContextSums = Float64Array;

function prefixSums(rowInfo: Uint32Array, seen: (row: number) => number): ContextSums {
  const rows = rowInfo.length / 4;
  const sums = new Float64Array(rows + 1);
  for (let row = 0; row < rows; row += 1) sums[row + 1] = sums[row] + seen(row);
  return sums;
}

/** Keys that each row's query sees; `rowInfo` vec4u a row as attentionKernels says. */
export function keysSeen(rowInfo: Uint32Array): ContextSums {
  return prefixSums(rowInfo, (row) => rowInfo[row * 4] - rowInfo[row * 4 + 1] + 1);
}

/** Rows of its stream that see each row's key. */
export function rowsSeeing(rowInfo: Uint32Array): ContextSums {
  return prefixSums(rowInfo, (row) => rowInfo[row * 4 + 2] - row);
}

/** Ranges of rows of at most `limit` floating-point operations, where `work` is one row's with one key; SLICE rows at least. */
function slices(sums: ContextSums, work: number, limit: number): { readonly first: number; readonly end: number; readonly flops: number }[] {
  const rows = sums.length - 1;
  const made: { first: number; end: number; flops: number }[] = [];
  for (let first = 0; first < rows; ) {
    let end = Math.min(rows, first + SLICE);
    while (end < rows && (sums[Math.min(rows, end + SLICE)] - sums[first]) * work <= limit) end = Math.min(rows, end + SLICE);
    made.push({ first, end, flops: (sums[end] - sums[first]) * work });
    first = end;
  }
  return made;
}

/**
 * Causal grouped-query attention over packed sequences and its backward over streams of gradient rows.
 * `rowInfo` vec4u a row: token, first token of its sequence, end of its stream (row index), segment.
 * Work beyond the recorder's limit is cut by rows.
 */
export function attentionKernels({ heads, kvHeads, headDim }: HeadShape) {
  const constants = { HD4: headDim / 4 };
  // Two rows an invocation share their loads (1.5 times as fast for heads of 16); wider heads would spill registers.
  const rowsEach = headDim <= 32 ? 2 : 1;
  const backward = { ...constants, ROWS: rowsEach };
  const scale = 1 / Math.sqrt(headDim);
  const kernels = {
    rope: variant(rope),
    forward: variant(attention, constants),
    stats: variant(attentionStats, constants),
    dq: variant(attentionDq, { ...backward, PAIR: rowsEach === 2 ? 1 : 0 }),
    dkv: variant(attentionDkv, backward),
  };
  /** Of one row with one key. */
  const work = (products: number): number => 2 * products * heads * headDim;
  return {
    kernels: Object.values(kernels),
    rope(recorder: Recorder, bind: { rowInfo: BufferView; table: BufferView; x: BufferView }, rows: number, width: 'q' | 'kv', direction: 1 | -1): void {
      const count = width === 'q' ? heads : kvHeads;
      recorder.dispatch(kernels.rope, { bind, params: { rows, heads: count, headDim, direction }, workgroups: threads((rows * count * headDim) / 2) });
    },
    forward(
      recorder: Recorder,
      bind: { q: BufferView; k: BufferView; v: BufferView; rowInfo: BufferView; o: BufferView; lse: BufferView },
      keys: ContextSums,
    ): void {
      for (const { first, end, flops } of slices(keys, work(2), recorder.dispatchLimit)) {
        recorder.dispatch(kernels.forward, { bind, params: { first, end, heads, kvHeads, scale }, workgroups: threads((end - first) * heads), flops });
      }
    },
    stats(recorder: Recorder, bind: { dO: BufferView; o: BufferView; lse: BufferView; rowInfo: BufferView; stats: BufferView }, rows: number): void {
      recorder.dispatch(kernels.stats, { bind, params: { rows, heads }, workgroups: threads(rows * heads) });
    },
    dq(
      recorder: Recorder,
      bind: { q: BufferView; k: BufferView; v: BufferView; dO: BufferView; stats: BufferView; rowInfo: BufferView; dq: BufferView },
      keys: ContextSums,
    ): void {
      for (const { first, end, flops } of slices(keys, work(3), recorder.dispatchLimit)) {
        recorder.dispatch(kernels.dq, { bind, params: { first, end, heads, kvHeads, scale }, workgroups: threads(Math.ceil((end - first) / rowsEach) * heads), flops });
      }
    },
    /** `queries`: rowsSeeing. */
    dkv(
      recorder: Recorder,
      bind: { q: BufferView; k: BufferView; v: BufferView; dO: BufferView; stats: BufferView; rowInfo: BufferView; dk: BufferView; dv: BufferView },
      queries: ContextSums,
    ): void {
      for (const { first, end, flops } of slices(queries, work(4), recorder.dispatchLimit)) {
        recorder.dispatch(kernels.dkv, { bind, params: { first, end, heads, kvHeads, scale }, workgroups: threads(Math.ceil((end - first) / rowsEach) * kvHeads), flops });
      }
    },
  };
}
