import { afterEach, describe, expect, it, vi } from 'vitest';
import { defineKernel, variant, type Variant } from './kernel.ts';
import { PipelineCache } from './pipelines.ts';
import { testDevice } from './testing/device.ts';

const { device } = await testDevice();

function kernel(value: string): Variant {
  return variant(
    defineKernel({
      name: 'constant',
      code: `struct Params { count: u32 }
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;
@compute @workgroup_size(1)
fn main() { if (p.count > 0u) { y[0] = ${value}; } }`,
      entryPoint: 'main',
      bindings: { y: 'read_write' },
      params: { count: 'u32' },
    }),
  );
}

afterEach(() => {
  vi.restoreAllMocks();
});

describe('the pipeline cache', () => {
  it('compiles each text once, asked for at once or again later', async () => {
    const compile = vi.spyOn(device, 'createComputePipelineAsync');
    const cache = new PipelineCache(device);
    await cache.prepare([kernel('1.0'), kernel('1.0'), kernel('2.0')]);
    await cache.prepare([kernel('2.0')]);
    expect(compile).toHaveBeenCalledTimes(2);
    expect(cache.get(kernel('1.0'))).toBe(cache.get(kernel('1.0')));
    expect(cache.get(kernel('1.0'))).not.toBe(cache.get(kernel('2.0')));
  });

  it('reports progress, one step a kernel', async () => {
    const seen: (readonly [number, number])[] = [];
    await new PipelineCache(device).prepare([kernel('1.0'), kernel('2.0'), kernel('3.0')], (done, total) => seen.push([done, total]));
    expect(seen).toEqual([
      [1, 3],
      [2, 3],
      [3, 3],
    ]);
  });

  it('names the kernel and the line of an error', async () => {
    device.pushErrorScope('validation');
    const preparing = new PipelineCache(device).prepare([kernel('missing')]);
    await expect(preparing).rejects.toThrow(/Kernel constant does not compile: 5:\d+ .*missing/);
    await device.popErrorScope();
  });

  it('names the kernel where the text is right and the layout is not', async () => {
    const one = kernel('1.0');
    const wrong: Variant = { ...one, key: 'wrong', spec: { ...one.spec, bindings: { y: 'read' } } };
    device.pushErrorScope('validation');
    await expect(new PipelineCache(device).prepare([wrong])).rejects.toThrow(/Kernel constant does not compile/);
    await device.popErrorScope();
  });

  it('says that a kernel was not prepared', () => {
    expect(() => new PipelineCache(device).get(kernel('1.0'))).toThrow(/constant was not prepared/);
  });
});
