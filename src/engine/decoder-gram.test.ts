import { describe, expect, it } from 'vitest';
import { TARGETS } from '../core/gram/types.ts';
import { expectClose } from '../gpu/testing/bench.ts';
import { inner } from '../gpu/testing/reference.ts';
import { initialAdapters, type AdapterSlot } from '../backbone/adapters.ts';
import type { Decoder } from './decoder.ts';
import { spanVectors } from './packing.ts';
import { trainedAdapters, type Adapters } from './testing/adapters.ts';
import { decoderBench, SMALL_LAYOUTS } from './testing/bench.ts';
import { randomBackbone, TINY } from './testing/random-backbone.ts';
import { randomSequences } from './testing/sequences.ts';
import type { EngineSequence, GramAddition, GramGroupOptions, TokenRange } from './types.ts';

const open = await decoderBench();
const weights = randomBackbone(TINY, 1);
const adapters = trainedAdapters(TINY, { count: 3, rank: 2, alpha: 3 }, 2);
const sequences = randomSequences(3, [12, 9, 10], TINY.vocabSize, 3);
/** One span that ends with its sequence, one of a single token, two that follow each other, one that is empty. */
const spans: readonly (readonly TokenRange[])[] = [
  [
    { start: 1, end: 5 },
    { start: 5, end: 12 },
  ],
  [{ start: 4, end: 5 }],
  [
    { start: 2, end: 8 },
    { start: 3, end: 3 },
  ],
];
const SPANS = 5;
/** More spans than any adapter keeps gradients for: the group is tiled. */
const TILED = 10_000_000;

async function gram(decoder: Decoder, options: GramGroupOptions, batches: readonly (readonly number[])[] = [[0, 1, 2]]): Promise<{ additions: GramAddition[]; modules: number }> {
  const group = decoder.openGramGroup(options);
  try {
    const additions: GramAddition[] = [];
    for (const batch of batches) additions.push(await group.add(batch.map((i) => sequences[i]), batch.map((i) => spans[i])));
    return { additions, modules: group.modules.length };
  } finally {
    group.close();
  }
}

/** The full K of each module, from additions that give the new rows against everything so far. */
function assembled(additions: readonly GramAddition[], modules: number): Float64Array {
  const total = additions[additions.length - 1].size;
  const k = new Float64Array(modules * total * total);
  for (const { size, values, losses } of additions) {
    const first = size - losses.length;
    for (let m = 0; m < modules; m += 1) {
      for (let i = 0; i < losses.length; i += 1) {
        for (let j = 0; j < size; j += 1) {
          const value = values[(m * losses.length + i) * size + j];
          k[(m * total + first + i) * total + j] = value;
          k[(m * total + j) * total + first + i] = value;
        }
      }
    }
  }
  return k;
}

/** ⟨G_i, G_j⟩ in f64 from flat gradients, over the floats of one module. */
function innerProducts(gradients: readonly Float32Array[], { a, b, in: input, out }: AdapterSlot, width: number): Float64Array {
  const parts = gradients.map((flat) => [...flat.subarray(a, a + width * input), ...flat.subarray(b, b + out * width)]);
  return Float64Array.from(parts.flatMap((left) => parts.map((right) => inner(left, right))));
}

describe('the span Gram', () => {
  it.each(['full', 'lora'] as const)('is the same tiled as kept (%s)', async (parameterSet) => {
    const decoder = await open(weights, { adapters });
    expect([decoder.mustAddWhole({ parameterSet, spanCapacity: SPANS }), decoder.mustAddWhole({ parameterSet, spanCapacity: TILED })]).toEqual([false, true]);
    const kept = await gram(decoder, { parameterSet, spanCapacity: SPANS });
    const tiled = await gram(decoder, { parameterSet, spanCapacity: TILED });
    expectClose(tiled.additions[0].values, kept.additions[0].values, { relative: 1e-5 });
    expect(tiled.additions[0].losses).toEqual(kept.additions[0].losses);
    decoder.destroy();
  });

  it.each(['full', 'lora'] as const)('is the same added in micro-batches as at once (%s)', async (parameterSet) => {
    const decoder = await open(weights, { adapters });
    const whole = await gram(decoder, { parameterSet, spanCapacity: SPANS });
    const expected = assembled(whole.additions, whole.modules);
    for (const batches of [[[0], [1, 2]], [[0, 1], [2]], [[0], [1], [2]]]) {
      const { additions, modules } = await gram(decoder, { parameterSet, spanCapacity: SPANS }, batches);
      expectClose(assembled(additions, modules), expected, { relative: 1e-5 });
      expectClose(additions.flatMap(({ losses }) => [...losses]), whole.additions[0].losses, { relative: 1e-6 });
    }
    decoder.destroy();
  });

  it('of adapters is the inner products of their gradients, module by module', async () => {
    for (const stacked of [adapters, untrained()]) {
      const decoder = await open(weights, { adapters: stacked });
      const { additions, modules } = await gram(decoder, { parameterSet: 'lora', spanCapacity: SPANS });
      const { gradients, losses } = await decoder.adapterGradients(sequences, spanVectors(sequences, spans));
      const expected = stacked.layout.slots.flatMap((slot) => [...innerProducts(gradients, slot, stacked.layout.width)]);
      expect(modules).toBe(stacked.layout.slots.length);
      expectClose(additions[0].values, expected, { relative: 1e-5 });
      expect(additions[0].losses).toEqual(losses);
      decoder.destroy();
    }
  });

  it('of the full weights is the Gram of an adapter whose A is the identity', async () => {
    // With A = 1, B = 0 and scale 1 the gradient of B is that of W itself; every input here has 32 features.
    const config = { ...TINY, intermediateSize: 32 };
    const identity = initialAdapters(config, { count: 1, rank: 32, alpha: 32 }, () => () => 0);
    for (const { a, in: input } of identity.layout.slots) for (let i = 0; i < input; i += 1) identity.values[a + i * input + i] = 1;
    const routed = sequences.map(({ tokens }): EngineSequence => ({ tokens, adapters: new Uint8Array(tokens.length) }));
    const decoder = await open(randomBackbone(config, 4), { adapters: identity });
    const group = async (parameterSet: 'full' | 'lora'): Promise<Float64Array> => {
      const opened = decoder.openGramGroup({ parameterSet, spanCapacity: SPANS });
      const { values } = await opened.add(routed, spans);
      opened.close();
      return values;
    };
    expectClose(await group('full'), await group('lora'), { relative: 1e-5 });
    decoder.destroy();
  });

  it('has the spans’ losses, −Σ log π over each', async () => {
    const decoder = await open(weights, { adapters });
    const { additions } = await gram(decoder, { parameterSet: 'full', spanCapacity: SPANS });
    const logprobs = await decoder.logLikelihood(sequences);
    const expected = spans.flatMap((list, sequence) => list.map(({ start, end }) => -logprobs[sequence].subarray(start - 1, end - 1).reduce((sum, value) => sum + value, 0)));
    expectClose(additions[0].losses, expected, { relative: 1e-6 });
    decoder.destroy();
  });

  it('has the same bits twice, and with activations recomputed', async () => {
    const [decoder, recomputing] = [await open(weights, { adapters }), await open(weights, { adapters, budgets: { activations: 0 } })];
    const options = { parameterSet: 'full', spanCapacity: SPANS } as const;
    const once = await gram(decoder, options);
    expect(await gram(decoder, options)).toEqual(once);
    expect(await gram(recomputing, options)).toEqual(once);
    decoder.destroy();
    recomputing.destroy();
  });

  it.each(['full', 'lora'] as const)('is the same in several passes as in one, kept and tiled (%s)', async (parameterSet) => {
    const whole = await open(weights, { adapters });
    const expected = await gram(whole, { parameterSet, spanCapacity: SPANS });
    whole.destroy();
    // A budget of 1 byte leaves each span alone; the other holds two or three.
    for (const budget of [1, 110_000]) {
      const decoder = await open(weights, { adapters, budgets: { gram: budget } });
      for (const spanCapacity of [SPANS, TILED]) {
        const options = { parameterSet, spanCapacity };
        const steps: string[] = [];
        const group = decoder.openGramGroup(options);
        const made = await group.add(sequences, spans, { onProgress: (done, total) => void steps.push(`${done} of ${total}`) });
        group.close();
        const total = spanCapacity === SPANS ? (budget === 1 ? SPANS : 2) : budget === 1 ? (SPANS * (SPANS - 1)) / 2 : 6;
        expect(steps).toEqual(Array.from({ length: total }, (_, index) => `${index + 1} of ${total}`));
        expectClose(made.values, expected.additions[0].values, { relative: 1e-5 });
        expectClose(made.losses, expected.additions[0].losses, { relative: 1e-6 });
        const again = await gram(decoder, options);
        expect(again.additions[0]).toEqual(made);
      }
      decoder.destroy();
    }
  });

  it('in several passes grows as in one', async () => {
    const decoder = await open(weights, { adapters, budgets: { gram: 1 } });
    const whole = await gram(decoder, { parameterSet: 'full', spanCapacity: SPANS });
    const { additions, modules } = await gram(decoder, { parameterSet: 'full', spanCapacity: SPANS }, [[0, 1], [2]]);
    expectClose(assembled(additions, modules), assembled(whole.additions, modules), { relative: 1e-5 });
    decoder.destroy();
  });

  it('ends between two passes when its signal is aborted or its listener throws, and the decoder goes on', async () => {
    const decoder = await open(weights, { adapters, budgets: { gram: 1 } });
    const group = decoder.openGramGroup({ parameterSet: 'full', spanCapacity: TILED });
    const abort = new AbortController();
    let passes = 0;
    const stop = (done: number): void => {
      passes = done;
      if (done === 2) abort.abort();
    };
    await expect(group.add(sequences, spans, { onProgress: stop, signal: abort.signal })).rejects.toThrow(/abort/i);
    expect(passes).toBe(2);
    await expect(group.add(sequences, spans, { onProgress: () => Promise.reject(new Error('No further.')) })).rejects.toThrow('No further.');
    const { size } = await group.add(sequences, spans);
    expect(size).toBe(SPANS);
    group.close();
    decoder.destroy();
  });

  it('has the same bits whatever the limit of one dispatch', async () => {
    const [fine, coarse] = [await open(weights, { adapters, dispatchLimit: 1 }), await open(weights, { adapters, dispatchLimit: 1e12 })];
    for (const options of [{ parameterSet: 'full', spanCapacity: TILED }, { parameterSet: 'lora', spanCapacity: SPANS }] as const) expect(await gram(fine, options)).toEqual(await gram(coarse, options));
    fine.destroy();
    coarse.destroy();
  });

  it('of adapters is the same where tiles hold four rows of A or of B', async () => {
    const [decoder, tiled] = [await open(weights, { adapters }), await open(weights, { adapters, budgets: { keep: 0, tile: 1 } })];
    const options = { parameterSet: 'lora', spanCapacity: SPANS } as const;
    expect([decoder.mustAddWhole(options), tiled.mustAddWhole(options)]).toEqual([false, true]);
    expectClose((await gram(tiled, options)).additions[0].values, (await gram(decoder, options)).additions[0].values, { relative: 1e-5 });
    decoder.destroy();
    tiled.destroy();
  });

  it('lists its modules layer by layer with the parameters behind each', async () => {
    const decoder = await open(weights, { adapters });
    const list = (parameterSet: 'full' | 'lora') => decoder.openGramGroup({ parameterSet, spanCapacity: 1 }).modules;
    expect(list('full').map(({ layer, target }) => [layer, target])).toEqual([0, 1].flatMap((layer) => TARGETS.map((target) => [layer, target])));
    expect(list('full').map(({ parameters }) => parameters).slice(0, 7)).toEqual([1024, 512, 512, 1024, 1536, 1536, 1536]);
    // 3 adapters of rank 2, (in + out) each; columns of padding do not count.
    expect(list('lora').map(({ parameters }) => parameters).slice(0, 7)).toEqual([6 * 64, 6 * 48, 6 * 48, 6 * 64, 6 * 80, 6 * 80, 6 * 80]);
    decoder.destroy();
  });

  it('of no spans is empty, and of an empty span is 0 even where other values stood before', async () => {
    const decoder = await open(weights, { adapters });
    const options = { parameterSet: 'full', spanCapacity: SPANS } as const;
    await gram(decoder, options);
    const group = decoder.openGramGroup(options);
    const none = await group.add(sequences, [[], [], []]);
    expect([none.size, none.values.length, none.losses.length]).toEqual([0, 0, 0]);
    const empty = await group.add(sequences.slice(0, 1), [[{ start: 3, end: 3 }]]);
    expect(empty.size).toBe(1);
    expect([...empty.losses].map(Math.abs)).toEqual([0]);
    expect([...new Set(empty.values)]).toEqual([0]);
    group.close();
    decoder.destroy();
  });

  it('refuses more spans than it was opened for', async () => {
    const decoder = await open(weights, { adapters });
    const group = decoder.openGramGroup({ parameterSet: 'full', spanCapacity: 3 });
    await group.add(sequences.slice(0, 2), spans.slice(0, 2));
    await expect(group.add(sequences.slice(2), spans.slice(2))).rejects.toThrow(/3 spans/);
    group.close();
    decoder.destroy();
  });

  it('refuses a second addition where gradients are not kept', async () => {
    const decoder = await open(weights, { adapters });
    const group = decoder.openGramGroup({ parameterSet: 'full', spanCapacity: TILED });
    await group.add(sequences.slice(0, 2), spans.slice(0, 2));
    await expect(group.add(sequences.slice(2), spans.slice(2))).rejects.toThrow(/whole|at once|one go/);
    group.close();
    decoder.destroy();
  });
});

function untrained(): Adapters {
  return initialAdapters(TINY, { count: 2, rank: 2, alpha: 3 }, (adapter) => {
    let state = adapter + 1;
    return () => {
      state = (state * 48_271) % 2_147_483_647;
      return state / 1_073_741_824 - 1;
    };
  });
}

describe('a matrix too large for one tile of gradients', () => {
  it('is tiled over its rows with the same result as kept whole', async () => {
    // gate_proj of 8,448 × 1,024 takes 33 MiB a span: two spans exceed the 64 MiB of a tile, and are still kept whole
    // where only two are announced. Few spans and many rows, because the inner products cost spans² × parameters.
    const config = { ...TINY, layers: 1, hiddenSize: 1024, intermediateSize: 8448 };
    // A tile of the inner products as small as their number, which would otherwise be lost in a workgroup's 32 columns.
    const layouts = { ...SMALL_LAYOUTS, gram: { rows: 2, columns: 2, wgX: 1, wgY: 1, subgroups: false } };
    const decoder = await open(randomBackbone(config, 5, 'q4'), { layouts });
    const [one] = randomSequences(6, [4], config.vocabSize, 1);
    const two = [[{ start: 1, end: 2 }, { start: 2, end: 4 }]];
    const run = async (spanCapacity: number): Promise<Float64Array> => {
      const group = decoder.openGramGroup({ parameterSet: 'full', spanCapacity });
      const { values } = await group.add([one], two);
      group.close();
      return values;
    };
    expect([decoder.mustAddWhole({ parameterSet: 'full', spanCapacity: 2 }), decoder.mustAddWhole({ parameterSet: 'full', spanCapacity: TILED })]).toEqual([false, true]);
    expectClose(await run(TILED), await run(2), { relative: 1e-5 });
    decoder.destroy();
  });
});
