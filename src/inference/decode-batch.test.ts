import { beforeAll, describe, expect, it, vi } from 'vitest';
import type { OrtRoutedSession } from './session.ts';
import { createRoutedSession } from './session.ts';
import { goldenCase, throughBatch, type GoldenCase } from './testing/golden.ts';
import { loadNodeRuntime } from './testing/node-runtime.ts';

// Together they take 4 s where nothing else runs, and one of them most of it.
vi.setConfig({ testTimeout: 60_000 });

let golden: GoldenCase;
let session: OrtRoutedSession;

beforeAll(async () => {
  golden = await goldenCase('qwen2-q4');
  session = await createRoutedSession({ graph: golden.graph, config: golden.backbone.config, adapters: golden.adapters, provider: 'wasm', loadRuntime: loadNodeRuntime });
});

/** Row r's tokens are a sequence of its own, of 20 + r tokens. */
function rows(count: number): GoldenCase['sequences'] {
  return Array.from({ length: count }, (_, r) => {
    const length = 20 + (r % 9);
    return {
      tokens: Array.from({ length }, (_, p) => (p * 29 + r * 13 + 5) % session.vocabSize),
      adapters: Array.from({ length }, (_, p) => (p + r) % 3),
      logprobs: new Float64Array(length - 1),
    };
  });
}

/** First some tokens at once, later three at once where 7 divides the place: a function of the row alone. */
const split = (sequences: GoldenCase['sequences']) => (sequence: number, at: number) => (at === 0 ? 1 + (sequences[sequence].tokens.length % 6) : at % 7 === 0 ? 3 : 1);

describe('a batch on the wasm provider', () => {
  it('gives each row the same bits whatever the other rows are', async () => {
    const all = rows(24);
    const together = await throughBatch(session.open(24), session.vocabSize, all, split(all));
    for (const index of [0, 5, 23]) {
      const alone = [all[index]];
      const [own] = await throughBatch(session.open(1), session.vocabSize, alone, split(alone));
      expect(own).toEqual(together[index]);
    }
    const order = [...all.keys()].reverse();
    const reversed = order.map((index) => all[index]);
    const backwards = await throughBatch(session.open(24), session.vocabSize, reversed, split(reversed));
    order.forEach((index, place) => expect(backwards[place]).toEqual(together[index]));
  });

  it('takes the frozen backbone for the adapter k', async () => {
    const plain = await createRoutedSession({ graph: golden.graph, config: golden.backbone.config, adapters: null, provider: 'wasm', loadRuntime: loadNodeRuntime });
    const [row] = rows(1);
    const base = { ...row, adapters: row.tokens.map(() => session.baseAdapter) };
    const [routed] = await throughBatch(session.open(1), session.vocabSize, [base], () => 1);
    const [expected] = await throughBatch(plain.open(1), plain.vocabSize, [base], () => 1);
    routed.forEach((value, at) => expect(Math.abs(value - expected[at])).toBeLessThan(1e-6));
    await plain.destroy();
  });

  it('refills, copies and forgets slots without disturbing the others', async () => {
    const [a, b, c] = rows(3);
    const batch = session.open(3);
    const reference = session.open(1);
    const logitsOf = async (sequence: GoldenCase['sequences'][number]): Promise<Float32Array> => {
      reference.clear(0);
      return reference.extend(0, sequence.tokens, sequence.adapters);
    };
    await batch.extend(0, a.tokens, a.adapters);
    await batch.copy(0, 2);
    await batch.extend(1, b.tokens, b.adapters);
    batch.clear(0);
    const refilled = await batch.extend(0, c.tokens, c.adapters);
    expect(refilled).toEqual(await logitsOf(c));
    expect([0, 1, 2].map((slot) => batch.length(slot))).toEqual([c, b, a].map(({ tokens }) => tokens.length));
    const stepped = await batch.step([{ slot: 2, token: 7, adapter: 1 }, { slot: 0, token: 9, adapter: 0 }]);
    await logitsOf(a);
    expect(stepped.slice(0, session.vocabSize)).toEqual(await reference.step([{ slot: 0, token: 7, adapter: 1 }]));
    await logitsOf(c);
    expect(stepped.slice(session.vocabSize)).toEqual(await reference.step([{ slot: 0, token: 9, adapter: 0 }]));
    // The slot that took no part kept its content.
    await logitsOf(b);
    expect(await batch.step([{ slot: 1, token: 3, adapter: 1 }])).toEqual(await reference.step([{ slot: 0, token: 3, adapter: 1 }]));
  });

  it('refuses a slot twice in one step, and nothing to encode', async () => {
    const batch = session.open(2);
    await expect(batch.step([{ slot: 0, token: 1, adapter: 0 }, { slot: 0, token: 2, adapter: 0 }])).rejects.toThrow(RangeError);
    await expect(batch.extend(0, [], [])).rejects.toThrow(RangeError);
  });
});
