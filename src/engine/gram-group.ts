import { targetShape } from '../backbone/config.ts';
import { TARGETS, type GramModule } from '../core/gram/types.ts';
import type { BufferView } from '../gpu/buffers.ts';
import { gramChunks } from '../gpu/kernels/gradients.ts';
import type { EngineContext } from './context.ts';
import type { ModuleGradient } from './linear.ts';
import type { SegmentRows } from './pass.ts';
import type { GramGroupOptions } from './types.ts';

/** One matrix whose gradient enters the inner products: W, or A or B of the stacked adapter. */
interface Part {
  readonly kind: 'w' | 'a' | 'b';
  readonly out: number;
  readonly in: number;
}

function partsOf({ config, adapters }: EngineContext, target: (typeof TARGETS)[number], parameterSet: GramGroupOptions['parameterSet']): readonly Part[] {
  const { inFeatures: input, outFeatures: output } = targetShape(config, target);
  if (parameterSet === 'full') return [{ kind: 'w', out: output, in: input }];
  if (!adapters) throw new Error('Gradients of adapters need adapters.');
  const { width } = adapters.layout;
  const b: Part = { kind: 'b', out: output, in: width };
  // At B = 0 the gradient of A is exactly 0.
  return adapters.untrained ? [b] : [b, { kind: 'a', out: width, in: input }];
}

/** Modules of a Gram, layer by layer, with the number of parameters behind each inner product. */
export function gramModules(context: EngineContext, parameterSet: GramGroupOptions['parameterSet']): GramModule[] {
  const { config, adapters } = context;
  const real = adapters ? (adapters.layout.spec.count * adapters.layout.spec.rank) / adapters.layout.width : 1;
  return Array.from({ length: config.layers }).flatMap((_, layer) =>
    TARGETS.map((target) => {
      const floats = partsOf(context, target, parameterSet).reduce((sum, part) => sum + part.out * part.in, 0);
      return { layer, target, parameters: parameterSet === 'full' ? floats : floats * real };
    }),
  );
}

/** Whether the group's gradients stay on the GPU, so that it can grow; every single one must fit a binding. */
export function keepsGradients(context: EngineContext, { parameterSet, spanCapacity }: GramGroupOptions): boolean {
  const floats = TARGETS.flatMap((target) => partsOf(context, target, parameterSet).map((part) => part.out * part.in));
  const bytes = floats.reduce((sum, count) => sum + count, 0) * context.config.layers * 4 * spanCapacity;
  return bytes <= context.budgets.keep && Math.max(...floats) * 4 * spanCapacity <= context.memory.maxBinding;
}

/**
 * The gradients of a group's spans, or one tile of them at a time, and the inner products made from them on the GPU.
 * K is accumulated per module in f32 over chunks of 4,096 products, each summed apart.
 */
export class GramAccumulator {
  private readonly context: EngineContext;
  private readonly options: GramGroupOptions;
  /** Whether gradients stay on the GPU, so that more spans can be added. */
  readonly keeps: boolean;
  private readonly kept = new Map<string, BufferView>();
  size = 0;

  constructor(context: EngineContext, options: GramGroupOptions) {
    this.context = context;
    this.options = options;
    this.keeps = keepsGradients(context, options);
  }

  /** @throws Error when `added` more spans do not fit: their inner products would silently be wrong. */
  admit(added: number): void {
    const { spanCapacity } = this.options;
    if (this.size + added > spanCapacity) throw new RangeError(`The group was opened for ${spanCapacity} spans; with these it would have ${this.size + added}.`);
    if (this.size > 0 && !this.keeps) throw new Error('The gradients of this group are too large to keep: all its sequences must be added in one go.');
  }

  /** Adds one module's gradients of `added` new segments; writes K rows [added, size + added] at the module's place. */
  add(gradient: ModuleGradient, rows: SegmentRows, added: number, k: BufferView): void {
    const { layer, target } = gradient;
    const all = this.size + added;
    const at = (layer * TARGETS.length + TARGETS.indexOf(target)) * added * all;
    partsOf(this.context, target, this.options.parameterSet).forEach((part, index) => {
      const place = { at, added, all, accumulate: index > 0 };
      if (this.keeps) this.addKept(gradient, part, rows, place, k);
      else this.addTiled(gradient, part, rows, place, k);
    });
  }

  close(): void {
    for (const view of this.kept.values()) this.context.memory.destroy(view);
    this.kept.clear();
  }

  private addKept(gradient: ModuleGradient, part: Part, rows: SegmentRows, place: Place, k: BufferView): void {
    const key = `${gradient.layer} ${gradient.target} ${part.kind}`;
    let kept = this.kept.get(key);
    if (!kept) {
      kept = this.context.memory.create(`span gradients ${key}`, this.options.spanCapacity * part.out * part.in * 4);
      this.kept.set(key, kept);
    }
    this.form(gradient, part, rows, { first: 0, count: part.out }, place.added, this.size, kept);
    this.multiply(kept, part.out * part.in, this.size, place, k);
  }

  private addTiled(gradient: ModuleGradient, part: Part, rows: SegmentRows, place: Place, k: BufferView): void {
    const { arena, budgets } = this.context;
    const rowBytes = part.in * 4 * place.added;
    const step = Math.min(part.out, Math.max(4, Math.floor(budgets.tile / rowBytes / 4) * 4));
    const tile = arena.take('span gradient tile', step * rowBytes);
    for (let first = 0; first < part.out; first += step) {
      const count = Math.min(step, part.out - first);
      this.form(gradient, part, rows, { first, count }, place.added, 0, tile);
      this.multiply(tile, count * part.in, 0, { ...place, accumulate: place.accumulate || first > 0 }, k);
    }
    arena.release(tile);
  }

  /** g [segments from `base`, count·in] = Σ over each segment's rows of left ⊗ right. */
  private form(
    gradient: ModuleGradient,
    part: Part,
    { rowInfo, segments, rows, longest }: SegmentRows,
    { first, count }: { first: number; count: number },
    added: number,
    base: number,
    g: BufferView,
  ): void {
    const { kernels, recorder, adapters } = this.context;
    const { l, r } = operands(gradient, part);
    const alpha = part.kind === 'b' ? adapters!.scale : 1;
    kernels.outer.record(recorder, { l, r, rowInfo, segments, g }, { left: part.out, right: part.in, first, count, segments: added, rows, longest, base, alpha });
  }

  private multiply(a: BufferView, width: number, firstA: number, { at, added, all, accumulate }: Place, k: BufferView): void {
    const { arena, kernels, recorder } = this.context;
    const chunks = gramChunks(width);
    const partial = arena.floats('inner product chunks', chunks * added * all);
    kernels.gram.record(recorder, { a, k: partial }, { added, all, firstA, width, base: 0 });
    kernels.sum.record(recorder, { x: partial, y: k }, { count: added * all, first: 0, chunks, at, accumulate });
    arena.release(partial);
  }
}

interface Place {
  readonly at: number;
  readonly added: number;
  readonly all: number;
  readonly accumulate: boolean;
}

/** dW = dyᵀx; dB = (α/r)·dyᵀh; dA = dhᵀx. */
function operands({ dy, x, hidden, dHidden }: ModuleGradient, { kind }: Part): { l: BufferView; r: BufferView } {
  if (kind === 'w') return { l: dy, r: x };
  if (!hidden || !dHidden) throw new Error('The module ran without adapters.');
  return kind === 'b' ? { l: dy, r: hidden } : { l: dHidden, r: x };
}
