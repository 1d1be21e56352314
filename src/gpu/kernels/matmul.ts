import floatNnCode from '../../../shaders/matmul-float-nn.wgsl?raw';
import floatNtCode from '../../../shaders/matmul-float-nt.wgsl?raw';
import quantisedNnCode from '../../../shaders/matmul-quantised-nn.wgsl?raw';
import quantisedNtCode from '../../../shaders/matmul-quantised-nt.wgsl?raw';
import type { BufferView } from '../buffers.ts';
import { defineKernel, variant, type Variant } from '../kernel.ts';
import type { Recorder } from '../recorder.ts';

export const matmulQuantisedNt = defineKernel({
  name: 'matmul-quantised-nt',
  code: quantisedNtCode,
  entryPoint: 'main',
  bindings: { x: 'read', w: 'read', scales: 'read', zeros: 'read', bias: 'read', y: 'read_write' },
  params: { m: 'u32', n: 'u32', k: 'u32', stride: 'u32', blocks: 'u32', zeroBytes: 'u32', hasBias: 'u32', accumulate: 'u32', alpha: 'f32' },
});

export const matmulQuantisedNn = defineKernel({
  name: 'matmul-quantised-nn',
  code: quantisedNnCode,
  entryPoint: 'main',
  bindings: { x: 'read', w: 'read', scales: 'read', zeros: 'read', y: 'read_write' },
  params: { m: 'u32', n: 'u32', k: 'u32', stride: 'u32', blocks: 'u32', zeroBytes: 'u32', accumulate: 'u32', alpha: 'f32' },
});

const FLOAT_PARAMS = { m: 'u32', n: 'u32', k: 'u32', stride: 'u32', hasBias: 'u32', accumulate: 'u32', alpha: 'f32' } as const;

export const matmulFloatNt = defineKernel({
  name: 'matmul-float-nt',
  code: floatNtCode,
  entryPoint: 'main',
  bindings: { x: 'read', w: 'read', bias: 'read', y: 'read_write' },
  params: FLOAT_PARAMS,
});

export const matmulFloatNn = defineKernel({
  name: 'matmul-float-nn',
  code: floatNnCode,
  entryPoint: 'main',
  bindings: { x: 'read', w: 'read', bias: 'read', y: 'read_write' },
  params: FLOAT_PARAMS,
});

/**
 * A register tile: rows × columns an invocation makes, the workgroup, and whether lanes share their row loads.
 * Columns are multiples of 8 (4 for float weights). With subgroups wgX is a multiple of 4 and wgY is 1.
 */
export interface Tile {
  readonly rows: number;
  readonly columns: number;
  readonly wgX: number;
  readonly wgY: number;
  readonly subgroups: boolean;
}

/** Tiles by output width: `slim` for floats up to 16 columns (adapters), `narrow` up to 32, else `wide`. */
export interface Tiles {
  readonly wide: Tile;
  readonly narrow: Tile;
  readonly slim: Tile;
  /** For the quantised dX, whose words lie a whole row apart: more rows a tile spread that cost. */
  readonly quantisedBackward: Tile;
}

/** W [out, in] of 4 or 8 bits, laid out as MatMulNBits has it (matmul-quantised-nt.wgsl); `block` ≤ `in`, multiples of 16. */
export interface GpuQuantisedMatrix {
  readonly kind: 'q4' | 'q8';
  readonly out: number;
  readonly in: number;
  readonly block: number;
  readonly data: BufferView;
  readonly scales: BufferView;
  readonly zeros: BufferView | null;
}

/** A weight on the GPU, logically W [out, in]. `transposed` floats are stored [in, out]. */
export type GpuMatrix =
  | GpuQuantisedMatrix
  | { readonly kind: 'float'; readonly out: number; readonly in: number; readonly half: boolean; readonly transposed: boolean; readonly data: BufferView };

export interface MatmulArguments {
  readonly weight: GpuMatrix;
  readonly x: BufferView;
  readonly y: BufferView;
  /** Rows of x and y. */
  readonly m: number;
  readonly bias?: BufferView;
  readonly accumulate?: boolean;
  readonly alpha?: number;
  /** Row length of the output side in floats where it is padded to a multiple of 4: y forward, x backward (zeros there). */
  readonly stride?: number;
}

/** A matmul's compiled form and its output's grid; built once per weight shape by the engine. */
export interface MatmulPlan {
  readonly kernel: Variant;
  readonly record: (recorder: Recorder, args: MatmulArguments) => void;
}

function pick(tiles: Tiles, columns: number, quantised: boolean): Tile {
  if (!quantised && columns <= 16) return tiles.slim;
  return columns <= 32 ? tiles.narrow : tiles.wide;
}

function grid(tile: Tile, m: number, columns: number): readonly [number, number] {
  return [Math.ceil(columns / (tile.columns * tile.wgX)), Math.ceil(m / (tile.rows * tile.wgY))];
}

function layout(tile: Tile): Record<string, number> {
  return { TILE_M: tile.rows, WG_X: tile.wgX, WG_Y: tile.wgY, SUBGROUPS: tile.subgroups ? 1 : 0 };
}

/** y [m, out] = α · x [m, in] · Wᵀ + bias. */
export function forwardPlan(weight: GpuMatrix, tiles: Tiles): MatmulPlan {
  if (weight.kind !== 'float') return quantisedForward(weight, tiles);
  return weight.transposed ? floatNn(weight.out, weight.in, weight.half, tiles) : floatNt(weight.out, weight.in, weight.half, tiles);
}

/** x [m, out] ↦ y [m, in] = α · x · W: the gradient with respect to the forward's input. */
export function backwardPlan(weight: GpuMatrix, tiles: Tiles): MatmulPlan {
  if (weight.kind !== 'float') return quantisedBackward(weight, tiles);
  return weight.transposed ? floatNt(weight.in, weight.out, weight.half, tiles) : floatNn(weight.in, weight.out, weight.half, tiles);
}

/** What the text of a kernel over quantised numbers depends on. */
export function quantisedConstants({ kind, block, zeros }: Pick<GpuQuantisedMatrix, 'kind' | 'block' | 'zeros'>): Record<string, number> {
  return { BLOCK: block, BITS: kind === 'q4' ? 4 : 8, BYTES: kind === 'q4' ? 0 : 1, ZERO_POINTS: zeros ? 1 : 0 };
}

/** Blocks of a row, and bytes of its zero points. */
export function quantisedRow({ kind, in: columns, block }: Pick<GpuQuantisedMatrix, 'kind' | 'in' | 'block'>): { readonly blocks: number; readonly zeroBytes: number } {
  const blocks = Math.ceil(columns / block);
  return { blocks, zeroBytes: kind === 'q4' ? Math.ceil(blocks / 2) : blocks };
}

/** @throws Error where a plan is given a weight that its kernel does not read */
function sameKind(weight: GpuMatrix, kind: GpuQuantisedMatrix['kind']): GpuQuantisedMatrix {
  if (weight.kind === 'float' || weight.kind !== kind) throw new Error(`The plan is for a ${kind === 'q4' ? 4 : 8}-bit weight.`);
  return weight;
}

function quantisedForward(shape: GpuQuantisedMatrix, tiles: Tiles): MatmulPlan {
  const { kind, out, in: k } = shape;
  const tile = pick(tiles, out, true);
  const kernel = variant(matmulQuantisedNt, { ...layout(tile), TILE_N: tile.columns, ...quantisedConstants(shape) });
  const row = quantisedRow(shape);
  return {
    kernel,
    record: (recorder, { weight, x, y, m, bias, accumulate = false, alpha = 1, stride = out }) => {
      const { data, scales, zeros } = sameKind(weight, kind);
      recorder.dispatch(kernel, {
        bind: { x, w: data, scales, zeros: zeros ?? scales, bias: bias ?? scales, y },
        params: { m, n: out, k, stride, ...row, hasBias: bias ? 1 : 0, accumulate: accumulate ? 1 : 0, alpha },
        workgroups: grid(tile, m, out),
        flops: 2 * m * out * k,
      });
    },
  };
}

function quantisedBackward(shape: GpuQuantisedMatrix, tiles: Tiles): MatmulPlan {
  const { kind, out, in: k } = shape;
  const tile = tiles.quantisedBackward;
  const kernel = variant(matmulQuantisedNn, { ...layout(tile), TILE_W: tile.columns / 8, ...quantisedConstants(shape) });
  const row = quantisedRow(shape);
  return {
    kernel,
    record: (recorder, { weight, x, y, m, accumulate = false, alpha = 1, stride = out }) => {
      const { data, scales, zeros } = sameKind(weight, kind);
      recorder.dispatch(kernel, {
        bind: { x, w: data, scales, zeros: zeros ?? scales, y },
        params: { m, n: out, k, stride, ...row, accumulate: accumulate ? 1 : 0, alpha },
        workgroups: grid(tile, m, k),
        flops: 2 * m * out * k,
      });
    },
  };
}

/** y [m, n] = α · x [m, k] · Wᵀ with W stored [n, k]. */
function floatNt(n: number, k: number, half: boolean, tiles: Tiles): MatmulPlan {
  const tile = pick(tiles, n, false);
  const kernel = variant(matmulFloatNt, { ...layout(tile), TILE_N: tile.columns, HALF: half ? 1 : 0, RAGGED: k % 16 === 0 ? 0 : 1 });
  return {
    kernel,
    record: (recorder, { weight, x, y, m, bias, accumulate = false, alpha = 1, stride = n }) => {
      recorder.dispatch(kernel, {
        bind: { x, w: weight.data, bias: bias ?? weight.data, y },
        params: { m, n, k, stride, hasBias: bias ? 1 : 0, accumulate: accumulate ? 1 : 0, alpha },
        workgroups: grid(tile, m, n),
        flops: 2 * m * n * k,
      });
    },
  };
}

/** y [m, columns] = α · x [m, rows] · W with W stored [rows, columns]. */
function floatNn(columns: number, rows: number, half: boolean, tiles: Tiles): MatmulPlan {
  const tile = pick(tiles, columns, false);
  const kernel = variant(matmulFloatNn, { ...layout(tile), TILE_V: tile.columns / 4, HALF: half ? 1 : 0, RAGGED: rows % 16 === 0 ? 0 : 1 });
  return {
    kernel,
    record: (recorder, { weight, x, y, m, bias, accumulate = false, alpha = 1, stride = rows }) => {
      recorder.dispatch(kernel, {
        bind: { x, w: weight.data, bias: bias ?? weight.data, y },
        params: { m, n: rows, k: columns, stride, hasBias: bias ? 1 : 0, accumulate: accumulate ? 1 : 0, alpha },
        workgroups: grid(tile, m, columns),
        flops: 2 * m * rows * columns,
      });
    },
  };
}
