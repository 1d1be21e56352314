import { describe, expect, it, vi } from 'vitest';
import { referenceLogProbs } from '../backbone/testing/reference-decoder.ts';
import { expectClose } from '../gpu/testing/bench.ts';
import { inner } from '../gpu/testing/reference.ts';
import { LoraGradientAccumulator } from './lora-gradients.ts';
import { indicesOf, trainedAdapters, unstacked } from './testing/adapters.ts';
import { decoderBench } from './testing/bench.ts';
import { randomBackbone, TINY, TINY_QWEN3, type Storage } from './testing/random-backbone.ts';
import { lossOf, onesAt, randomSequences } from './testing/sequences.ts';

const open = await decoderBench();
const SPEC = { count: 2, rank: 2, alpha: 3 };
const weights = randomBackbone(TINY, 1);
const adapters = trainedAdapters(TINY, SPEC, 2);

describe('log-likelihoods', () => {
  it.each<readonly [string, typeof TINY, Storage]>([
    ['Qwen2, f32', TINY, 'f32'],
    ['Qwen2, 4 bits with zero points, f16 tables', TINY, 'q4'],
    ['Qwen2, 8 bits, the tied table too', TINY, 'q8'],
    // Quantised matrices have multiples of 16 columns.
    ['Qwen3, 8 bits, an embedding of 8 bits and a head of 4', { ...TINY_QWEN3, heads: 4 }, 'q8'],
    ['Qwen3, f16 stored [in, out], separate head', TINY_QWEN3, 'f16'],
  ])('of packed sequences equal an f64 reference, with and without adapters: %s', async (_, config, storage) => {
    const backbone = randomBackbone(config, 3, storage);
    const stacked = trainedAdapters(config, SPEC, 4);
    const sequences = randomSequences(5, [7, 1, 12, 2], config.vocabSize, 2);
    for (const one of [null, stacked]) {
      const decoder = await open(backbone, one ? { adapters: one } : {});
      const made = await decoder.logLikelihood(sequences);
      decoder.destroy();
      expect(made.map(({ length }) => length)).toEqual([6, 0, 11, 1]);
      const list = one ? unstacked(one, one.values) : [];
      for (const [index, { tokens, adapters: routes }] of sequences.entries()) {
        // f32 logits of size 10 through two layers.
        expectClose(made[index], await referenceLogProbs(backbone, list, [...tokens], routes), { relative: 1e-5, absolute: 1e-5 }, `sequence ${index}`);
      }
    }
  });

  it.each([2, 3])('at positions of adapter k (%i adapters of rank 2, with and without padding columns) are those of the plain backbone', async (count) => {
    const sequences = randomSequences(8, [9, 6], TINY.vocabSize, count);
    const [plain, routed] = [await open(weights), await open(weights, { adapters: trainedAdapters(TINY, { ...SPEC, count }, 4) })];
    const without = sequences.map(({ tokens }) => ({ tokens, adapters: new Uint8Array(tokens.length).fill(count) }));
    const [expected, made] = [await plain.logLikelihood(sequences), await routed.logLikelihood(without)];
    made.forEach((values, index) => expectClose(values, Float64Array.from(expected[index]), { relative: 1e-6, absolute: 1e-6 }, `sequence ${index}`));
    plain.destroy();
    routed.destroy();
  });

  it('of sequences of one token each are empty: nothing is predicted', async () => {
    const decoder = await open(weights);
    const made = await decoder.logLikelihood(randomSequences(6, [1, 1], TINY.vocabSize, 1));
    expect(made.map(({ length }) => length)).toEqual([0, 0]);
    decoder.destroy();
  });
});

describe('gradients and losses', () => {
  const sequences = randomSequences(7, [10, 8], TINY.vocabSize, 2);
  const vectors = [onesAt(sequences, [[{ start: 1, end: 4 }], [{ start: 2, end: 8 }]]), onesAt(sequences, [[{ start: 4, end: 10 }], []])];

  it('have the same bits in two runs, and in another decoder', async () => {
    const [first, second] = [await open(weights, { adapters }), await open(weights, { adapters })];
    const once = await first.adapterGradients(sequences, vectors);
    expect(await first.adapterGradients(sequences, vectors)).toEqual(once);
    expect(await second.adapterGradients(sequences, vectors)).toEqual(once);
    first.destroy();
    second.destroy();
  });

  it('have the same bits when activations are recomputed as when they are kept', async () => {
    const [keeping, recomputing] = [await open(weights, { adapters }), await open(weights, { adapters, budgets: { activations: 0 } })];
    const kept = await keeping.adapterGradients(sequences, vectors);
    expect(await recomputing.adapterGradients(sequences, vectors)).toEqual(kept);
    expect(recomputing.memory.peakBytes).toBeLessThan(keeping.memory.peakBytes);
    keeping.destroy();
    recomputing.destroy();
  });

  it('have the same bits whatever the limit of one dispatch', async () => {
    const [fine, coarse] = [await open(weights, { adapters, dispatchLimit: 1 }), await open(weights, { adapters, dispatchLimit: 1e12 })];
    // Rows beyond 16 are needed for a cut: all weights of two sequences of 40 and 30 tokens.
    const long = randomSequences(12, [40, 30], TINY.vocabSize, 2);
    const all = [long.map(({ tokens }) => new Float32Array(tokens.length).fill(1))];
    const [few, many] = [vi.spyOn(coarse.context.recorder, 'dispatch'), vi.spyOn(fine.context.recorder, 'dispatch')];
    expect(await fine.adapterGradients(long, all)).toEqual(await coarse.adapterGradients(long, all));
    expect(many.mock.calls.length).toBeGreaterThan(1.5 * few.mock.calls.length);
    expect(await fine.logLikelihood(long)).toEqual(await coarse.logLikelihood(long));
    fine.destroy();
    coarse.destroy();
  });

  it('are the same where no binding holds the rows of all vectors, and each is taken alone', async () => {
    const long = randomSequences(13, [60, 50], TINY.vocabSize, 2);
    const all = [long.map(({ tokens }) => new Float32Array(tokens.length).fill(1)), long.map(({ tokens }) => new Float32Array(tokens.length).fill(-0.5, 20))];
    const [wide, narrow] = [await open(weights, { adapters }), await open(weights, { adapters })];
    const whole = await wide.adapterGradients(long, all);
    const accumulator = new LoraGradientAccumulator(narrow.context, all.length);
    // 108 rows of 48 floats of each vector take 20,736 bytes.
    Object.assign(narrow.context.memory, { maxBinding: 32_768 });
    const started = vi.spyOn(accumulator, 'start');
    const told = await narrow.accumulateGradients(long, all, accumulator);
    expect(started).toHaveBeenCalledTimes(2);
    (await accumulator.read()).forEach((gradient, vector) => expectClose(gradient, whole.gradients[vector], { relative: 1e-6 }));
    expectClose(told.losses, whole.losses, { relative: 1e-6 });
    expect(told.logprobs.map((own) => own.filter((value) => !Number.isNaN(value)).length)).toEqual([59, 49]);
    await narrow.accumulateGradients(long, all, accumulator, true);
    (await accumulator.read()).forEach((gradient, vector) => expectClose(gradient, whole.gradients[vector].map((value) => 2 * value), { relative: 1e-6 }));
    accumulator.destroy();
    narrow.destroy();
    wide.destroy();
  });

  it('losses are −Σ w·log π', async () => {
    const decoder = await open(weights, { adapters });
    const { losses } = await decoder.adapterGradients(sequences, vectors);
    const logprobs = await decoder.logLikelihood(sequences);
    expectClose(losses, vectors.map((vector) => lossOf(logprobs, vector)), { relative: 1e-6 });
    decoder.destroy();
  });

  it('are linear in the weights: w₁ − 2·w₂ gives g₁ − 2·g₂', async () => {
    const decoder = await open(weights, { adapters });
    const both = vectors[0].map((values, index) => values.map((value, target) => value - 2 * vectors[1][index][target]));
    const { gradients } = await decoder.adapterGradients(sequences, [...vectors, both]);
    expectClose(gradients[2], gradients[0].map((value, i) => value - 2 * gradients[1][i]), { relative: 1e-5 });
    decoder.destroy();
  });

  it('of a vector that weights nothing are 0, beside one that does and alone', async () => {
    const decoder = await open(weights, { adapters });
    const nothing = sequences.map(({ tokens }) => new Float32Array(tokens.length));
    const beside = await decoder.adapterGradients(sequences, [nothing, vectors[0], nothing]);
    expect([beside.losses[0], beside.losses[2]].map(Math.abs)).toEqual([0, 0]);
    expect(beside.gradients[0].every((value) => value === 0) && beside.gradients[2].every((value) => value === 0)).toBe(true);
    expect(beside.gradients[1]).toEqual((await decoder.adapterGradients(sequences, [vectors[0]])).gradients[0]);
    const alone = await decoder.adapterGradients(sequences, [nothing]);
    expect(alone.gradients[0].every((value) => value === 0)).toBe(true);
    expect([...alone.losses].map(Math.abs)).toEqual([0]);
    decoder.destroy();
  });
});

describe('routing', () => {
  const nonzero = (gradient: Float32Array, adapter: number): boolean =>
    (['a', 'b'] as const).some((part) => indicesOf(adapters.layout, adapter, part).some((index) => gradient[index] !== 0));

  it('an adapter that is the route of no position has a gradient of exactly 0', async () => {
    const [{ tokens }] = randomSequences(8, [9], TINY.vocabSize, 2);
    const decoder = await open(weights, { adapters });
    for (const route of [0, 1]) {
      const sequences = [{ tokens, adapters: new Uint8Array(9).fill(route) }];
      const { gradients } = await decoder.adapterGradients(sequences, [onesAt(sequences, [[{ start: 1, end: 9 }]])]);
      expect([nonzero(gradients[0], route), nonzero(gradients[0], 1 - route)]).toEqual([true, false]);
    }
    decoder.destroy();
  });

  it('reaches an adapter through attention from later losses (leakage), never from earlier ones', async () => {
    const [{ tokens }] = randomSequences(9, [10], TINY.vocabSize, 2);
    // Adapter 1 stands at input positions 4 … 6, which predict targets 5 … 7.
    const sequences = [{ tokens, adapters: Uint8Array.of(0, 0, 0, 0, 1, 1, 1, 0, 0, 0) }];
    const decoder = await open(weights, { adapters });
    const vector = (start: number, end: number) => onesAt(sequences, [[{ start, end }]]);
    const { gradients } = await decoder.adapterGradients(sequences, [vector(1, 5), vector(5, 8), vector(8, 10)]);
    expect(gradients.map((gradient) => nonzero(gradient, 1))).toEqual([false, true, true]);
    expect(gradients.map((gradient) => nonzero(gradient, 0))).toEqual([true, true, true]);
    decoder.destroy();
  });

  it.each([
    { count: 3, rank: 3, alpha: 2 },
    { count: 1, rank: 2, alpha: 2 },
    { count: 4, rank: 1, alpha: 1 },
  ])('takes $count adapters of rank $rank', async (spec) => {
    const stacked = trainedAdapters(TINY, spec, 10);
    const sequences = randomSequences(11, [13], TINY.vocabSize, spec.count);
    const [{ tokens, adapters: routes }] = sequences;
    const vector = onesAt(sequences, [[{ start: 3, end: 12 }]]);
    const decoder = await open(weights, { adapters: stacked });
    const reference = (values: Float32Array) => referenceLogProbs(weights, unstacked(stacked, values), [...tokens], routes);
    expectClose((await decoder.logLikelihood(sequences))[0], await reference(stacked.values), { relative: 1e-5, absolute: 1e-5 });
    const { gradients } = await decoder.adapterGradients(sequences, [vector]);
    decoder.destroy();
    // One direction over every parameter that is not padding, scaled to a unit vector.
    const parameters = Array.from({ length: spec.count }).flatMap((_, adapter) => [...indicesOf(stacked.layout, adapter, 'a'), ...indicesOf(stacked.layout, adapter, 'b')]);
    const real = new Set(parameters);
    const h = 2 ** -8 / Math.sqrt(parameters.length);
    const shifted = (sign: number): Float32Array => stacked.values.map((value, index) => (real.has(index) ? value + sign * h * (index % 3 === 0 ? -1 : 1) : value));
    const [above, below] = [shifted(1), shifted(-1)];
    const expected = lossOf([await reference(above)], vector) - lossOf([await reference(below)], vector);
    expectClose([inner(gradients[0], above.map((value, index) => value - below[index]))], [expected], { relative: 2e-4, absolute: 1e-6 });
    // Columns of padding take no part.
    expect(gradients[0].every((value, index) => real.has(index) || value === 0)).toBe(true);
  });
});
