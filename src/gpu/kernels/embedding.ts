import quantisedCode from '../../../shaders/embed-gather-quantised.wgsl?raw';
import code from '../../../shaders/embed-gather.wgsl?raw';
import gatherCode from '../../../shaders/gather-rows.wgsl?raw';
import spreadCode from '../../../shaders/spread-rows.wgsl?raw';
import type { BufferView } from '../buffers.ts';
import { defineKernel, variant, type Variant } from '../kernel.ts';
import type { Recorder } from '../recorder.ts';
import { threads } from './grid.ts';
import { quantisedConstants, quantisedRow, type GpuMatrix } from './matmul.ts';

export const embedGather = defineKernel({
  name: 'embed-gather',
  code,
  entryPoint: 'main',
  bindings: { tokens: 'read', table: 'read', x: 'read_write' },
  params: { count: 'u32', width: 'u32', first: 'u32', rows: 'u32' },
});

export const embedGatherQuantised = defineKernel({
  name: 'embed-gather-quantised',
  code: quantisedCode,
  entryPoint: 'main',
  bindings: { tokens: 'read', table: 'read', scales: 'read', zeros: 'read', x: 'read_write' },
  params: { count: 'u32', width: 'u32', first: 'u32', rows: 'u32', blocks: 'u32', zeroBytes: 'u32' },
});

export const gatherRows = defineKernel({
  name: 'gather-rows',
  code: gatherCode,
  entryPoint: 'main',
  bindings: { x: 'read', index: 'read', y: 'read_write' },
  params: { count: 'u32', width4: 'u32' },
});

export const spreadRows = defineKernel({
  name: 'spread-rows',
  code: spreadCode,
  entryPoint: 'main',
  bindings: { x: 'read', source: 'read', weight: 'read', y: 'read_write' },
  params: { rows: 'u32', width4: 'u32' },
});

/** Rows of a table's shard: entries first … first + matrix.out − 1 of the vocabulary. */
export interface EmbeddingShard {
  readonly first: number;
  readonly matrix: GpuMatrix;
}

export interface EmbedGather {
  readonly kernel: Variant;
  /** x [count, width] ← the shard's rows of those tokens that stand in it; the other rows of x stay. */
  record(recorder: Recorder, bind: { tokens: BufferView; x: BufferView }, shard: EmbeddingShard, count: number): void;
}

/** For tables that are stored as this one is. @throws Error where a shard stored otherwise is gathered from */
export function embedGatherKernel(table: GpuMatrix): EmbedGather {
  if (table.kind === 'float') {
    const kernel = variant(embedGather, { HALF: table.half ? 1 : 0 });
    return {
      kernel,
      record(recorder, { tokens, x }, { first, matrix: { kind, data, in: width, out: rows } }, count) {
        if (kind !== 'float') throw new Error('The kernel gathers from float tables.');
        recorder.dispatch(kernel, { bind: { tokens, table: data, x }, params: { count, width, first, rows }, workgroups: threads((count * width) / 4) });
      },
    };
  }
  const kernel = variant(embedGatherQuantised, quantisedConstants(table));
  const row = quantisedRow(table);
  return {
    kernel,
    record(recorder, { tokens, x }, { first, matrix }, count) {
      if (matrix.kind !== table.kind) throw new Error(`The kernel gathers from ${table.kind === 'q4' ? 4 : 8}-bit tables.`);
      const { data, scales, zeros, in: width, out: rows } = matrix;
      recorder.dispatch(kernel, { bind: { tokens, table: data, scales, zeros: zeros ?? scales, x }, params: { count, width, first, rows, ...row }, workgroups: threads((count * width) / 4) });
    },
  };
}

export function gatherRowsKernel() {
  const kernel = variant(gatherRows);
  return {
    kernel,
    record(recorder: Recorder, bind: { x: BufferView; index: BufferView; y: BufferView }, count: number, width: number): void {
      recorder.dispatch(kernel, { bind, params: { count, width4: width / 4 }, workgroups: threads((count * width) / 4) });
    },
  };
}

export function spreadRowsKernel() {
  const kernel = variant(spreadRows);
  return {
    kernel,
    record(recorder: Recorder, bind: { x: BufferView; source: BufferView; weight: BufferView; y: BufferView }, rows: number, width: number): void {
      recorder.dispatch(kernel, { bind, params: { rows, width4: width / 4 }, workgroups: threads((rows * width) / 4) });
    },
  };
}
