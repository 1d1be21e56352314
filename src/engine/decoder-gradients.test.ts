import { describe, expect, it } from 'vitest';
import { referenceLogProbs } from '../backbone/testing/reference-decoder.ts';
import type { BackboneWeights } from '../backbone/types.ts';
import { Random } from '../core/random.ts';
import { expectClose } from '../gpu/testing/bench.ts';
import { inner } from '../gpu/testing/reference.ts';
import type { WeightVector } from './packing.ts';
import { indicesOf, trainedAdapters, unstacked, type Adapters } from './testing/adapters.ts';
import { decoderBench } from './testing/bench.ts';
import { randomBackbone, TINY, TINY_QWEN3, type Storage } from './testing/random-backbone.ts';
import { lossOf, randomSequences } from './testing/sequences.ts';
import type { EngineSequence } from './types.ts';

const open = await decoderBench();

const SEQUENCES = randomSequences(1, [9, 6], TINY.vocabSize, 2);

/**
 * Three weight vectors over one forward: some targets of both sequences with weights of either sign (advantages), early
 * targets only (a short stream), and one sequence alone.
 */
const VECTORS: readonly WeightVector[] = [
  [Float32Array.of(0, 0.5, 0, -1, 2, 0, 0, 1, 0.25), Float32Array.of(0, 1, 1, 0, 0, -0.5)],
  [Float32Array.of(0, 1, 1, 0, 0, 0, 0, 0, 0), Float32Array.of(0, 0, 1, 0, 0, 0)],
  [new Float32Array(9), Float32Array.of(0, 0, 0, 1, 1, 1)],
];

const CASES: readonly (readonly [string, typeof TINY, Storage])[] = [
  ['Qwen2, f32', TINY, 'f32'],
  ['Qwen3, f16 stored [in, out]', TINY_QWEN3, 'f16'],
  ['Qwen2, 4 bits', TINY, 'q4'],
  ['Qwen3, 8 bits and quantised tables', { ...TINY_QWEN3, heads: 4 }, 'q8'],
];

/** Unit vectors spread over all entries of A, or of B, of one adapter: one difference tests thousands of entries. */
function directions({ layout }: Adapters): { name: string; direction: Float64Array }[] {
  return [0, 1].flatMap((adapter) =>
    (['a', 'b'] as const).map((part) => {
      const random = new Random(7).stream(adapter).stream(part);
      const direction = new Float64Array(layout.size);
      const indices = indicesOf(layout, adapter, part);
      for (const index of indices) direction[index] = random.normal() / Math.sqrt(indices.length);
      return { name: `${part.toUpperCase()} of adapter ${adapter}`, direction };
    }),
  );
}

/** The flat vectors' entries that a finite difference looks at one by one: the largest gradient of A and B of each adapter. */
function largest({ layout }: Adapters, gradient: Float32Array): number[] {
  return [0, 1].flatMap((adapter) => (['a', 'b'] as const).map((part) => indicesOf(layout, adapter, part).reduce((best, index) => (Math.abs(gradient[index]) > Math.abs(gradient[best]) ? index : best))));
}

/** f64 losses of all vectors with the parameters moved: the reference shares no code with the engine. */
async function referenceLosses(weights: BackboneWeights, adapters: Adapters, values: Float32Array, sequences: readonly EngineSequence[]): Promise<number[]> {
  const list = unstacked(adapters, values);
  const logprobs = await Promise.all(sequences.map(({ tokens, adapters: routes }) => referenceLogProbs(weights, list, [...tokens], routes)));
  return VECTORS.map((vector) => lossOf(logprobs, vector));
}

const moved = (values: Float32Array, step: (index: number) => number): Float32Array<ArrayBuffer> => Float32Array.from(values, (value, index) => value + step(index));

describe.each(CASES)('adapter gradients of %s', (_, config, storage) => {
  const weights = randomBackbone(config, 5, storage);
  const adapters = trainedAdapters(config, { count: 2, rank: 2, alpha: 3 }, 6);

  it('agree with differences of an f64 reference, in directions over all of A and B of both adapters', async () => {
    const decoder = await open(weights, { adapters });
    const { losses, gradients } = await decoder.adapterGradients(SEQUENCES, VECTORS);
    decoder.destroy();
    expectClose(losses, await referenceLosses(weights, adapters, adapters.values, SEQUENCES), { relative: 1e-5 }, 'losses');
    // Parameters are f32: a step of 2^-8 moves entries of size 1 exactly enough, and the error of the central difference,
    // h²/6 of the third derivative along a unit vector, stays near 1e-6.
    const h = 2 ** -8;
    for (const { name, direction } of directions(adapters)) {
      const above = moved(adapters.values, (index) => h * direction[index]);
      const below = moved(adapters.values, (index) => -h * direction[index]);
      // The step actually taken after rounding to f32.
      const step = Float64Array.from(above, (value, index) => value - below[index]);
      const [up, down] = [await referenceLosses(weights, adapters, above, SEQUENCES), await referenceLosses(weights, adapters, below, SEQUENCES)];
      const expected = VECTORS.map((__, vector) => up[vector] - down[vector]);
      const actual = gradients.map((gradient) => inner(gradient, step));
      expect(Math.max(...expected.map(Math.abs)), `${name}: something to compare`).toBeGreaterThan(1e-4);
      expectClose(actual, expected, { relative: 2e-4 }, name);
    }
  });

  it('agree with differences of the GPU’s own forward, entry by entry', async () => {
    const decoder = await open(weights, { adapters });
    const { gradients } = await decoder.adapterGradients(SEQUENCES, VECTORS);
    const { memory, adapters: uploaded } = decoder.context;
    const lossesAt = async (values: Float32Array<ArrayBuffer>): Promise<number[]> => {
      memory.write(uploaded!.parameters, values);
      const logprobs = await decoder.logLikelihood(SEQUENCES);
      return VECTORS.map((vector) => lossOf(logprobs, vector));
    };
    // A loss of f32 log-probabilities is known to about 5e-6, a difference over 2h = 0.008 therefore to 6e-4; curvature
    // adds about 1e-4 of the value (it is 64 times that at h = 2^-5). Entries looked at have gradients of 1 to 30.
    const h = 2 ** -8;
    for (const [vector, gradient] of gradients.entries()) {
      for (const index of largest(adapters, gradient)) {
        const up = await lossesAt(moved(adapters.values, (i) => (i === index ? h : 0)));
        const down = await lossesAt(moved(adapters.values, (i) => (i === index ? -h : 0)));
        const difference = (up[vector] - down[vector]) / (2 * h);
        expect(Math.abs(gradient[index] - difference), `entry ${index} of vector ${vector}: ${gradient[index]} and ${difference}`).toBeLessThan(1e-3 * Math.abs(gradient[index]) + 2e-3);
      }
    }
    decoder.destroy();
  });
});
