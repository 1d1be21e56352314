import type { GramBlock } from '../core/gram/types.ts';
import type { GramAddition } from '../engine/types.ts';

/** Puts the engine's additions together to a group's block, which may be looked at while it grows. */
export class BlockAssembler {
  readonly #group: string;
  readonly #spans: readonly number[];
  readonly #modules: number;
  readonly #values: Float64Array;
  readonly #losses: Float64Array;
  #size = 0;

  /** @param spans the whole group's spans, in the order in which they will be added */
  constructor(group: string, spans: readonly number[], modules: number) {
    this.#group = group;
    this.#spans = spans;
    this.#modules = modules;
    this.#values = new Float64Array(modules * spans.length * spans.length);
    this.#losses = new Float64Array(spans.length);
  }

  /** @throws RangeError when the engine's addition is not the one that was asked for */
  add(addition: GramAddition): void {
    const added = addition.losses.length;
    const [capacity, before, size] = [this.#spans.length, this.#size, this.#size + added];
    if (addition.size !== size || size > capacity || addition.values.length !== this.#modules * added * size) {
      throw new RangeError(`The engine returned ${addition.values.length} inner products of ${added} spans with ${addition.size}; ${this.#modules} modules with ${size} spans were expected.`);
    }
    this.#losses.set(addition.losses, before);
    for (let module = 0; module < this.#modules; module += 1) {
      const base = module * capacity * capacity;
      for (let i = 0; i < added; i += 1) {
        const row = before + i;
        // Of ⟨G_i, G_j⟩ and ⟨G_j, G_i⟩ among the new spans one is taken, so that K is symmetric to the bit.
        for (let j = 0; j <= row; j += 1) {
          const value = addition.values[(module * added + i) * size + j];
          this.#values[base + row * capacity + j] = value;
          this.#values[base + j * capacity + row] = value;
        }
      }
    }
    this.#size = size;
  }

  /** The block of the spans so far: a copy that later additions do not change. */
  snapshot(): { readonly block: GramBlock; readonly losses: Float64Array } {
    const [n, capacity] = [this.#size, this.#spans.length];
    const values = new Float64Array(this.#modules * n * n);
    for (let module = 0; module < this.#modules; module += 1) {
      for (let i = 0; i < n; i += 1) {
        const start = (module * capacity + i) * capacity;
        values.set(this.#values.subarray(start, start + n), (module * n + i) * n);
      }
    }
    return { block: { group: this.#group, spans: this.#spans.slice(0, n), values }, losses: this.#losses.slice(0, n) };
  }
}
