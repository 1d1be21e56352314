import { describe, expect, it } from 'vitest';
import { referenceLogProbs } from '../backbone/testing/reference-decoder.ts';
import { memoryBytes } from '../backbone/lazy-bytes.ts';
import type { BackboneWeights, DecoderConfig, WeightMatrix } from '../backbone/types.ts';
import { dequantiseRows } from '../backbone/dequantise.ts';
import { Random } from '../core/random.ts';
import { expectClose } from '../gpu/testing/bench.ts';
import { inner } from '../gpu/testing/reference.ts';
import type { WeightVector } from './packing.ts';
import { rowGradients, writeRows } from './row-gradients.ts';
import { decoderBench } from './testing/bench.ts';
import { randomBackbone, TINY, TINY_QWEN3, type Storage } from './testing/random-backbone.ts';
import { lossOf, randomSequences } from './testing/sequences.ts';
import type { EngineSequence } from './types.ts';

const open = await decoderBench();

/** Two blocks of 256 and a ragged third of 20 entries; tags at the seam between the last two, where they may fall. */
const VOCABULARY = 532;
const IDS = [511, 512, 513, 531];

/** Every tag is to be predicted, and every one but the last is read before another prediction. */
function sequences(): EngineSequence[] {
  const drawn = randomSequences(3, [12, 7], VOCABULARY, 1);
  const put = (at: readonly (readonly [number, number])[], { tokens, adapters }: EngineSequence): EngineSequence => {
    const changed = Uint32Array.from(tokens);
    for (const [position, id] of at) changed[position] = id;
    return { tokens: changed, adapters: adapters.fill(0) };
  };
  return [put([[2, 511], [4, 512], [7, 511], [9, 513]], drawn[0]), put([[0, 512], [3, 511], [6, 531]], drawn[1])];
}

const SEQUENCES = sequences();
const WEIGHTS: WeightVector = [Float32Array.of(0, 0.5, 1, 1, 0.25, 0, 0, 2, 0, 1, 1, -0.5), Float32Array.of(0, 1, 0, 1, 1, 0, 0.75)];

const CASES: readonly (readonly [string, DecoderConfig, Storage])[] = [
  ['a tied f32 table', TINY, 'f32'],
  ['separate f32 tables', TINY_QWEN3, 'f32'],
  ['a tied f16 table', TINY, 'f16'],
  ['separate f16 tables over 4-bit layers', { ...TINY, tiedEmbedding: false }, 'q4'],
];

/** The weights with other rows in their tables, in f32: the reference takes any float. */
async function withRows(weights: BackboneWeights, embedding: Float32Array, head: Float32Array | null): Promise<BackboneWeights> {
  const table = async (matrix: WeightMatrix, rows: Float32Array): Promise<WeightMatrix> => {
    const values = await dequantiseRows(matrix);
    IDS.forEach((id, index) => values.set(rows.subarray(index * matrix.columns, (index + 1) * matrix.columns), id * matrix.columns));
    return { kind: 'float', rows: matrix.rows, columns: matrix.columns, transposed: false, tensor: { storage: 'f32', shape: [matrix.rows, matrix.columns], bytes: memoryBytes(new Uint8Array(values.buffer), 'changed') } };
  };
  const changed = await table(weights.embedding, embedding);
  return { ...weights, embedding: changed, head: head === null ? changed : await table(weights.head, head) };
}

async function rowsOfTable(matrix: WeightMatrix): Promise<Float32Array<ArrayBuffer>> {
  const rows = await Promise.all(IDS.map((id) => dequantiseRows(matrix, id, id + 1)));
  return Float32Array.from(rows.flatMap((row) => [...row]));
}

async function referenceLoss(weights: BackboneWeights): Promise<number> {
  const logprobs = await Promise.all(SEQUENCES.map(({ tokens, adapters }) => referenceLogProbs(weights, [], [...tokens], adapters)));
  return lossOf(logprobs, WEIGHTS);
}

/** Half along a row's gradient, so that there is something to measure, and half anywhere within the row. */
function direction(gradient: Float64Array, first: number, end: number): Float32Array<ArrayBuffer> {
  const random = new Random(first);
  const length = Math.hypot(...gradient.subarray(first, end));
  return Float32Array.from(gradient, (value, index) => (index < first || index >= end ? 0 : (length > 0 ? value / length : 0) + random.normal() / Math.sqrt(end - first)));
}

const sum = (a: Float32Array, b: ArrayLike<number>, factor: number): Float32Array<ArrayBuffer> => Float32Array.from(a, (value, index) => value + factor * b[index]);

describe.each(CASES)('gradients of single rows of %s', (_, base, storage) => {
  const config = { ...base, vocabSize: VOCABULARY };
  const weights = randomBackbone(config, 8, storage);
  const tied = weights.head === weights.embedding;

  it('agree with differences of an f64 reference along every row of both tables', async () => {
    const decoder = await open(weights);
    const { embedding, head, losses } = await rowGradients(decoder, SEQUENCES, WEIGHTS, IDS);
    decoder.destroy();
    expectClose(losses, [await referenceLoss(weights)], { relative: 1e-5 }, 'loss');
    const [inputs, outputs] = [await rowsOfTable(weights.embedding), await rowsOfTable(weights.head)];
    // As separate tables, whatever the model has: the two parts of a tied gradient are then each tested.
    const h = 2 ** -7;
    for (const [index, id] of IDS.entries()) {
      const [first, end] = [index * config.hiddenSize, (index + 1) * config.hiddenSize];
      const compare = async (of: 'embedding' | 'head', gradient: Float64Array): Promise<void> => {
        const along = direction(gradient, first, end);
        const at = (factor: number): Promise<BackboneWeights> => (of === 'embedding' ? withRows(weights, sum(inputs, along, factor), outputs) : withRows(weights, inputs, sum(outputs, along, factor)));
        const difference = ((await referenceLoss(await at(h))) - (await referenceLoss(await at(-h)))) / (2 * h);
        expectClose([inner(gradient, along)], [difference], { relative: 1e-3 }, `${of} of ${id}`);
      };
      // The last tag is read at the end of a sequence only, where it changes no prediction.
      if (id === 531) expect(Math.max(...embedding.subarray(first, end).map(Math.abs))).toBe(0);
      else await compare('embedding', embedding);
      await compare('head', head);
    }
  });

  it('agree with differences of the GPU’s own forward when rows are written into its tables', async () => {
    const decoder = await open(weights);
    const { embedding, head } = await rowGradients(decoder, SEQUENCES, WEIGHTS, IDS);
    const [inputs, outputs] = [await rowsOfTable(weights.embedding), await rowsOfTable(weights.head)];
    const lossWith = async (embeddingRows: Float32Array<ArrayBuffer>, headRows: Float32Array<ArrayBuffer>): Promise<number> => {
      writeRows(decoder, IDS, { embedding: embeddingRows, head: tied ? null : headRows });
      return lossOf(await decoder.logLikelihood(SEQUENCES), WEIGHTS);
    };
    // Halves near 0.5 are 2^-11 apart, a step of 2^-4 along one entry is exact to 1 %; what was written is read back below.
    const h = storage === 'f32' ? 2 ** -7 : 2 ** -4;
    const gradient = tied ? Float64Array.from(embedding, (value, index) => value + head[index]) : embedding;
    const largest = gradient.reduce((best, value, index) => (Math.abs(value) > Math.abs(gradient[best]) ? index : best), 0);
    const stepped = (values: Float32Array, step: number): Float32Array<ArrayBuffer> => Float32Array.from(values, (value, index) => (index === largest ? value + step : value));
    const [up, down] = [await lossWith(stepped(inputs, h), outputs), await lossWith(stepped(inputs, -h), outputs)];
    const difference = (up - down) / (2 * h);
    expect(Math.abs(gradient[largest] - difference), `${gradient[largest]} and ${difference}`).toBeLessThan((storage === 'f32' ? 2e-3 : 5e-2) * Math.abs(difference) + 2e-3);
    // Back where they were, the loss is too: nothing beside the rows was written.
    const before = lossOf(await (await open(weights)).logLikelihood(SEQUENCES), WEIGHTS);
    expect(await lossWith(inputs, outputs)).toBe(before);
    decoder.destroy();
  });
});

describe('rows that cannot be trained', () => {
  it('are those of a quantised head, and of tokens that there are not', async () => {
    const weights = randomBackbone(TINY_QWEN3, 2, 'f32');
    const quantised = { ...weights, head: { ...randomBackbone({ ...TINY, intermediateSize: TINY.vocabSize }, 2, 'q4').layers[0].up } };
    const decoder = await open(quantised);
    const one = randomSequences(1, [4], TINY.vocabSize, 1);
    await expect(rowGradients(decoder, one, [Float32Array.of(0, 1, 1, 1)], [5])).rejects.toThrow(/embedding or the head is quantised/);
    expect(() => writeRows(decoder, [5], { embedding: new Float32Array(32), head: null })).toThrow(/quantised/);
    decoder.destroy();
    const plain = await open(weights);
    await expect(rowGradients(plain, one, [Float32Array.of(0, 1, 1, 1)], [53])).rejects.toThrow(/Token 53 is outside/);
    // Nothing in the loss: no gradient, and the decoder goes on.
    const nothing = await rowGradients(plain, one, [new Float32Array(4)], [5]);
    expect([...nothing.head, ...nothing.embedding].every((value) => value === 0)).toBe(true);
    expect(plain.memory.bytes).toBeGreaterThan(0);
    plain.destroy();
  });
});
