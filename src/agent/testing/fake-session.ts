import { hash32 } from '../../core/random.ts';
import type { DecodeBatch, RoutedSession, StepRow } from '../../inference/types.ts';

/** Logits after a prefix; a function of nothing else. */
export type Logits = (tokens: readonly number[], adapters: readonly number[]) => Float32Array;

/** Logits that differ with every token and adapter of the prefix; only the given tokens are possible. */
export function hashedLogits(vocabSize: number, possible: readonly number[]): Logits {
  return (tokens, adapters) => {
    const seed = hash32(`${tokens.join(' ')}|${adapters.join(' ')}`);
    const logits = new Float32Array(vocabSize).fill(-Infinity);
    for (const id of possible) logits[id] = (hash32(`${seed} ${id}`) / 2 ** 32) * 4;
    return logits;
  };
}

/** Logits that all but force the token that follows each prefix. */
export function forcedLogits(vocabSize: number, next: (tokens: readonly number[]) => number): Logits {
  return (tokens) => {
    const logits = new Float32Array(vocabSize);
    logits[next(tokens)] = 60;
    return logits;
  };
}

interface Cache {
  tokens: number[];
  adapters: number[];
}

/** What was asked of a session: calls that must depend on the row alone are told by the prefix that they extend. */
export interface FakeCalls {
  readonly extensions: { readonly before: readonly number[]; readonly tokens: readonly number[]; readonly adapters: readonly number[] }[];
  steps: number;
  copies: number;
  /** Largest number of rows in a step. */
  widest: number;
  opened: number;
  destroyed: number;
}

/** A session that keeps its caches as lists, refuses overlapping calls, and checks slots. */
export function fakeSession(logits: Logits, { vocabSize, maxPositions = 4096, adapterCount = 2, stepLimit = 1 }: { vocabSize: number; maxPositions?: number; adapterCount?: number; stepLimit?: number }): RoutedSession & { readonly calls: FakeCalls } {
  const calls: FakeCalls = { extensions: [], steps: 0, copies: 0, widest: 0, opened: 0, destroyed: 0 };
  const open = (slots: number): DecodeBatch => {
    calls.opened++;
    const caches = Array.from({ length: slots }, (): Cache => ({ tokens: [], adapters: [] }));
    let busy = false;
    const alone = async <T>(work: () => T): Promise<T> => {
      if (busy) throw new Error('Calls overlap.');
      busy = true;
      await Promise.resolve();
      const result = work();
      busy = false;
      return result;
    };
    const at = (slot: number): Cache => {
      if (slot < 0 || slot >= slots) throw new Error(`No slot ${slot} of ${slots}.`);
      return caches[slot];
    };
    const append = (cache: Cache, token: number, adapter: number): void => {
      if (!Number.isInteger(token) || token < 0 || token >= vocabSize) throw new Error(`No token ${token}.`);
      if (!Number.isInteger(adapter) || adapter < 0 || adapter > adapterCount) throw new Error(`No adapter ${adapter}.`);
      cache.tokens.push(token);
      cache.adapters.push(adapter);
      if (cache.tokens.length > maxPositions) throw new Error('Too many positions.');
    };
    return {
      slots,
      length: (slot) => at(slot).tokens.length,
      clear: (slot) => {
        caches[slot] = { tokens: [], adapters: [] };
      },
      copy: (from, to) =>
        alone(() => {
          calls.copies++;
          caches[to] = { tokens: [...at(from).tokens], adapters: [...at(from).adapters] };
        }),
      extend: (slot, tokens, adapters) =>
        alone(() => {
          if (tokens.length < 2 || tokens.length !== adapters.length) throw new Error(`An extension by ${tokens.length} tokens.`);
          const cache = at(slot);
          calls.extensions.push({ before: [...cache.tokens], tokens: Array.from(tokens), adapters: Array.from(adapters) });
          for (let n = 0; n < tokens.length; n++) append(cache, tokens[n], adapters[n]);
          return logits(cache.tokens, cache.adapters);
        }),
      step: (rows: readonly StepRow[]) =>
        alone(() => {
          if (new Set(rows.map(({ slot }) => slot)).size < rows.length || rows.length === 0) throw new Error('Rows are not different.');
          calls.steps++;
          calls.widest = Math.max(calls.widest, rows.length);
          const all = new Float32Array(rows.length * vocabSize);
          rows.forEach(({ slot, token, adapter }, index) => {
            const cache = at(slot);
            append(cache, token, adapter);
            all.set(logits(cache.tokens, cache.adapters), index * vocabSize);
          });
          return all;
        }),
      destroy: () => {
        calls.destroyed++;
      },
    };
  };
  return {
    provider: 'wasm',
    vocabSize,
    maxPositions,
    adapterCount,
    baseAdapter: adapterCount,
    stepLimit,
    timings: { inputs: 0, kernels: 0, steps: 0, extensions: 0, tokens: 0 },
    gpuBytes: 0,
    notes: [],
    open,
    destroy: () => Promise.resolve(),
    calls,
  };
}
