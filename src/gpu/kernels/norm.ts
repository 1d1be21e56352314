import backwardCode from '../../../shaders/rmsnorm-backward.wgsl?raw';
import code from '../../../shaders/rmsnorm.wgsl?raw';
import type { BufferView } from '../buffers.ts';
import { defineKernel, variant } from '../kernel.ts';
import type { Recorder } from '../recorder.ts';
import { linearGrid, rowConstants, type RowLayout } from './grid.ts';

export const rmsnorm = defineKernel({
  name: 'rmsnorm',
  code,
  entryPoint: 'main',
  bindings: { x: 'read', g: 'read', y: 'read_write' },
  params: { rows: 'u32', width: 'u32', epsilon: 'f32' },
});

export const rmsnormBackward = defineKernel({
  name: 'rmsnorm-backward',
  code: backwardCode,
  entryPoint: 'main',
  bindings: { dy: 'read', x: 'read', g: 'read', rowInfo: 'read', dx: 'read_write' },
  params: { rows: 'u32', width: 'u32', heads: 'u32', accumulate: 'u32', epsilon: 'f32' },
});

export function rmsnormKernel(layout: RowLayout) {
  const kernel = variant(rmsnorm, rowConstants(layout));
  return {
    kernel,
    /** y [rows, width]; width a multiple of 4. */
    record(recorder: Recorder, bind: { x: BufferView; g: BufferView; y: BufferView }, size: { rows: number; width: number; epsilon: number }): void {
      recorder.dispatch(kernel, { bind, params: size, workgroups: linearGrid(Math.ceil(size.rows / layout.rows)) });
    },
  };
}

export function rmsnormBackwardKernel(layout: RowLayout) {
  const kernel = variant(rmsnormBackward, rowConstants(layout));
  return {
    kernel,
    /** `rows` counts (gradient row, head) pairs; `heads` is 1 for the residual stream's norms. */
    record(
      recorder: Recorder,
      bind: { dy: BufferView; x: BufferView; g: BufferView; rowInfo: BufferView; dx: BufferView },
      size: { rows: number; width: number; heads: number; accumulate: boolean; epsilon: number },
    ): void {
      recorder.dispatch(kernel, {
        bind,
        params: { ...size, accumulate: size.accumulate ? 1 : 0 },
        workgroups: linearGrid(Math.ceil(size.rows / layout.rows)),
      });
    },
  };
}
