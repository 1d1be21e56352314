import adamwCode from '../../../shaders/adamw.wgsl?raw';
import productsCode from '../../../shaders/gradient-products.wgsl?raw';
import type { BufferView } from '../buffers.ts';
import { defineKernel, variant } from '../kernel.ts';
import type { Recorder } from '../recorder.ts';
import { threads } from './grid.ts';

export const adamw = defineKernel({
  name: 'adamw',
  code: adamwCode,
  entryPoint: 'main',
  bindings: { gradients: 'read', owner: 'read', table: 'read', m: 'read_write', v: 'read_write', w: 'read_write' },
  params: { count: 'u32', losses: 'u32', adapters: 'u32', beta1: 'f32', beta2: 'f32', epsilon: 'f32', decay: 'f32', correction1: 'f32', correction2: 'f32', clip: 'f32' },
});

export const gradientProducts = defineKernel({
  name: 'gradient-products',
  code: productsCode,
  entryPoint: 'main',
  bindings: { g: 'read', owner: 'read', y: 'read_write' },
  params: { count: 'u32', losses: 'u32', adapters: 'u32', chunk: 'u32', chunks: 'u32' },
});

export interface AdamWSettings {
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
  /** Decoupled weight decay, multiplied by the learning rate. */
  readonly decay: number;
}

/** Parameters, losses whose gradients are mixed, and adapters. */
export interface OptimiserSize {
  readonly count: number;
  readonly losses: number;
  readonly adapters: number;
}

export function adamwKernel() {
  const kernel = variant(adamw);
  return {
    kernel,
    /** `table`: weights [losses, adapters], then rates [adapters]. `step` counts from 1; `clip` is the factor of global-norm clipping (1 = none). */
    record(
      recorder: Recorder,
      bind: { gradients: BufferView; owner: BufferView; table: BufferView; m: BufferView; v: BufferView; w: BufferView },
      { count, losses, adapters }: OptimiserSize,
      step: number,
      { beta1, beta2, epsilon, decay }: AdamWSettings,
      clip = 1,
    ): void {
      recorder.dispatch(kernel, {
        bind,
        params: { count, losses, adapters, beta1, beta2, epsilon, decay, correction1: 1 - beta1 ** step, correction2: 1 - beta2 ** step, clip },
        workgroups: threads(count),
      });
    },
  };
}

/** Parameters of one partial sum: at least this many, and at most MAX_CHUNKS partial sums. */
const MIN_CHUNK = 256;
const MAX_CHUNKS = 4096;

export function productEntries({ losses, adapters }: OptimiserSize): number {
  return ((losses * (losses + 1)) / 2) * adapters;
}

export function productChunks({ count }: OptimiserSize): { readonly chunk: number; readonly chunks: number } {
  const chunk = Math.max(MIN_CHUNK, Math.ceil(count / MAX_CHUNKS));
  return { chunk, chunks: Math.ceil(count / chunk) };
}

export function gradientProductsKernel() {
  const kernel = variant(gradientProducts);
  return {
    kernel,
    /** y [chunks, productEntries]. */
    record(recorder: Recorder, bind: { g: BufferView; owner: BufferView; y: BufferView }, size: OptimiserSize): void {
      const { chunk, chunks } = productChunks(size);
      const { count, losses, adapters } = size;
      recorder.dispatch(kernel, { bind, params: { count, losses, adapters, chunk, chunks }, workgroups: threads(chunks * productEntries(size)) });
    },
  };
}
