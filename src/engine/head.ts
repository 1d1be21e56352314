import type { BufferView } from '../gpu/buffers.ts';
import { quantisedRow, type GpuMatrix } from '../gpu/kernels/matmul.ts';
import { FIRST_BUDGET } from '../gpu/recorder.ts';
import type { EngineContext } from './context.ts';
import { SHARD_ROWS, type TableShard } from './weights.ts';

/** Largest logits block: positions × vocabulary entries × 4 bytes. */
const BLOCK_BYTES = 32 * 2 ** 20;
/** Slices of positions begin at multiples of 256 bytes, as bindings must. */
const SLICE = 64;
/** Positions of one block, so that at least SHARD_ROWS entries fit beside them. */
const BLOCK_POSITIONS = 1024;

interface Block {
  readonly weight: GpuMatrix;
  readonly first: number;
  readonly count: number;
  readonly stride: number;
}

/**
 * log π(target) of `count` positions from their final normed hidden states [count, hidden], streamed over positions and
 * blocks of the vocabulary; with `gradient` also d(−log π)/d hidden [count, hidden] of each, unweighted: every weight
 * vector of a batch shares it.
 * `stats` [count] vec4 as head-statistics.wgsl says; log π is taken from them on the CPU in f64.
 */
export async function headLogLikelihood(
  context: EngineContext,
  { hidden, targets, count }: { hidden: BufferView; targets: BufferView; count: number },
  stats: BufferView,
  gradient: BufferView | null,
): Promise<void> {
  const { config, arena } = context;
  const step = Math.min(BLOCK_POSITIONS, Math.ceil(count / SLICE) * SLICE);
  const entries = blockEntries(step, config.hiddenSize);
  const blocks = context.weights.head.flatMap((shard) => blocksOf(shard, entries));
  const logits = arena.floats('logits', step * Math.max(...blocks.map(({ stride }) => stride)));
  for (let start = 0; start < count; start += step) {
    const rows = Math.min(step, count - start);
    const slice = (view: BufferView, width: number): BufferView => ({ buffer: view.buffer, offset: view.offset + start * width * 4, size: rows * width * 4 });
    await part(context, blocks, logits, {
      rows,
      hidden: slice(hidden, config.hiddenSize),
      targets: slice(targets, 1),
      stats: slice(stats, 4),
      gradient: gradient && slice(gradient, config.hiddenSize),
    });
  }
  arena.release(logits);
}

/**
 * Vocabulary entries of a block: within BLOCK_BYTES, and so few that SLICE positions are within the least limit of one
 * dispatch. Sums over the vocabulary are formed block by block, so that the size follows from the shape alone: what a
 * device has measured must not change their bits.
 */
function blockEntries(positions: number, hiddenSize: number): number {
  const most = Math.min(BLOCK_BYTES / 4 / positions, FIRST_BUDGET / (2 * SLICE * hiddenSize));
  return Math.max(SHARD_ROWS, Math.floor(most / SHARD_ROWS) * SHARD_ROWS);
}

async function part(
  { kernels, recorder }: EngineContext,
  blocks: readonly Block[],
  logits: BufferView,
  { rows, hidden, targets, stats, gradient }: { rows: number; hidden: BufferView; targets: BufferView; stats: BufferView; gradient: BufferView | null },
): Promise<void> {
  const score = ({ weight, stride }: Block): void => kernels.forward(recorder, { weight, x: hidden, y: logits, m: rows, stride });
  for (const [index, block] of blocks.entries()) {
    score(block);
    kernels.head.statistics(recorder, { logits, targets, stats }, rows, size(block), index === 0);
    await recorder.settle();
  }
  if (!gradient) return;
  for (const [index, block] of blocks.entries()) {
    if (blocks.length > 1) score(block);
    kernels.head.gradient(recorder, { targets, stats, logits }, rows, size(block));
    kernels.backward(recorder, { weight: block.weight, x: logits, y: gradient, m: rows, stride: block.stride, accumulate: index > 0 });
    await recorder.settle();
  }
}

function size({ first, count, stride }: Block): { first: number; count: number; stride: number } {
  return { first, count, stride };
}

/** A shard's blocks of at most `entries` rows, each a view into the shard. */
function blocksOf({ first, rows, matrix }: TableShard, entries: number): Block[] {
  const blocks: Block[] = [];
  for (let start = 0; start < rows; start += entries) {
    const count = Math.min(entries, rows - start);
    const stride = Math.ceil(count / 4) * 4;
    blocks.push({ weight: rowsOf(matrix, start, count), first: first + start, count, stride });
  }
  return blocks;
}

/**
 * The shapes of a table's blocks whatever their size, for compiling ahead: kernels are chosen by a block's rows, and
 * blocks are multiples of SHARD_ROWS but for the last.
 */
export function blockShapes({ rows, matrix }: TableShard): GpuMatrix[] {
  const rest = rows % SHARD_ROWS;
  return [rows, SHARD_ROWS, ...(rest > 0 ? [rest] : [])].map((out) => ({ ...matrix, out }));
}

/** Rows start … start + count − 1 of a table; for data to begin where bindings may, start must be a multiple of SHARD_ROWS. */
export function rowsOf(matrix: GpuMatrix, start: number, count: number): GpuMatrix {
  const cut = (view: BufferView, rowBytes: number): BufferView => ({ buffer: view.buffer, offset: view.offset + start * rowBytes, size: Math.ceil((count * rowBytes) / 4) * 4 });
  if (matrix.kind === 'float') return { ...matrix, out: count, data: cut(matrix.data, matrix.in * (matrix.half ? 2 : 4)) };
  const { blocks, zeroBytes } = quantisedRow(matrix);
  return {
    ...matrix,
    out: count,
    data: cut(matrix.data, (matrix.in * (matrix.kind === 'q4' ? 4 : 8)) / 8),
    scales: cut(matrix.scales, blocks * 4),
    zeros: matrix.zeros && cut(matrix.zeros, zeroBytes),
  };
}
