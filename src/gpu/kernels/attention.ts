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
  params: { tokens: 'u32', ...SHAPE },
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
  params: { rows: 'u32', ...SHAPE },
});

export const attentionDkv = defineKernel({
  name: 'attention-dkv',
  code: dkvCode,
  entryPoint: 'main',
  bindings: { q: 'read', k: 'read', v: 'read', dO: 'read', stats: 'read', rowInfo: 'read', dk: 'read_write', dv: 'read_write' },
  params: { rows: 'u32', ...SHAPE },
});

/** Heads of a decoder; scale is 1/√headDim. */
export interface HeadShape {
  readonly heads: number;
  readonly kvHeads: number;
  readonly headDim: number;
}

/**
 * Causal grouped-query attention over packed sequences and its backward over streams of gradient rows.
 * `rowInfo` vec4u a row: token, first token of its sequence, end of its stream (row index), segment.
 * `averageContext` (tokens) serves the estimate of the work only.
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
  const work = (rows: number, products: number, averageContext: number): number => 2 * products * rows * heads * headDim * averageContext;
  return {
    kernels: Object.values(kernels),
    rope(recorder: Recorder, bind: { rowInfo: BufferView; table: BufferView; x: BufferView }, rows: number, width: 'q' | 'kv', direction: 1 | -1): void {
      const count = width === 'q' ? heads : kvHeads;
      recorder.dispatch(kernels.rope, { bind, params: { rows, heads: count, headDim, direction }, workgroups: threads((rows * count * headDim) / 2) });
    },
    forward(
      recorder: Recorder,
      bind: { q: BufferView; k: BufferView; v: BufferView; rowInfo: BufferView; o: BufferView; lse: BufferView },
      tokens: number,
      averageContext: number,
    ): void {
      recorder.dispatch(kernels.forward, { bind, params: { tokens, heads, kvHeads, scale }, workgroups: threads(tokens * heads), flops: work(tokens, 2, averageContext) });
    },
    stats(recorder: Recorder, bind: { dO: BufferView; o: BufferView; lse: BufferView; rowInfo: BufferView; stats: BufferView }, rows: number): void {
      recorder.dispatch(kernels.stats, { bind, params: { rows, heads }, workgroups: threads(rows * heads) });
    },
    dq(
      recorder: Recorder,
      bind: { q: BufferView; k: BufferView; v: BufferView; dO: BufferView; stats: BufferView; rowInfo: BufferView; dq: BufferView },
      rows: number,
      averageContext: number,
    ): void {
      recorder.dispatch(kernels.dq, { bind, params: { rows, heads, kvHeads, scale }, workgroups: threads(Math.ceil(rows / rowsEach) * heads), flops: work(rows, 3, averageContext) });
    },
    dkv(
      recorder: Recorder,
      bind: { q: BufferView; k: BufferView; v: BufferView; dO: BufferView; stats: BufferView; rowInfo: BufferView; dk: BufferView; dv: BufferView },
      rows: number,
      averageContext: number,
    ): void {
      recorder.dispatch(kernels.dkv, { bind, params: { rows, heads, kvHeads, scale }, workgroups: threads(Math.ceil(rows / rowsEach) * kvHeads), flops: work(rows, 4, averageContext) });
    },
  };
}
