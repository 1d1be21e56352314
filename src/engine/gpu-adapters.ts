import type { AdapterLayout } from '../backbone/adapters.ts';
import type { BufferView, GpuMemory } from '../gpu/buffers.ts';
import type { GpuMatrix } from '../gpu/kernels/matmul.ts';

/** The flat vector on the GPU, and each module's A and B as matrices within it. */
export interface GpuAdapters {
  readonly layout: AdapterLayout;
  readonly parameters: BufferView;
  readonly scale: number;
  /** True while every B is 0, as at the start of training: gradients of A are then exactly 0. */
  readonly untrained: boolean;
  readonly a: readonly GpuMatrix[];
  readonly b: readonly GpuMatrix[];
}

export function uploadAdapters(memory: GpuMemory, { layout, values }: { layout: AdapterLayout; values: Float32Array<ArrayBuffer> }): GpuAdapters {
  const untrained = layout.slots.every(({ b, out }) => values.subarray(b, b + out * layout.width).every((value) => value === 0));
  return adaptersIn(memory.upload('adapters', values), layout, untrained);
}

/** Each module's A and B within the flat vector. */
export function adaptersIn(parameters: BufferView, layout: AdapterLayout, untrained: boolean): GpuAdapters {
  const view = (start: number, floats: number): BufferView => ({ buffer: parameters.buffer, offset: start * 4, size: floats * 4 });
  const matrix = (out: number, input: number, start: number): GpuMatrix => ({
    kind: 'float',
    out,
    in: input,
    half: false,
    transposed: false,
    data: view(start, out * input),
  });
  return {
    layout,
    parameters,
    scale: layout.spec.alpha / layout.spec.rank,
    untrained,
    a: layout.slots.map((slot) => matrix(layout.width, slot.in, slot.a)),
    b: layout.slots.map((slot) => matrix(slot.out, layout.width, slot.b)),
  };
}
