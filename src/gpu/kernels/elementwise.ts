import gateCode from '../../../shaders/lora-gate.wgsl?raw';
import swigluBackwardCode from '../../../shaders/swiglu-backward.wgsl?raw';
import swigluCode from '../../../shaders/swiglu.wgsl?raw';
import type { BufferView } from '../buffers.ts';
import { defineKernel, variant } from '../kernel.ts';
import type { Recorder } from '../recorder.ts';
import { threads } from './grid.ts';

export const swiglu = defineKernel({
  name: 'swiglu',
  code: swigluCode,
  entryPoint: 'main',
  bindings: { g: 'read', u: 'read', y: 'read_write' },
  params: { count: 'u32' },
});

export const swigluBackward = defineKernel({
  name: 'swiglu-backward',
  code: swigluBackwardCode,
  entryPoint: 'main',
  bindings: { dy: 'read', g: 'read', u: 'read', rowInfo: 'read', dg: 'read_write', du: 'read_write' },
  params: { rows: 'u32', width4: 'u32' },
});

export const loraGate = defineKernel({
  name: 'lora-gate',
  code: gateCode,
  entryPoint: 'main',
  bindings: { rowInfo: 'read', adapters: 'read', h: 'read_write' },
  params: { rows: 'u32', width: 'u32', rank: 'u32' },
});

export function swigluKernel() {
  const kernel = variant(swiglu);
  return {
    kernel,
    /** y = silu(g)∘u over `values` floats, a multiple of 4. */
    record(recorder: Recorder, bind: { g: BufferView; u: BufferView; y: BufferView }, values: number): void {
      recorder.dispatch(kernel, { bind, params: { count: values / 4 }, workgroups: threads(values / 4) });
    },
  };
}

export function swigluBackwardKernel() {
  const kernel = variant(swigluBackward);
  return {
    kernel,
    record(
      recorder: Recorder,
      bind: { dy: BufferView; g: BufferView; u: BufferView; rowInfo: BufferView; dg: BufferView; du: BufferView },
      rows: number,
      width: number,
    ): void {
      recorder.dispatch(kernel, { bind, params: { rows, width4: width / 4 }, workgroups: threads((rows * width) / 4) });
    },
  };
}

export function loraGateKernel() {
  const kernel = variant(loraGate);
  return {
    kernel,
    /** Keeps of h [rows, width] the `rank` columns of each row's adapter. */
    record(recorder: Recorder, bind: { rowInfo: BufferView; adapters: BufferView; h: BufferView }, size: { rows: number; width: number; rank: number }): void {
      recorder.dispatch(kernel, { bind, params: size, workgroups: threads(size.rows * size.width) });
    },
  };
}
