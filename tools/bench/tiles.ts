import { GpuMemory } from '../../src/gpu/buffers.ts';
import type { GpuDevice } from '../../src/gpu/device.ts';
import { backwardPlan, forwardPlan, type GpuMatrix, type Tile } from '../../src/gpu/kernels/matmul.ts';
import { PipelineCache } from '../../src/gpu/pipelines.ts';
import { Recorder } from '../../src/gpu/recorder.ts';
import { compete, noise, type Timing } from './harness.ts';

const TOKENS = 64;
const SIZE = 896;

const REGISTER_TILES = [
  [4, 8],
  [8, 8],
  [16, 8],
  [8, 16],
] as const;

export interface TileResult {
  readonly tile: Tile;
  readonly compileMs: number;
  readonly timings: readonly Timing[];
}

/** Workgroups worth trying: one SIMD register wide on software adapters, square on GPUs; sharing by subgroups needs wgY = 1. */
function workgroups({ software, subgroups }: GpuDevice['capabilities']): Pick<Tile, 'wgX' | 'wgY' | 'subgroups'>[] {
  const plain = software ? [{ wgX: 4, wgY: 1 }] : [{ wgX: 8, wgY: 8 }, { wgX: 16, wgY: 4 }, { wgX: 32, wgY: 1 }];
  const shared = software ? [{ wgX: 4, wgY: 1 }, { wgX: 16, wgY: 1 }] : [{ wgX: 32, wgY: 1 }, { wgX: 64, wgY: 1 }];
  return [...plain.map((one) => ({ ...one, subgroups: false })), ...(subgroups ? shared.map((one) => ({ ...one, subgroups: true })) : [])];
}

/** The sweep from which src/gpu/kernels/tiles.ts takes its sizes: the four matmuls at 64 × 896 × 896. */
export async function benchTiles(gpu: GpuDevice, report: (result: TileResult) => void): Promise<TileResult[]> {
  const memory = new GpuMemory(gpu.device);
  const pipelines = new PipelineCache(gpu.device);
  const recorder = new Recorder(gpu.device, pipelines);
  const quantised: GpuMatrix = {
    kind: 'q4',
    out: SIZE,
    in: SIZE,
    block: 32,
    data: memory.upload('w', Uint8Array.from(noise((SIZE * SIZE) / 2), (value) => Math.floor((value + 0.5) * 256))),
    scales: memory.upload('scales', noise((SIZE * SIZE) / 32)),
    zeros: null,
  };
  const float: GpuMatrix = { kind: 'float', out: SIZE, in: SIZE, half: false, transposed: false, data: memory.upload('w', noise(SIZE * SIZE)) };
  const x = memory.upload('x', noise(TOKENS * SIZE));
  const y = memory.create('y', TOKENS * SIZE * 4);
  const results: TileResult[] = [];
  for (const [rows, columns] of REGISTER_TILES) {
    for (const workgroup of workgroups(gpu.capabilities)) {
      const tile: Tile = { rows, columns, ...workgroup };
      const tiles = { wide: tile, narrow: tile, slim: tile, quantisedBackward: tile };
      const plans = [
        ['4-bit forward', quantised, forwardPlan(quantised, tiles)],
        ['4-bit dX', quantised, backwardPlan(quantised, tiles)],
        ['f32 forward', float, forwardPlan(float, tiles)],
        ['f32 dX', float, backwardPlan(float, tiles)],
      ] as const;
      const started = performance.now();
      await pipelines.prepare(plans.map(([, , { kernel }]) => kernel));
      const compileMs = performance.now() - started;
      const timings = await compete(
        plans.map(([name, weight, plan]) => ({
          name,
          work: (2 * TOKENS * SIZE * SIZE) / 1e9,
          unit: 'GFLOP/s',
          run: async () => {
            plan.record(recorder, { weight, x, y, m: TOKENS });
            await recorder.finish();
          },
        })),
      );
      const result = { tile, compileMs, timings };
      results.push(result);
      report(result);
    }
  }
  return results;
}
