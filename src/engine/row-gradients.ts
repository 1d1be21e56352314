import { floatsToHalves } from '../backbone/half-floats.ts';
import type { TableRows } from '../backbone/tag-tokens.ts';
import { BackboneError } from '../backbone/types.ts';
import type { BufferView } from '../gpu/buffers.ts';
import type { EngineContext } from './context.ts';
import type { Decoder } from './decoder.ts';
import { rowsOf } from './head.ts';
import { chunkSegments, ROW_WORDS, type BackwardRows, type PackedBatch, type WeightVector } from './packing.ts';
import { upload } from './pass.ts';
import type { BatchLosses, EngineSequence } from './types.ts';
import { SHARD_ROWS, type TableShard } from './weights.ts';

/** What a backward pass passes on its way, for gradients of what is not an adapter. Buffers are the pass's own. */
export interface BackwardTap {
  begin(batch: PackedBatch, rows: BackwardRows): void;
  /** Final normed states [count, hidden] of the positions in the loss, their targets and the head's statistics. */
  head(parts: { readonly hidden: BufferView; readonly targets: BufferView; readonly stats: BufferView; readonly count: number }): void;
  /** Gradient of the embedded input [rows, hidden]. */
  input(dx: BufferView): void;
}

export interface RowGradients extends BatchLosses {
  /** Gradients of the rows of `ids` as the embedding, and as the head: [ids, hidden] each. Of a tied table the gradient is their sum. */
  readonly embedding: Float64Array<ArrayBuffer>;
  readonly head: Float64Array<ArrayBuffer>;
}

/** Positions of one partial sum, as in lora-gradients.ts. */
const CHUNK_ROWS = 128;

/**
 * Gradients of Σ −w·log π with respect to the rows of some tokens in the embedding and in the head; everything else is
 * taken as frozen.
 * Embedding: Σ over positions that hold the token of the gradient below layer 0. Head: Σ over positions in the loss of
 * w·(π(token) − [target = token])·h, h the final normed state. Sums over positions are in f64 for the embedding, in f32
 * chunks of 128 for the head.
 * @throws BackboneError for a quantised table, whose rows cannot change one by one
 */
export async function rowGradients(decoder: Decoder, sequences: readonly EngineSequence[], weights: WeightVector, ids: readonly number[]): Promise<RowGradients> {
  requireFloatTables(decoder.context);
  const tap = new RowTap(decoder.context, ids);
  try {
    const told = await decoder.tapBackward(sequences, weights, tap);
    return { ...told, ...(await tap.read()) };
  } finally {
    tap.destroy();
  }
}

function requireFloatTables({ weights }: EngineContext): void {
  if ([...weights.embedding, ...weights.head].some(({ matrix }) => matrix.kind !== 'float')) {
    throw new BackboneError('The embedding or the head is quantised, and its rows cannot be trained; a file with float tables is needed (model_q4, model_q4f16, model_fp16 or model).');
  }
}

/** A block of at most SHARD_ROWS entries of the head that holds some of the ids; kernels for its shape are compiled (blockShapes). */
interface HeadBlock {
  readonly shard: TableShard;
  /** First row within the shard. */
  readonly start: number;
  readonly count: number;
  readonly members: readonly { readonly index: number; readonly row: number }[];
  readonly gradient: BufferView;
}

class RowTap implements BackwardTap {
  readonly #context: EngineContext;
  readonly #ids: readonly number[];
  readonly #blocks: readonly HeadBlock[];
  readonly #owned: BufferView[] = [];
  #batch: { readonly packed: PackedBatch; readonly rows: BackwardRows } | null = null;
  /** Input gradients at the positions that hold an id. */
  #inputs: { readonly view: BufferView; readonly members: readonly number[] } | null = null;

  constructor(context: EngineContext, ids: readonly number[]) {
    this.#context = context;
    this.#ids = ids;
    this.#blocks = headBlocks(context, ids).map((block) => {
      const gradient = this.#own('head rows’ gradients', block.count * context.config.hiddenSize * 4);
      context.recorder.clear(gradient);
      return { ...block, gradient };
    });
  }

  begin(packed: PackedBatch, rows: BackwardRows): void {
    this.#batch = { packed, rows };
  }

  head({ hidden, targets, stats, count }: Parameters<BackwardTap['head']>[0]): void {
    const { config, arena, recorder, kernels } = this.#context;
    const { rows } = this.#batch!;
    const width = config.hiddenSize;
    const weights = new Float32Array(count);
    rows.lossSource.forEach((position, row) => {
      if (position < count) weights[position] = rows.lossWeight[row];
    });
    const order = Uint32Array.from({ length: count }, (_, position) => position);
    const { chunks, counts } = chunkSegments(Uint32Array.of(0, count), CHUNK_ROWS);
    const [source, weight, segments, rowInfo] = [upload(this.#context, 'positions', order), upload(this.#context, 'weights', weights), upload(this.#context, 'chunks', chunks), upload(this.#context, 'rows', Uint32Array.from({ length: count * ROW_WORDS }, (_, word) => (word % ROW_WORDS === 0 ? word / ROW_WORDS : 0)))];
    for (const { shard, start, count: entries, gradient } of this.#blocks) {
      const stride = Math.ceil(entries / 4) * 4;
      const logits = arena.floats('tag logits', count * stride);
      const weighted = arena.floats('weighted tag gradients', count * stride);
      const partial = arena.floats('gradient chunks', counts[0] * entries * width);
      kernels.forward(recorder, { weight: rowsOf(shard.matrix, start, entries), x: hidden, y: logits, m: count, stride });
      kernels.head.gradient(recorder, { targets, stats, logits }, count, { first: shard.first + start, count: entries, stride });
      kernels.spread.record(recorder, { x: logits, source, weight, y: weighted }, count, stride);
      kernels.outer.record(recorder, { l: weighted, r: hidden, rowInfo, segments, g: partial }, { left: stride, right: width, first: 0, count: entries, segments: counts[0], rows: count });
      kernels.sum.record(recorder, { x: partial, y: gradient }, { count: entries * width, first: 0, chunks: counts[0], at: 0, accumulate: false });
      arena.release(logits, weighted, partial);
    }
  }

  input(dx: BufferView): void {
    const { config, recorder, kernels } = this.#context;
    const { packed, rows } = this.#batch!;
    const at: number[] = [];
    const members: number[] = [];
    for (let row = 0; row < rows.rows; row += 1) {
      const member = this.#ids.indexOf(packed.tokens[rows.rowInfo[row * ROW_WORDS]]);
      if (member < 0) continue;
      at.push(row);
      members.push(member);
    }
    if (at.length === 0) return;
    const view = this.#own('input gradients at tags', at.length * config.hiddenSize * 4);
    kernels.gather.record(recorder, { x: dx, index: upload(this.#context, 'rows with tags', Uint32Array.from(at)), y: view }, at.length, config.hiddenSize);
    this.#inputs = { view, members };
  }

  async read(): Promise<Pick<RowGradients, 'embedding' | 'head'>> {
    const { memory, recorder, config } = this.#context;
    const width = config.hiddenSize;
    await recorder.finish(); // what the constructor cleared, where nothing was in the loss
    const embedding = new Float64Array(this.#ids.length * width);
    const head = new Float64Array(this.#ids.length * width);
    if (this.#inputs) {
      const { view, members } = this.#inputs;
      const gradients = new Float32Array(await memory.read(view, members.length * width * 4));
      members.forEach((member, place) => {
        for (let i = 0; i < width; i += 1) embedding[member * width + i] += gradients[place * width + i];
      });
    }
    for (const { gradient, count, members } of this.#blocks) {
      const rows = new Float32Array(await memory.read(gradient, count * width * 4));
      for (const { index, row } of members) head.set(rows.subarray(row * width, (row + 1) * width), index * width);
    }
    return { embedding, head };
  }

  destroy(): void {
    for (const view of this.#owned) this.#context.memory.destroy(view);
  }

  #own(label: string, bytes: number): BufferView {
    const view = this.#context.memory.create(label, bytes);
    this.#owned.push(view);
    return view;
  }
}

function shardOf(shards: readonly TableShard[], id: number): TableShard {
  const shard = shards.find(({ first, rows }) => id >= first && id < first + rows);
  if (!shard) throw new RangeError(`Token ${id} is outside the model’s vocabulary.`);
  return shard;
}

function headBlocks({ weights }: EngineContext, ids: readonly number[]): Omit<HeadBlock, 'gradient'>[] {
  const blocks = new Map<number, Omit<HeadBlock, 'gradient'> & { readonly members: { index: number; row: number }[] }>();
  ids.forEach((id, index) => {
    const shard = shardOf(weights.head, id);
    const start = Math.floor((id - shard.first) / SHARD_ROWS) * SHARD_ROWS;
    const key = shard.first + start;
    const block = blocks.get(key) ?? { shard, start, count: Math.min(SHARD_ROWS, shard.rows - start), members: [] };
    block.members.push({ index, row: id - key });
    blocks.set(key, block);
  });
  return [...blocks.values()];
}

/**
 * Puts rows [ids, hidden] into the tables on the GPU; `head` null: the head is the embedding. Of f16 tables the rows are
 * rounded to the nearest half.
 * @throws BackboneError for a quantised table; RangeError for ids outside the vocabulary
 */
export function writeRows({ context }: Pick<Decoder, 'context'>, ids: readonly number[], { embedding, head }: TableRows): void {
  requireFloatTables(context);
  context.recorder.submit(); // before a write: what is recorded may still read the table
  writeTable(context, context.weights.embedding, ids, embedding);
  if (head) writeTable(context, context.weights.head, ids, head);
}

function writeTable({ memory, config }: EngineContext, shards: readonly TableShard[], ids: readonly number[], values: Float32Array): void {
  const width = config.hiddenSize;
  ids.forEach((id, index) => {
    const { first, matrix } = shardOf(shards, id);
    if (matrix.kind !== 'float') return;
    const row = values.slice(index * width, (index + 1) * width);
    const bytes = width * (matrix.half ? 2 : 4);
    memory.write({ buffer: matrix.data.buffer, offset: matrix.data.offset + (id - first) * bytes, size: bytes }, matrix.half ? floatsToHalves(row) : row);
  });
}
