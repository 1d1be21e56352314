import code from '../../../shaders/embed-gather.wgsl?raw';
import gatherCode from '../../../shaders/gather-rows.wgsl?raw';
import spreadCode from '../../../shaders/spread-rows.wgsl?raw';
import type { BufferView } from '../buffers.ts';
import { defineKernel, variant } from '../kernel.ts';
import type { Recorder } from '../recorder.ts';
import { threads } from './grid.ts';

export const embedGather = defineKernel({
  name: 'embed-gather',
  code,
  entryPoint: 'main',
  bindings: { tokens: 'read', table: 'read', x: 'read_write' },
  params: { count: 'u32', width: 'u32', first: 'u32', rows: 'u32' },
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

/** x [count, width] ← rows of a table shard that holds entries first … first + rows − 1. */
export function embedGatherKernel(half: boolean) {
  const kernel = variant(embedGather, { HALF: half ? 1 : 0 });
  return {
    kernel,
    record(recorder: Recorder, bind: { tokens: BufferView; table: BufferView; x: BufferView }, size: { count: number; width: number; first: number; rows: number }): void {
      recorder.dispatch(kernel, { bind, params: size, workgroups: threads((size.count * size.width) / 4) });
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
