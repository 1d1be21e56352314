import { GpuMemory } from '../buffers.ts';
import type { GpuDevice } from '../device.ts';
import type { PipelineCache } from '../pipelines.ts';
import { Recorder } from '../recorder.ts';
import { backwardPlan, forwardPlan, type GpuMatrix, type MatmulPlan, type Tile } from './matmul.ts';
import { layoutsFor, type Layouts } from './tiles.ts';

/** A projection of Qwen2.5-0.5B at 128 tokens: about 0.2 GFLOP, long enough to time on any graphics card. */
export const TUNE_SHAPE = { tokens: 128, out: 896, in: 896, repeats: 8, runs: 5 } as const;

export interface TuneShape {
  readonly tokens: number;
  readonly out: number;
  readonly in: number;
  /** Dispatches of one timing, so that a submit's overhead does not decide. */
  readonly repeats: number;
  readonly runs: number;
}

/** Tiles worth timing on a graphics card. All give the same sums in the same order: only the speed differs. */
export function candidates(subgroups: boolean): readonly Tile[] {
  const plain: Tile[] = [
    { rows: 4, columns: 8, wgX: 8, wgY: 8, subgroups: false },
    { rows: 8, columns: 8, wgX: 8, wgY: 8, subgroups: false },
    { rows: 8, columns: 8, wgX: 8, wgY: 4, subgroups: false },
    { rows: 4, columns: 8, wgX: 32, wgY: 1, subgroups: false },
  ];
  const shared: Tile[] = [
    { rows: 8, columns: 8, wgX: 32, wgY: 1, subgroups: true },
    { rows: 4, columns: 8, wgX: 64, wgY: 1, subgroups: true },
  ];
  return subgroups ? [...plain, ...shared] : plain;
}

export interface TileTiming {
  readonly tile: Tile;
  readonly forwardMs: number;
  readonly backwardMs: number;
}

/** Times the 4-bit forward and dX with each tile, medians over `runs`. */
export async function timeTiles(gpu: GpuDevice, pipelines: PipelineCache, tiles: readonly Tile[], shape: TuneShape = TUNE_SHAPE): Promise<TileTiming[]> {
  const memory = new GpuMemory(gpu.device);
  const recorder = new Recorder(gpu.device, pipelines);
  const weight: GpuMatrix = {
    kind: 'q4',
    out: shape.out,
    in: shape.in,
    block: 32,
    data: memory.create('tune weight', (shape.out * shape.in) / 2),
    scales: memory.create('tune scales', (shape.out * shape.in) / 8),
    zeros: null,
  };
  const x = memory.create('tune x', shape.tokens * Math.max(shape.in, shape.out) * 4);
  const y = memory.create('tune y', shape.tokens * Math.max(shape.in, shape.out) * 4);
  const time = async (plan: MatmulPlan): Promise<number> => {
    const times: number[] = [];
    for (let run = 0; run <= shape.runs; run += 1) {
      const started = performance.now();
      for (let i = 0; i < shape.repeats; i += 1) plan.record(recorder, { weight, x, y, m: shape.tokens });
      await recorder.finish();
      if (run > 0) times.push(performance.now() - started);
    }
    return times.sort((a, b) => a - b)[Math.floor(times.length / 2)];
  };
  try {
    const timings: TileTiming[] = [];
    for (const tile of tiles) {
      const all = { wide: tile, narrow: tile, slim: tile, quantisedBackward: tile };
      const plans = [forwardPlan(weight, all), backwardPlan(weight, all)] as const;
      await pipelines.prepare(plans.map(({ kernel }) => kernel));
      timings.push({ tile, forwardMs: await time(plans[0]), backwardMs: await time(plans[1]) });
    }
    return timings;
  } finally {
    for (const view of [weight.data, weight.scales, x, y]) memory.destroy(view);
    recorder.destroy();
  }
}

/**
 * Sizes for this device: the table for software adapters, where compiling the candidates would take longer than it
 * gains, and the fastest candidates for graphics cards.
 */
export async function tunedLayouts(gpu: GpuDevice, pipelines: PipelineCache): Promise<Layouts> {
  const base = layoutsFor(gpu.capabilities);
  if (gpu.capabilities.software) return base;
  const timings = await timeTiles(gpu, pipelines, candidates(gpu.capabilities.subgroups));
  const fastest = (key: 'forwardMs' | 'backwardMs'): Tile => timings.reduce((best, one) => (one[key] < best[key] ? one : best)).tile;
  const wide = fastest('forwardMs');
  return { ...base, matmul: { ...base.matmul, wide, quantisedBackward: fastest('backwardMs') }, gram: wide };
}
