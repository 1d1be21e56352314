import { bitsOf, type QuantisedMatrix, type WeightMatrix } from '../backbone/types.ts';

/** How a matrix is stored; `bytes` of one float, `block` 'row' where each row has one scale. */
export type MatrixStorage =
  | { readonly kind: QuantisedMatrix['kind']; readonly block: number | 'row'; readonly zeroPoints: boolean; readonly scaleBytes: 2 | 4 }
  | { readonly kind: 'float'; readonly bytes: 2 | 4; readonly transposed: boolean };

export function storageOf(matrix: WeightMatrix): MatrixStorage {
  if (matrix.kind === 'float') return { kind: 'float', bytes: matrix.tensor.storage === 'f16' ? 2 : 4, transposed: matrix.transposed };
  const { kind, block, columns, zeroPoints, scales } = matrix;
  return { kind, block: block === columns ? 'row' : block, zeroPoints: zeroPoints !== null, scaleBytes: scales.storage === 'f16' ? 2 : 4 };
}

/** Bytes of one row: its numbers, its scales as f32 (as the GPU holds them), its zero points. */
export interface RowBytes {
  readonly data: number;
  readonly scales: number;
  readonly zeros: number;
}

export function rowBytes(columns: number, storage: MatrixStorage): RowBytes {
  if (storage.kind === 'float') return { data: columns * storage.bytes, scales: 0, zeros: 0 };
  const bits = bitsOf(storage);
  const blocks = blocksOf(columns, storage.block);
  return { data: (columns * bits) / 8, scales: blocks * 4, zeros: storage.zeroPoints ? Math.ceil((blocks * bits) / 8) : 0 };
}

export function blocksOf(columns: number, block: number | 'row'): number {
  return block === 'row' ? 1 : Math.ceil(columns / block);
}

/** Bytes of [rows, columns] in the file. */
export function fileBytesOf(rows: number, columns: number, storage: MatrixStorage): number {
  const { data, scales, zeros } = rowBytes(columns, storage);
  return rows * (data + (storage.kind === 'float' ? 0 : (scales / 4) * storage.scaleBytes) + zeros);
}

/** Shards begin at multiples of this many rows, so that any block of the vocabulary starts at an aligned offset. */
export const SHARD_ROWS = 256;

/** Rows first … first + rows − 1. */
export interface RowRange {
  readonly first: number;
  readonly rows: number;
}

/** A table's rows in shards whose every buffer fits a binding. */
export function shardRanges(rows: number, columns: number, storage: MatrixStorage, maxBinding: number): RowRange[] {
  const { data, scales, zeros } = rowBytes(columns, storage);
  return rowRanges(rows, Math.floor(maxBinding / Math.max(data, scales, zeros)));
}

/** Ranges of at most `most` rows, in multiples of SHARD_ROWS, and at least that many. */
export function rowRanges(rows: number, most: number): RowRange[] {
  const step = Math.max(SHARD_ROWS, Math.floor(most / SHARD_ROWS) * SHARD_ROWS);
  return Array.from({ length: Math.ceil(rows / step) }, (_, i) => ({ first: i * step, rows: Math.min(step, rows - i * step) }));
}
