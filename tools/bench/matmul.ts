import { GpuMemory } from '../../src/gpu/buffers.ts';
import type { GpuDevice } from '../../src/gpu/device.ts';
import { backwardPlan, forwardPlan, type GpuMatrix } from '../../src/gpu/kernels/matmul.ts';
import { layoutsFor } from '../../src/gpu/kernels/tiles.ts';
import { PipelineCache } from '../../src/gpu/pipelines.ts';
import { Recorder } from '../../src/gpu/recorder.ts';
import { loadNodeRuntime } from '../../src/inference/testing/node-runtime.ts';
import { compete, noise, type Timing } from './harness.ts';
import { matmulNBitsModel } from './matmul-model.ts';

/** [name, out, in] of the projections: k and v, gate and up have the same shape. */
export const SHAPES = [
  ['Qwen2.5-0.5B q, o', 896, 896],
  ['Qwen2.5-0.5B k, v', 128, 896],
  ['Qwen2.5-0.5B gate, up', 4864, 896],
  ['Qwen2.5-0.5B down', 896, 4864],
  ['bundled q, o', 96, 96],
  ['bundled k, v', 32, 96],
  ['bundled gate, up', 256, 96],
  ['bundled down', 96, 256],
] as const;

export interface MatmulResult {
  readonly shape: string;
  readonly tokens: number;
  readonly timings: readonly Timing[];
  /** Largest |ours − onnxruntime's| relative to the largest value: a timing of a wrong result is worthless. */
  readonly difference: number;
}

/** Forward and dX of the 4-bit matmul against onnxruntime-web's MatMulNBits on the same device, in turn. */
export async function benchMatmul(gpu: GpuDevice, instance: GPU, tokens: number, report: (result: MatmulResult) => void): Promise<MatmulResult[]> {
  const ort = await loadNodeRuntime('webgpu', instance);
  const results: MatmulResult[] = [];
  for (const [shape, out, input] of SHAPES) {
    const memory = new GpuMemory(gpu.device);
    const pipelines = new PipelineCache(gpu.device);
    const recorder = new Recorder(gpu.device, pipelines);
    const data = Uint8Array.from(noise((out * input) / 2, 3), (value) => Math.floor((value + 0.5) * 256));
    const scales = noise((out * input) / 32, 5).map((value) => value * 0.1);
    const weight: GpuMatrix = { kind: 'q4', out, in: input, block: 32, data: memory.upload('w', data), scales: memory.upload('scales', scales), zeros: null };
    const x = memory.upload('x', noise(tokens * input, 7));
    const y = memory.create('y', tokens * out * 4);
    const dx = memory.create('dx', tokens * input * 4);
    const { matmul } = layoutsFor(gpu.capabilities);
    const forward = forwardPlan(weight, matmul);
    const backward = backwardPlan(weight, matmul);
    await pipelines.prepare([forward.kernel, backward.kernel]);
    const session = await ort.InferenceSession.create(matmulNBitsModel(tokens, out, input, data, scales), {
      executionProviders: [{ name: 'webgpu', device: gpu.device }],
      preferredOutputLocation: 'gpu-buffer',
    });
    const feed = ort.Tensor.fromGpuBuffer(x.buffer, { dataType: 'float32', dims: [tokens, input] });
    // Small shapes are repeated, so that a run measures the kernel rather than one submit.
    const repeats = Math.max(1, Math.round(2e7 / (2 * tokens * out * input)));
    const work = (2 * tokens * out * input * repeats) / 1e9;
    const ours = (plan: typeof forward, from: typeof x, to: typeof y) => async (): Promise<void> => {
      for (let i = 0; i < repeats; i += 1) plan.record(recorder, { weight, x: from, y: to, m: tokens });
      await recorder.finish();
    };
    const timings = await compete([
      { name: 'forward', work, unit: 'GFLOP/s', run: ours(forward, x, y) },
      { name: 'dX', work, unit: 'GFLOP/s', run: ours(backward, y, dx) },
      {
        name: 'onnxruntime-web MatMulNBits',
        work,
        unit: 'GFLOP/s',
        run: async () => {
          for (let i = 0; i < repeats; i += 1) {
            const { y: output } = await session.run({ x: feed });
            output.dispose();
          }
          await gpu.device.queue.onSubmittedWorkDone();
        },
      },
    ]);
    forward.record(recorder, { weight, x, y, m: tokens });
    await recorder.finish();
    const mine = new Float32Array(await memory.read(y, tokens * out * 4));
    const { y: theirs } = await session.run({ x: feed });
    const reference = (await theirs.getData(true)) as Float32Array;
    const scale = reference.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    const difference = mine.reduce((most, value, i) => Math.max(most, Math.abs(value - reference[i])), 0) / scale;
    const result = { shape, tokens, timings, difference };
    results.push(result);
    report(result);
    await session.release();
    for (const view of [x, y, dx, weight.data, weight.scales]) memory.destroy(view);
    recorder.destroy();
  }
  return results;
}
