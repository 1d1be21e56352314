import { expect } from 'vitest';
import { Random } from '../../core/random.ts';
import { GpuMemory, type BufferView } from '../buffers.ts';
import type { GpuDevice } from '../device.ts';
import type { Variant } from '../kernel.ts';
import { PipelineCache } from '../pipelines.ts';
import { Recorder } from '../recorder.ts';
import { testDevice } from './device.ts';

/** One device and one pipeline cache for all tests of a file: compiling is most of what they take. */
export class Bench {
  readonly gpu: GpuDevice;
  readonly memory: GpuMemory;
  readonly pipelines: PipelineCache;
  readonly recorder: Recorder;

  private constructor(gpu: GpuDevice) {
    this.gpu = gpu;
    this.memory = new GpuMemory(gpu.device);
    this.pipelines = new PipelineCache(gpu.device);
    this.recorder = new Recorder(gpu.device, this.pipelines);
  }

  /** @throws DeviceError without an adapter: these tests fail then, they are never skipped. */
  static async open(): Promise<Bench> {
    return new Bench(await testDevice());
  }

  floats(values: ArrayLike<number>): BufferView {
    return this.memory.upload('test floats', Float32Array.from(values));
  }

  words(values: ArrayLike<number>): BufferView {
    return this.memory.upload('test words', Uint32Array.from(values));
  }

  bytes(values: Uint8Array<ArrayBuffer>): BufferView {
    return this.memory.upload('test bytes', values);
  }

  /** An output buffer full of a recognisable value, so that what a kernel leaves unwritten shows. */
  output(count: number, fill = 777): BufferView {
    return this.floats(new Float32Array(count).fill(fill));
  }

  /** Compiles, records and runs; a validation error fails the test that caused it. */
  async run(kernels: readonly Variant[], record: (recorder: Recorder) => void): Promise<void> {
    await this.pipelines.prepare(kernels);
    this.gpu.device.pushErrorScope('validation');
    record(this.recorder);
    await this.recorder.finish();
    const error = await this.gpu.device.popErrorScope();
    if (error) throw new Error(error.message);
  }

  async read(view: BufferView, count: number): Promise<Float32Array> {
    return new Float32Array(await this.memory.read(view, count * 4));
  }
}

/** Standard normals times `scale`, rounded to f32, so that a reference in f64 starts from what the kernel reads. */
export function normals(seed: number, count: number, scale = 1): Float32Array<ArrayBuffer> {
  const random = new Random(seed);
  return Float32Array.from({ length: count }, () => random.normal() * scale);
}

export interface Tolerance {
  /** Factor of the largest expected magnitude. */
  readonly relative: number;
  readonly absolute?: number;
}

/**
 * Elementwise |x − y| ≤ relative·max|y| + absolute. The scale is the tensor's largest value, because the rounding error
 * of a sum is of the size of its terms, not of the result after cancellation.
 */
export function expectClose(actual: ArrayLike<number>, expected: ArrayLike<number>, { relative, absolute = 0 }: Tolerance, what = 'values'): void {
  expect(actual.length, `${what}: length`).toBe(expected.length);
  let scale = 0;
  for (let i = 0; i < expected.length; i += 1) scale = Math.max(scale, Math.abs(expected[i]));
  const allowed = relative * scale + absolute;
  let worst = 0;
  let place = 0;
  for (let i = 0; i < expected.length; i += 1) {
    const difference = Math.abs(actual[i] - expected[i]);
    if (difference > worst || !Number.isFinite(difference)) {
      worst = Number.isFinite(difference) ? difference : Infinity;
      place = i;
      if (worst === Infinity) break;
    }
  }
  if (worst > allowed) expect.fail(`${what}[${place}] is ${actual[place]}, expected ${expected[place]}: off by ${worst}, allowed ${allowed}`);
}
