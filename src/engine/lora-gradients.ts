import { TARGETS } from '../core/gram/types.ts';
import type { BufferView } from '../gpu/buffers.ts';
import type { EngineContext } from './context.ts';
import type { GradientSink, ModuleGradient } from './linear.ts';
import { chunkSegments, type BackwardRows } from './packing.ts';
import { upload } from './pass.ts';

/** Rows of one partial sum. Longer sums would leave a large GPU idle; shorter ones cost memory traffic. */
const CHUNK_ROWS = 128;

/**
 * dA and dB of the stacked adapters for every weight vector, each a flat vector as AdapterLayout says. Partial sums over
 * chunks of rows, then a second sum in order: the same bits on the same device.
 */
export class LoraGradientAccumulator {
  readonly gradients: BufferView;
  private readonly context: EngineContext;
  private readonly vectors: number;

  constructor(context: EngineContext, vectors: number) {
    if (!context.adapters) throw new Error('Adapter gradients need adapters.');
    this.context = context;
    this.vectors = vectors;
    this.gradients = context.memory.create('adapter gradients', vectors * context.adapters.layout.size * 4);
  }

  /** Begins a batch: the sink overwrites the gradients module by module, or adds to them. */
  start(rows: BackwardRows, rowInfo: BufferView, add = false): GradientSink {
    if (!add) this.clear();
    const { chunks, counts } = chunkSegments(rows.segments, CHUNK_ROWS);
    if (chunks.length === 0) return () => undefined;
    const segments = upload(this.context, 'chunks', chunks);
    return (gradient) => this.module(gradient, rows.rows, { rowInfo, segments, counts, add });
  }

  clear(): void {
    this.context.recorder.clear(this.gradients);
  }

  async read(): Promise<Float32Array[]> {
    const { memory, adapters } = this.context;
    const all = new Float32Array(await memory.read(this.gradients, this.vectors * adapters!.layout.size * 4));
    const { size } = adapters!.layout;
    return Array.from({ length: this.vectors }, (_, vector) => all.slice(vector * size, (vector + 1) * size));
  }

  destroy(): void {
    this.context.memory.destroy(this.gradients);
  }

  private module({ layer, target, dy, x, hidden, dHidden }: ModuleGradient, rows: number, chunked: Chunked): void {
    const { layout, scale } = this.context.adapters!;
    const slot = layout.slots[layer * TARGETS.length + TARGETS.indexOf(target)];
    this.outer(dy, hidden!, { left: slot.out, right: layout.width, at: slot.b, alpha: scale, rows }, chunked);
    this.outer(dHidden!, x, { left: layout.width, right: slot.in, at: slot.a, alpha: 1, rows }, chunked);
  }

  private outer(
    l: BufferView,
    r: BufferView,
    { left, right, at, alpha, rows }: { left: number; right: number; at: number; alpha: number; rows: number },
    { rowInfo, segments, counts, add }: Chunked,
  ): void {
    const { arena, kernels, recorder, adapters } = this.context;
    const total = counts.reduce((a, b) => a + b, 0);
    const partial = arena.floats('gradient chunks', total * left * right);
    kernels.outer.record(recorder, { l, r, rowInfo, segments, g: partial }, { left, right, first: 0, count: left, segments: total, rows, longest: CHUNK_ROWS, alpha });
    let first = 0;
    counts.forEach((chunks, vector) => {
      kernels.sum.record(recorder, { x: partial, y: this.gradients }, { count: left * right, first, chunks, at: vector * adapters!.layout.size + at, accumulate: add });
      first += chunks;
    });
    arena.release(partial);
  }
}

interface Chunked {
  readonly rowInfo: BufferView;
  readonly segments: BufferView;
  readonly counts: readonly number[];
  /** To what the gradients hold already. */
  readonly add: boolean;
}
