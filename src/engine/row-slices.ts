import type { BufferView } from '../gpu/buffers.ts';
import type { MatmulArguments } from '../gpu/kernels/matmul.ts';
import { FIRST_BUDGET } from '../gpu/recorder.ts';

/** Offsets of bindings are multiples of this many bytes on every device (minStorageBufferOffsetAlignment's default). */
const ALIGNMENT = 256;
/** Rows of register tiles, the tallest first: a slice of fewer would compute rows that nobody wants, unless it is too large. */
const TILE_ROWS = [16, 8, 4] as const;
/** Rows of one dispatch on every device: 65,535 workgroups of at least four rows. */
const MOST_ROWS = 131_072;

function divisor(a: number, b: number): number {
  return b === 0 ? a : divisor(b, a % b);
}

/** Fewest rows of this width whose bytes are a multiple of ALIGNMENT. */
function aligned(width: number): number {
  return ALIGNMENT / divisor(ALIGNMENT, width * 4);
}

/**
 * A matmul cut by rows of x and y (row lengths in floats), so that no slice takes more than `limit` floating-point
 * operations or, where that exceeds it, the fewest rows that fill a tile and can be bound. Every row's sum is the same whatever rows are
 * computed beside it: cutting changes no bit.
 */
export function rowSlices(args: MatmulArguments, xWidth: number, yWidth: number, limit: number): MatmulArguments[] {
  const { m, x, y, weight } = args;
  const row = 2 * weight.out * weight.in;
  const tile = TILE_ROWS.find((rows) => rows * row <= FIRST_BUDGET) ?? 4;
  const unit = Math.max(tile, aligned(xWidth), aligned(yWidth));
  const most = Math.min(MOST_ROWS, Math.max(unit, Math.floor(limit / (row * unit)) * unit));
  if (m <= most) return [args];
  const cut = (view: BufferView, width: number, first: number, rows: number): BufferView => ({ buffer: view.buffer, offset: view.offset + first * width * 4, size: rows * width * 4 });
  return Array.from({ length: Math.ceil(m / most) }, (_, index) => {
    const first = index * most;
    const rows = Math.min(most, m - first);
    return { ...args, m: rows, x: cut(x, xWidth, first, rows), y: cut(y, yWidth, first, rows) };
  });
}
