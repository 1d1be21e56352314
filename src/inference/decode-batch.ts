import { GROWTH, type KvCache } from './cache.ts';
import type { DecodeBatch, StepRow } from './types.ts';

/** What a batch needs of its session. */
export interface DecodeRun {
  readonly vocabSize: number;
  /** Tokens of one run at most. */
  readonly runLimit: number;
  cache(rows: number): KvCache;
  run(cache: KvCache, lengths: readonly number[], tokens: readonly number[], adapters: readonly number[], positions: readonly number[]): Promise<Float32Array>;
}

/** A cache is copied into a smaller one when its capacity exceeds the longest row by this many positions. */
const SLACK = 64;

/**
 * Slots over one cache tensor. onnxruntime's GroupQueryAttention takes each row's length from the mask and writes its
 * token behind it, so rows of unequal length decode together (in graphs without it the cache does the same,
 * cache-outputs.ts); a row that does not take part is given a token whose key and value land behind its end, where the
 * next real token overwrites them. Several tokens at a time are accepted for a
 * batch of one only ("batch_size must be 1 when sequence_length > 1 and past context is given"): `extend` runs a row alone.
 */
export class Decoding implements DecodeBatch {
  readonly slots: number;
  readonly #session: DecodeRun;
  readonly #lengths: number[];
  /** Slots in the order of the cache's rows. */
  #rows: number[];
  #cache: KvCache;

  constructor(session: DecodeRun, slots: number) {
    this.#session = session;
    this.slots = slots;
    this.#lengths = Array.from({ length: slots }, () => 0);
    this.#rows = [];
    this.#cache = session.cache(0);
  }

  length(slot: number): number {
    return this.#lengths[slot];
  }

  clear(slot: number): void {
    this.#lengths[slot] = 0;
  }

  copy(from: number, to: number): Promise<void> {
    const length = this.#lengths[from];
    this.clear(to);
    if (length === 0) return Promise.resolve();
    this.#include([from, to], length);
    const single = this.#cache.row(this.#rows.indexOf(from), length);
    this.#cache.put(this.#rows.indexOf(to), single, length);
    single.destroy();
    this.#lengths[to] = length;
    return Promise.resolve();
  }

  async extend(slot: number, tokens: ArrayLike<number>, adapters: ArrayLike<number>): Promise<Float32Array> {
    if (tokens.length === 0) throw new RangeError('No tokens to encode.');
    const past = this.#lengths[slot];
    const total = past + tokens.length;
    const row = this.#rows.indexOf(slot);
    const single = row < 0 || past === 0 ? this.#session.cache(1) : this.#cache.row(row, past);
    try {
      let logits: Float32Array = new Float32Array(0);
      for (let start = 0; start < tokens.length; ) {
        const end = Math.min(tokens.length, start + this.#session.runLimit);
        const part = (values: ArrayLike<number>): number[] => Array.from({ length: end - start }, (_, index) => values[start + index]);
        logits = await this.#session.run(single, [past + start], part(tokens), part(adapters), [end - start - 1]);
        start = end;
      }
      this.#include([slot], total);
      this.#cache.put(this.#rows.indexOf(slot), single, total);
      this.#lengths[slot] = total;
      return logits;
    } finally {
      single.destroy();
    }
  }

  async step(rows: readonly StepRow[]): Promise<Float32Array> {
    const { vocabSize } = this.#session;
    this.#include(rows.map(({ slot }) => slot), 0);
    this.#shrink();
    const byRow = new Map(rows.map((row) => [row.slot, row]));
    if (byRow.size < rows.length) throw new RangeError('A slot stands twice in one step.');
    const lengths = this.#rows.map((slot) => this.#lengths[slot]);
    const tokens = this.#rows.map((slot) => byRow.get(slot)?.token ?? 0);
    const adapters = this.#rows.map((slot) => byRow.get(slot)?.adapter ?? 0);
    const logits = await this.#session.run(this.#cache, lengths, tokens, adapters, rows.map(({ slot }) => this.#rows.indexOf(slot)));
    for (const { slot } of rows) this.#lengths[slot] += 1;
    return logits.length === rows.length * vocabSize ? logits : logits.slice(0, rows.length * vocabSize);
  }

  destroy(): void {
    this.#cache.destroy();
    this.#rows = [];
    this.#lengths.fill(0);
  }

  /** Makes sure that these slots have rows, of at least `capacity` positions. */
  #include(slots: readonly number[], capacity: number): void {
    const missing = slots.filter((slot) => !this.#rows.includes(slot));
    if (missing.length === 0 && capacity <= this.#cache.capacity) return;
    // Rows whose slot was emptied make place first.
    const next = [...this.#rows];
    for (const slot of missing) {
      const free = next.findIndex((held) => this.#lengths[held] === 0 && !slots.includes(held));
      if (free >= 0) next[free] = slot;
      else next.push(slot);
    }
    const longest = Math.max(capacity, ...next.map((slot) => this.#lengths[slot]));
    if (next.length === this.#rows.length && longest <= this.#cache.capacity) {
      this.#rows = next; // an emptied row is simply taken over
      return;
    }
    this.#rearrange(next, Math.max(longest + GROWTH, 0));
  }

  /** Leaves out rows that hold nothing when they are half of all, and room that no row needs. */
  #shrink(): void {
    const live = this.#rows.filter((slot) => this.#lengths[slot] > 0);
    const longest = Math.max(0, ...live.map((slot) => this.#lengths[slot]));
    const fewer = live.length > 0 && live.length * 2 <= this.#rows.length;
    if (fewer || this.#cache.capacity > longest + SLACK) this.#rearrange(fewer ? live : this.#rows, longest + GROWTH);
  }

  #rearrange(rows: readonly number[], capacity: number): void {
    this.#cache.rearrange(
      rows.map((slot) => ({ from: this.#rows.indexOf(slot), length: this.#lengths[slot] })),
      capacity,
    );
    this.#rows = [...rows];
  }
}
