import { GpuMemory, type BufferView } from '../../src/gpu/buffers.ts';
import type { GpuDevice } from '../../src/gpu/device.ts';
import { attentionKernels, keysSeen, rowsSeeing } from '../../src/gpu/kernels/attention.ts';
import { segmentOuterKernel } from '../../src/gpu/kernels/gradients.ts';
import { backwardPlan, forwardPlan, type GpuMatrix } from '../../src/gpu/kernels/matmul.ts';
import { layoutsFor } from '../../src/gpu/kernels/tiles.ts';
import { PipelineCache } from '../../src/gpu/pipelines.ts';
import { Recorder } from '../../src/gpu/recorder.ts';
import { compete, noise, type Timing } from './harness.ts';

/** Two adapters of rank 8, as the stacked rank. */
const RANK = 16;

const MODELS = [
  { name: 'Qwen2.5-0.5B', in: 896, out: 4864, heads: 14, kvHeads: 2, headDim: 64 },
  { name: 'bundled', in: 96, out: 256, heads: 6, kvHeads: 2, headDim: 16 },
] as const;

export interface KernelResult {
  readonly model: string;
  readonly tokens: number;
  readonly timings: readonly Timing[];
}

/** The LoRA kernels of one up-projection and causal attention, forward and backward, at both models' shapes. */
export async function benchKernels(gpu: GpuDevice, tokens: number): Promise<KernelResult[]> {
  const results: KernelResult[] = [];
  for (const model of MODELS) {
    const memory = new GpuMemory(gpu.device);
    const pipelines = new PipelineCache(gpu.device);
    const recorder = new Recorder(gpu.device, pipelines);
    const made: BufferView[] = [];
    const floats = (count: number, seed: number): BufferView => {
      const view = memory.upload('bench', noise(count, seed));
      made.push(view);
      return view;
    };
    const { matmul, outer } = layoutsFor(gpu.capabilities);
    const matrix = (out: number, input: number): GpuMatrix => ({ kind: 'float', out, in: input, half: false, transposed: false, data: floats(out * input, out) });
    const a = matrix(RANK, model.in);
    const b = matrix(model.out, RANK);
    const down = forwardPlan(a, matmul);
    const up = forwardPlan(b, matmul);
    const backUp = backwardPlan(b, matmul);
    const backDown = backwardPlan(a, matmul);
    const gradient = segmentOuterKernel(outer, true);
    const attention = attentionKernels(model);
    await pipelines.prepare([down, up, backUp, backDown, gradient].map(({ kernel }) => kernel).concat(attention.kernels));
    const x = floats(tokens * model.in, 1);
    const y = floats(tokens * model.out, 2);
    const hidden = floats(tokens * RANK, 3);
    const g = floats(model.out * RANK, 4);
    const info = Uint32Array.from({ length: tokens * 4 }, (_, i) => [Math.floor(i / 4), 0, tokens, 0][i % 4]);
    const rowInfo = memory.upload('rows', info);
    const [keys, queries] = [keysSeen(info), rowsSeeing(info)];
    const segments = memory.upload('segments', Uint32Array.of(0, tokens));
    made.push(rowInfo, segments);
    const q = floats(tokens * model.heads * model.headDim, 5);
    const [k, v] = [floats(tokens * model.kvHeads * model.headDim, 6), floats(tokens * model.kvHeads * model.headDim, 7)];
    const [o, dq] = [floats(tokens * model.heads * model.headDim, 8), floats(tokens * model.heads * model.headDim, 9)];
    const [dk, dv] = [floats(tokens * model.kvHeads * model.headDim, 10), floats(tokens * model.kvHeads * model.headDim, 11)];
    const lse = floats(tokens * model.heads, 12);
    const stats = floats(tokens * model.heads * 2, 13);
    const context = (tokens + 1) / 2;
    const pair = 2 * tokens * model.heads * model.headDim * context;
    const contest = (name: string, flops: number, record: () => void): Parameters<typeof compete>[0][number] => {
      const repeats = Math.max(1, Math.round(2e7 / flops));
      return {
        name,
        work: (flops * repeats) / 1e9,
        unit: 'GFLOP/s',
        run: async () => {
          for (let i = 0; i < repeats; i += 1) record();
          await recorder.finish();
        },
      };
    };
    const timings = await compete([
      contest('LoRA x·Aᵀ', 2 * tokens * model.in * RANK, () => down.record(recorder, { weight: a, x, y: hidden, m: tokens })),
      contest('LoRA y += h·Bᵀ', 2 * tokens * model.out * RANK, () => up.record(recorder, { weight: b, x: hidden, y, m: tokens, accumulate: true })),
      contest('LoRA dh = dy·B', 2 * tokens * model.out * RANK, () => backUp.record(recorder, { weight: b, x: y, y: hidden, m: tokens })),
      contest('LoRA dx += dh·A', 2 * tokens * model.in * RANK, () => backDown.record(recorder, { weight: a, x: hidden, y: x, m: tokens, accumulate: true })),
      contest('LoRA dB = dyᵀ·h', 2 * tokens * model.out * RANK, () =>
        gradient.record(recorder, { l: y, r: hidden, rowInfo, segments, g }, { left: model.out, right: RANK, first: 0, count: model.out, segments: 1, rows: tokens }),
      ),
      contest('LoRA dA = dhᵀ·x', 2 * tokens * model.in * RANK, () =>
        gradient.record(recorder, { l: hidden, r: x, rowInfo, segments, g }, { left: RANK, right: model.in, first: 0, count: RANK, segments: 1, rows: tokens }),
      ),
      contest('attention forward', 2 * pair, () => attention.forward(recorder, { q, k, v, rowInfo, o, lse }, keys)),
      contest('attention backward, stats and dQ', 3 * pair, () => {
        attention.stats(recorder, { dO: o, o, lse, rowInfo, stats }, tokens);
        attention.dq(recorder, { q, k, v, dO: o, stats, rowInfo, dq }, keys);
      }),
      contest('attention backward, dK and dV', 4 * pair, () => attention.dkv(recorder, { q, k, v, dO: o, stats, rowInfo, dk, dv }, queries)),
    ]);
    results.push({ model: model.name, tokens, timings });
    for (const view of made) memory.destroy(view);
    recorder.destroy();
  }
  return results;
}
