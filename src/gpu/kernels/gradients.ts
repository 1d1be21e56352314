import gramCode from '../../../shaders/gram.wgsl?raw';
import outerCode from '../../../shaders/segment-outer.wgsl?raw';
import sumCode from '../../../shaders/sum-chunks.wgsl?raw';
import type { BufferView } from '../buffers.ts';
import { defineKernel, variant } from '../kernel.ts';
import type { Recorder } from '../recorder.ts';
import { gridBoxes, threads } from './grid.ts';
import type { Tile } from './matmul.ts';

export const segmentOuter = defineKernel({
  name: 'segment-outer',
  code: outerCode,
  entryPoint: 'main',
  bindings: { l: 'read', r: 'read', rowInfo: 'read', segments: 'read', g: 'read_write' },
  params: { left: 'u32', right: 'u32', first: 'u32', count: 'u32', base: 'u32', x: 'u32', y: 'u32', z: 'u32', alpha: 'f32' },
});

export const gram = defineKernel({
  name: 'gram',
  code: gramCode,
  entryPoint: 'main',
  bindings: { a: 'read', k: 'read_write' },
  params: { new_: 'u32', all: 'u32', width4: 'u32', chunk4: 'u32', firstA: 'u32', base: 'u32', x: 'u32', y: 'u32', z: 'u32' },
});

export const sumChunks = defineKernel({
  name: 'sum-chunks',
  code: sumCode,
  entryPoint: 'main',
  bindings: { x: 'read', y: 'read_write' },
  params: { count: 'u32', first: 'u32', chunks: 'u32', at: 'u32', accumulate: 'u32' },
});

export interface OuterSize {
  /** Row lengths of l and r. */
  readonly left: number;
  readonly right: number;
  /** Output rows first … first + count − 1 of l's columns are made. */
  readonly first: number;
  readonly count: number;
  readonly segments: number;
  /** Rows of all segments together and of the longest (default: all), for the estimate of the work. */
  readonly rows: number;
  readonly longest?: number;
  /** Segment index in g where the first segment is written. */
  readonly base?: number;
  readonly alpha?: number;
}

/** Weight gradients per segment of rows; `tokens`: r's rows are tokens, found through rowInfo. */
export function segmentOuterKernel(tile: Tile, tokens: boolean) {
  const kernel = variant(segmentOuter, {
    TILE_O4: Math.max(1, tile.rows / 4),
    TILE_V: Math.max(1, tile.columns / 4),
    TILE_O: Math.max(4, tile.rows),
    WG_X: tile.wgX,
    WG_Y: tile.subgroups ? 1 : tile.wgY,
    SUBGROUPS: tile.subgroups ? 1 : 0,
    TOKENS: tokens ? 1 : 0,
  });
  const rows = Math.max(4, tile.rows) * (tile.subgroups ? 1 : tile.wgY);
  const columns = Math.max(4, tile.columns) * tile.wgX;
  return {
    kernel,
    record(
      recorder: Recorder,
      bind: { l: BufferView; r: BufferView; rowInfo: BufferView; segments: BufferView; g: BufferView },
      { left, right, first, count, segments, rows: total, longest = total, base = 0, alpha = 1 }: OuterSize,
    ): void {
      const grid = [Math.ceil(right / columns), Math.ceil(count / rows), segments] as const;
      const groups = grid[0] * grid[1] * segments;
      for (const { from, size } of gridBoxes(grid, 2 * longest * rows * columns, recorder.dispatchLimit)) {
        const flops = (2 * total * count * right * size[0] * size[1] * size[2]) / groups;
        recorder.dispatch(kernel, { bind, params: { left, right, first, count, base, x: from[0], y: from[1], z: from[2], alpha }, workgroups: size, flops });
      }
    },
  };
}

export interface GramSize {
  /** Rows firstA … firstA + added − 1 against rows 0 … all − 1. */
  readonly added: number;
  readonly all: number;
  readonly firstA: number;
  /** Floats of a row. */
  readonly width: number;
  /** Chunk index in k where this width's chunks begin. */
  readonly base: number;
}

/** Floats of one chunk of an inner product: short enough that f32 sums stay near 1e-7, long enough to keep K small. */
export const GRAM_CHUNK = 4096;

export function gramChunks(width: number): number {
  return Math.ceil(width / GRAM_CHUNK);
}

export function gramKernel(tile: Tile) {
  const kernel = variant(gram, { TILE_M: tile.rows, TILE_N: tile.columns, WG_X: tile.wgX, WG_Y: tile.wgY, SUBGROUPS: tile.subgroups ? 1 : 0 });
  return {
    kernel,
    record(recorder: Recorder, bind: { a: BufferView; k: BufferView }, { added, all, firstA, width, base }: GramSize): void {
      const [columns, rows] = [tile.columns * tile.wgX, tile.rows * tile.wgY];
      const grid = [Math.ceil(all / columns), Math.ceil(added / rows), gramChunks(width)] as const;
      const groups = grid[0] * grid[1] * grid[2];
      for (const { from, size } of gridBoxes(grid, 2 * rows * columns * GRAM_CHUNK, recorder.dispatchLimit)) {
        const flops = (2 * added * all * width * size[0] * size[1] * size[2]) / groups;
        recorder.dispatch(kernel, { bind, params: { new_: added, all, width4: width / 4, chunk4: GRAM_CHUNK / 4, firstA, base, x: from[0], y: from[1], z: from[2] }, workgroups: size, flops });
      }
    },
  };
}

export function sumChunksKernel() {
  const kernel = variant(sumChunks);
  return {
    kernel,
    /** y[at + j] (+=) Σ of `chunks` rows of x [·, count], from row `first`. */
    record(recorder: Recorder, bind: { x: BufferView; y: BufferView }, size: { count: number; first: number; chunks: number; at: number; accumulate: boolean }): void {
      recorder.dispatch(kernel, { bind, params: { ...size, accumulate: size.accumulate ? 1 : 0 }, workgroups: threads(size.count) });
    },
  };
}
