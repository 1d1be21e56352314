import type { AdapterLayout } from '../backbone/adapters.ts';
import type { BufferView } from '../gpu/buffers.ts';
import { productChunks, productEntries, type AdamWSettings, type OptimiserSize } from '../gpu/kernels/optimiser.ts';
import type { Decoder } from './decoder.ts';
import { LoraGradientAccumulator } from './lora-gradients.ts';
import type { WeightVector } from './packing.ts';
import type { BatchLosses, EngineSequence } from './types.ts';

/** The owner of a padding column or row: no adapter. */
const NOBODY = 0xffffffff;

/** Parameters and moments on the CPU: what a checkpoint keeps. */
export interface OptimiserState {
  readonly step: number;
  readonly values: Float32Array<ArrayBuffer>;
  readonly m: Float32Array<ArrayBuffer>;
  readonly v: Float32Array<ArrayBuffer>;
}

/** [loss l][loss l'][adapter u]: ⟨∂L_l/∂θ_u, ∂L_l'/∂θ_u⟩, symmetric in l and l'. */
export type GradientProducts = readonly (readonly (readonly number[])[])[];

/** Which adapter each entry of the flat vector belongs to. */
export function ownersOf({ spec, width, slots, size }: AdapterLayout): Uint32Array<ArrayBuffer> {
  const owner = new Uint32Array(size).fill(NOBODY);
  const columns = spec.count * spec.rank;
  for (const { a, b, in: input, out } of slots) {
    for (let column = 0; column < columns; column += 1) {
      const adapter = Math.floor(column / spec.rank);
      owner.fill(adapter, a + column * input, a + (column + 1) * input);
      for (let row = 0; row < out; row += 1) owner[b + row * width + column] = adapter;
    }
  }
  return owner;
}

/**
 * Trains a decoder's adapters: gradients of several losses are summed over micro-batches on the GPU, their inner products
 * within each adapter are read back (a few kilobytes), and one AdamW step mixes them by a weight per loss and adapter.
 */
export class AdapterOptimiser {
  readonly #decoder: Decoder;
  readonly #size: OptimiserSize;
  readonly #accumulator: LoraGradientAccumulator;
  readonly #views: { readonly owner: BufferView; readonly table: BufferView; readonly m: BufferView; readonly v: BufferView };
  #step = 0;
  #fresh = true;

  /** @param losses losses whose gradients are kept apart */
  constructor(decoder: Decoder, losses: number) {
    const { adapters, memory } = decoder.context;
    if (!adapters) throw new Error('There are no adapters to train.');
    const { layout } = adapters;
    this.#decoder = decoder;
    this.#size = { count: layout.size, losses, adapters: layout.spec.count };
    this.#accumulator = new LoraGradientAccumulator(decoder.context, losses);
    const zeros = new Float32Array(layout.size);
    this.#views = {
      owner: memory.upload('adapter of each parameter', ownersOf(layout)),
      table: memory.create('weights and rates', (losses + 1) * layout.spec.count * 4),
      m: memory.upload('first moment', zeros),
      v: memory.upload('second moment', zeros),
    };
  }

  /** Steps taken. */
  get step(): number {
    return this.#step;
  }

  /** Adds the gradients of Σ −w·log π of each loss over the sequences to those since the last step. */
  async add(sequences: readonly EngineSequence[], losses: readonly WeightVector[]): Promise<BatchLosses> {
    if (losses.length !== this.#size.losses) throw new RangeError(`${losses.length} losses for an optimiser of ${this.#size.losses}.`);
    const result = await this.#decoder.accumulateGradients(sequences, losses, this.#accumulator, !this.#fresh);
    this.#fresh = false;
    return result;
  }

  /** Inner products of the losses' gradients since the last step, summed in f64. */
  async products(): Promise<GradientProducts> {
    const { context } = this.#decoder;
    const { losses, adapters } = this.#size;
    this.#clearIfFresh();
    const entries = productEntries(this.#size);
    const { chunks } = productChunks(this.#size);
    const partial = context.arena.floats('gradient products', chunks * entries);
    context.kernels.products.record(context.recorder, { g: this.#accumulator.gradients, owner: this.#views.owner, y: partial }, this.#size);
    await context.recorder.finish();
    const read = new Float32Array(await context.memory.read(partial, chunks * entries * 4));
    context.arena.release(partial);
    const sums = new Float64Array(entries);
    read.forEach((value, index) => {
      sums[index % entries] += value;
    });
    const products = Array.from({ length: losses }, () => Array.from({ length: losses }, () => new Array<number>(adapters).fill(0)));
    let entry = 0;
    for (let left = 0; left < losses; left += 1) {
      for (let right = left; right < losses; right += 1) {
        for (let adapter = 0; adapter < adapters; adapter += 1, entry += 1) {
          products[left][right][adapter] = sums[entry];
          products[right][left][adapter] = sums[entry];
        }
      }
    }
    return products;
  }

  /**
   * One AdamW step on Σ_l weights[l][u]·∂L_l/∂θ_u, times `clip`; an adapter of rate 0 stays as it is. The gradients are
   * then forgotten.
   */
  async apply(weights: readonly (readonly number[])[], rates: readonly number[], settings: AdamWSettings, clip: number): Promise<void> {
    const { context } = this.#decoder;
    this.#clearIfFresh();
    context.recorder.submit(); // before a write: what is recorded may still read the table
    context.memory.write(this.#views.table, Float32Array.from([...weights.flat(), ...rates]));
    this.#step += 1;
    const { owner, table, m, v } = this.#views;
    context.kernels.adamw.record(context.recorder, { gradients: this.#accumulator.gradients, owner, table, m, v, w: context.adapters!.parameters }, this.#size, this.#step, settings, clip);
    await context.recorder.finish();
    this.#fresh = true;
  }

  /** Gradients so far, one flat vector a loss. */
  gradients(): Promise<Float32Array[]> {
    return this.#accumulator.read();
  }

  async values(): Promise<Float32Array<ArrayBuffer>> {
    const { context } = this.#decoder;
    return new Float32Array(await context.memory.read(context.adapters!.parameters, this.#size.count * 4));
  }

  async state(): Promise<OptimiserState> {
    const { memory } = this.#decoder.context;
    const read = async (view: BufferView): Promise<Float32Array<ArrayBuffer>> => new Float32Array(await memory.read(view, this.#size.count * 4));
    return { step: this.#step, values: await this.values(), m: await read(this.#views.m), v: await read(this.#views.v) };
  }

  /** @throws RangeError for a state of other adapters */
  restore({ step, values, m, v }: OptimiserState): void {
    const { count } = this.#size;
    if ([values, m, v].some(({ length }) => length !== count)) throw new RangeError(`The checkpoint holds ${values.length} parameters; these adapters have ${count}.`);
    const { context } = this.#decoder;
    context.recorder.submit();
    context.memory.write(context.adapters!.parameters, values);
    context.memory.write(this.#views.m, m);
    context.memory.write(this.#views.v, v);
    this.#step = step;
    this.#fresh = true;
  }

  destroy(): void {
    this.#accumulator.destroy();
    for (const view of Object.values(this.#views)) this.#decoder.context.memory.destroy(view);
  }

  #clearIfFresh(): void {
    if (this.#fresh) this.#accumulator.clear();
  }
}
