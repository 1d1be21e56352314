import { expect, it, vi } from 'vitest';
import { referenceLogProbs } from '../backbone/testing/reference-decoder.ts';
import type { DecoderConfig } from '../backbone/types.ts';
import { Random } from '../core/random.ts';
import { expectClose } from '../gpu/testing/bench.ts';
import { inner } from '../gpu/testing/reference.ts';
import { indicesOf, trainedAdapters, unstacked } from './testing/adapters.ts';
import { decoderBench } from './testing/bench.ts';
import { randomBackbone, TINY } from './testing/random-backbone.ts';
import { lossOf, randomSequences } from './testing/sequences.ts';

vi.setConfig({ testTimeout: 120_000 });

const open = await decoderBench();
const LENGTH = 4096;
/** One narrow layer: at this length nearly all the work is attention. */
const NARROW: DecoderConfig = { ...TINY, layers: 1, hiddenSize: 16, heads: 2, kvHeads: 1, headDim: 8, intermediateSize: 16, maxPositions: LENGTH };
const weights = randomBackbone(NARROW, 1);
const adapters = trainedAdapters(NARROW, { count: 2, rank: 2, alpha: 2 }, 2);
const sequences = randomSequences(3, [LENGTH, 7], NARROW.vocabSize, 2);

it('log-likelihoods of 4,096 tokens are those of an f64 reference', async () => {
  const decoder = await open(weights, { adapters });
  const made = await decoder.logLikelihood(sequences);
  decoder.destroy();
  for (const [index, { tokens, adapters: routes }] of sequences.entries()) {
    expectClose(made[index], await referenceLogProbs(weights, unstacked(adapters, adapters.values), [...tokens], routes), { relative: 1e-5, absolute: 1e-5 }, `sequence ${index}`);
  }
});

it('adapter gradients over 4,096 tokens are the differences of the log-likelihood', async () => {
  const decoder = await open(weights, { adapters });
  const random = new Random(5);
  // Advantages of either sign at all targets: a sum in which no stretch of the sequence drowns the others.
  const vector = sequences.map(({ tokens }) => Float32Array.from(tokens, () => random.normal()));
  const { losses, gradients } = await decoder.adapterGradients(sequences, [vector]);
  const { memory, adapters: uploaded } = decoder.context;
  const lossAt = async (values: Float32Array<ArrayBuffer>): Promise<number> => {
    memory.write(uploaded!.parameters, values);
    return lossOf(await decoder.logLikelihood(sequences), vector);
  };
  expectClose(losses, [await lossAt(adapters.values)], { relative: 1e-6, absolute: 1e-4 });
  // 4,096 f32 log-probabilities of size 4 are known to about 5e-7 each, their sum to 3e-5; a step of 2^-6 along a unit
  // vector therefore gives a derivative of size 10 to 1e-4 of it, and curvature adds h²/6 of the third derivative.
  const h = 2 ** -6;
  for (const adapter of [0, 1]) {
    const indices = new Set([...indicesOf(adapters.layout, adapter, 'a'), ...indicesOf(adapters.layout, adapter, 'b')]);
    const direction = Float64Array.from(adapters.values, (_, index) => (indices.has(index) ? random.normal() / Math.sqrt(indices.size) : 0));
    const [above, below] = [1, -1].map((sign) => Float32Array.from(adapters.values, (value, index) => value + sign * h * direction[index]));
    const expected = (await lossAt(above)) - (await lossAt(below));
    const actual = inner(gradients[0], above.map((value, index) => value - below[index]));
    expect(Math.abs(actual - expected), `adapter ${adapter}: ${actual} and ${expected}`).toBeLessThan(2e-3 * Math.abs(expected) + 3e-4);
    expect(Math.abs(expected)).toBeGreaterThan(0.02);
  }
  decoder.destroy();
});

it('several layers give the same bits recomputed as kept, forward and backward in slices of rows', async () => {
  const deep = { ...NARROW, layers: 4 };
  const backbone = randomBackbone(deep, 6);
  const stacked = trainedAdapters(deep, { count: 2, rank: 2, alpha: 2 }, 7);
  const long = randomSequences(8, [700, 300], deep.vocabSize, 2);
  const ones = [long.map(({ tokens }) => new Float32Array(tokens.length).fill(1)), [new Float32Array(700).fill(1, 100, 200), new Float32Array(0)]];
  const results = [];
  const peaks = [];
  for (const options of [{}, { budgets: { activations: 0 } }, { budgets: { activations: 0 }, dispatchLimit: 1e6 }]) {
    const decoder = await open(backbone, { adapters: stacked, ...options });
    results.push(await decoder.adapterGradients(long, ones));
    peaks.push(decoder.memory.peakBytes);
    decoder.destroy();
  }
  expect(results[1]).toEqual(results[0]);
  expect(results[2]).toEqual(results[0]);
  expect(peaks[1]).toBeLessThan(peaks[0]);
});
