import { describe, expect, it } from 'vitest';
import { expectClose } from '../gpu/testing/bench.ts';
import { inner } from '../gpu/testing/reference.ts';
import type { Decoder } from './decoder.ts';
import { AdapterOptimiser, ownersOf } from './optimiser.ts';
import type { WeightVector } from './packing.ts';
import { indicesOf, trainedAdapters } from './testing/adapters.ts';
import { decoderBench } from './testing/bench.ts';
import { randomBackbone, TINY } from './testing/random-backbone.ts';
import { randomSequences } from './testing/sequences.ts';

const open = await decoderBench();

const ADAM = { beta1: 0.9, beta2: 0.95, epsilon: 1e-8, decay: 0 };
const SPEC = { count: 2, rank: 3, alpha: 6 };
const adapters = trainedAdapters(TINY, SPEC, 5);
const sequences = randomSequences(2, [9, 6, 11], TINY.vocabSize, 2);
/** Loss 0 weights even targets, loss 1 odd ones: as roles, no token is in both. */
const losses: readonly WeightVector[] = [0, 1].map((loss) => sequences.map(({ tokens }, row) => Float32Array.from(tokens, (_, t) => (t > 0 && t % 2 === loss ? [0.5, -1, 0.7][row] : 0))));

function decoder(): Promise<Decoder> {
  return open(randomBackbone(TINY, 1, 'f32'), { adapters });
}

/** Indices of all parameters of an adapter. */
const parametersOf = (adapter: number): number[] => (['a', 'b'] as const).flatMap((part) => indicesOf(adapters.layout, adapter, part));

describe('ownersOf', () => {
  it('names the adapter of every parameter, and nobody for padding', () => {
    const owner = ownersOf(adapters.layout);
    for (const adapter of [0, 1]) for (const index of parametersOf(adapter)) expect(owner[index]).toBe(adapter);
    const counted = owner.filter((one) => one < 2).length;
    expect(counted).toBe(parametersOf(0).length + parametersOf(1).length);
  });
});

describe('the optimiser', () => {
  it('sums micro-batches to the gradients of the whole batch, and their products', async () => {
    const engine = await decoder();
    const { gradients } = await engine.adapterGradients(sequences, losses);
    const optimiser = new AdapterOptimiser(engine, 2);
    for (let index = 0; index < sequences.length; index += 1) await optimiser.add([sequences[index]], losses.map((vector) => [vector[index]]));
    const summed = await optimiser.gradients();
    summed.forEach((gradient, loss) => expectClose(gradient, gradients[loss], { relative: 1e-5 }));
    const products = await optimiser.products();
    for (const left of [0, 1]) {
      for (const right of [0, 1]) {
        for (const adapter of [0, 1]) {
          const part = (gradient: Float32Array): number[] => parametersOf(adapter).map((index) => gradient[index]);
          const [a, b] = [part(gradients[left]), part(gradients[right])];
          expect(Math.abs(products[left][right][adapter] - inner(a, b))).toBeLessThan(1e-4 * Math.sqrt(inner(a, a) * inner(b, b)));
        }
      }
    }
    optimiser.destroy();
    engine.destroy();
  });

  it('tells the log-probabilities of the tokens in a loss', async () => {
    const engine = await decoder();
    const optimiser = new AdapterOptimiser(engine, 2);
    const { logprobs } = await optimiser.add(sequences, losses);
    const all = await engine.logLikelihood(sequences);
    logprobs.forEach((row, index) => {
      expect(row[0]).toBeNaN();
      expectClose(row.slice(1), all[index], { relative: 1e-6 });
    });
    optimiser.destroy();
    engine.destroy();
  });

  it('with the identity mask moves each adapter by its own loss alone', async () => {
    const changed = async (mask: readonly (readonly number[])[]): Promise<Float32Array> => {
      const engine = await decoder();
      const optimiser = new AdapterOptimiser(engine, 2);
      await optimiser.add(sequences, losses);
      await optimiser.apply(mask, [0.01, 0.01], ADAM, 1);
      const values = await optimiser.values();
      optimiser.destroy();
      engine.destroy();
      return values;
    };
    const strict = await changed([[1, 0], [0, 1]]);
    const [first, second] = [await changed([[1, 1], [0, 0]]), await changed([[0, 0], [1, 1]])];
    // To the bit: not a trace of the other loss.
    for (const index of parametersOf(0)) expect(strict[index]).toBe(first[index]);
    for (const index of parametersOf(1)) expect(strict[index]).toBe(second[index]);
    expect(parametersOf(0).some((index) => second[index] !== strict[index])).toBe(true);
  });

  it('changes nothing at rate 0, and nothing of an adapter whose rate is 0', async () => {
    const engine = await decoder();
    const optimiser = new AdapterOptimiser(engine, 2);
    const before = await optimiser.values();
    await optimiser.add(sequences, losses);
    await optimiser.apply([[1, 1], [1, 1]], [0, 0], ADAM, 1);
    expect(await optimiser.values()).toEqual(before);
    await optimiser.add(sequences, losses);
    await optimiser.apply([[1, 1], [1, 1]], [0, 0.01], ADAM, 1);
    const after = await optimiser.values();
    for (const index of parametersOf(0)) expect(after[index]).toBe(before[index]);
    expect(parametersOf(1).some((index) => after[index] !== before[index])).toBe(true);
    optimiser.destroy();
    engine.destroy();
  });

  it('goes on from a checkpoint to the same bits, and lowers the loss', async () => {
    const engine = await decoder();
    const optimiser = new AdapterOptimiser(engine, 2);
    const step = async (): Promise<number> => {
      const { losses: values } = await optimiser.add(sequences, losses.map((vector) => vector.map((row) => row.map(Math.abs))));
      await optimiser.apply([[1, 1], [1, 1]], [0.01, 0.01], ADAM, 1);
      return values[0] + values[1];
    };
    const start = await step();
    const kept = await optimiser.state();
    for (let n = 0; n < 3; n += 1) await step();
    const straight = await optimiser.values();
    optimiser.restore(kept);
    expect(optimiser.step).toBe(1);
    let last = 0;
    for (let n = 0; n < 3; n += 1) last = await step();
    expect(await optimiser.values()).toEqual(straight);
    expect(last).toBeLessThan(start);
    expect(() => optimiser.restore({ ...kept, values: new Float32Array(3) })).toThrow(RangeError);
    optimiser.destroy();
    engine.destroy();
  });
});
