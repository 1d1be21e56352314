import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { loadBackbone } from '../backbone/load.ts';
import { folderSource } from '../backbone/testing/folder-source.ts';
import { SHAPES } from '../backbone/testing/random-model/shapes.ts';
import { writeRandomModel, type RandomModelOptions } from '../backbone/testing/random-model/write-random-model.ts';
import { referenceLogProbs } from '../backbone/testing/reference-decoder.ts';
import { decoderBench } from '../engine/testing/bench.ts';
import { fileLogprobs } from '../inference/testing/file-logprobs.ts';

/** The published shapes with fewer layers, entries and columns: the reference decoder is slow. */
const CUT = { layers: 2, vocabSize: 600, maxPositions: 64, intermediateSize: 192, hiddenSize: 128, heads: 2, kvHeads: 1 };
const TOKENS = Array.from({ length: 12 }, (_, index) => (index * 7919 + 13) % CUT.vocabSize);
const PLAIN: RandomModelOptions = { shape: { ...SHAPES['qwen2.5-0.5b'], ...CUT }, storage: 'q4', style: 'gqa', embedding: 'float', head: 'tied-transpose', accuracyLevel: null, chunkBytes: null, naming: 'rank', seed: 1 };

/** f32 arithmetic against f64, and against onnxruntime's f32: 1.4e-6 is reached. */
const EXACT = 1e-5;
/** onnxruntime computes these graphs in float16. */
const HALF = 0.005;
/** onnxruntime rounds activations to 8 bits: it differs by more than arithmetic does, 0.01 to 0.03 here. */
const ROUNDED = 0.1;

const root = mkdtempSync(join(tmpdir(), 'weight-formats-'));
afterAll(() => rmSync(root, { recursive: true }));
const open = await decoderBench();

const worst = (actual: ArrayLike<number>, expected: ArrayLike<number>): number => Math.max(...Array.from(expected, (value, index) => Math.abs(actual[index] - value)));

const CASES: readonly (readonly [string, Partial<RandomModelOptions>, number, string, 'tied' | 'own head'])[] = [
  ['q4', { head: 'separate' }, EXACT, '4 bits in blocks of 32 with zero points, float32 embedding and head', 'own head'],
  // onnxruntime's CPU provider for the web does not round here, though the file allows it.
  ['q4 of accuracy level 4', { accuracyLevel: 4 }, EXACT, '4 bits in blocks of 32 with zero points, float32 embedding, activations may be rounded to 8 bits in rollouts', 'tied'],
  ['q4f16', { storage: 'q4f16', style: 'decomposed' }, HALF, '4 bits in blocks of 32 with zero points, float16 embedding', 'tied'],
  ['q8', { storage: 'q8', head: 'quantised' }, EXACT, '8 bits in blocks of 32 with zero points, float32 embedding', 'own head'],
  ['q4 with a table of 4 bits for embedding and head', { embedding: 'block4', head: 'quantised' }, EXACT, '4 bits in blocks of 32 with zero points', 'tied'],
  ['q4 with a table of 8 bits', { embedding: 'block8', head: 'quantised', style: 'decomposed' }, EXACT, '4 bits in blocks of 32 with zero points, 8 bits in blocks of 32 with zero points embedding', 'tied'],
  ['q4 with a table of 4 bits that the head reshapes', { embedding: 'block4', head: 'quantised', naming: 'quant' }, EXACT, '4 bits in blocks of 32 with zero points', 'tied'],
  ['q8 with a table of 8 bits and a head stored [hidden, vocabulary]', { storage: 'q8', embedding: 'block8', head: 'separate' }, EXACT, '8 bits in blocks of 32 with zero points, float32 head', 'own head'],
  ['int8', { storage: 'int8' }, ROUNDED, '8 bits with a scale for each row and zero points, activations rounded to 8 bits in rollouts', 'tied'],
  ['uint8, external data', { storage: 'uint8', style: 'decomposed', chunkBytes: 2 ** 16 }, ROUNDED, '8 bits with a scale for each row and zero points, activations rounded to 8 bits in rollouts', 'tied'],
  ['int8 with an integer product over the table as its head', { storage: 'int8', head: 'quantised' }, ROUNDED, '8 bits with a scale for each row and zero points, activations rounded to 8 bits in rollouts', 'tied'],
];

describe('a model stored as', () => {
  it.each(CASES)('%s is computed by the engine as its file says', { timeout: 120_000 }, async (name, options, tolerance, words, tied) => {
    const folder = join(root, name);
    writeRandomModel(folder, { ...PLAIN, ...options });
    const backbone = await loadBackbone(folderSource(folder));
    expect(backbone.quantisation).toBe(words);
    expect(backbone.weights.head === backbone.weights.embedding).toBe(tied === 'tied');
    const decoder = await open(backbone.weights);
    const [logprobs] = await decoder.logLikelihood([{ tokens: Uint32Array.from(TOKENS), adapters: new Uint8Array(TOKENS.length) }]);
    decoder.destroy();
    expect(worst(logprobs, await referenceLogProbs(backbone.weights, [], TOKENS, new Uint8Array(TOKENS.length)))).toBeLessThan(EXACT);
    const difference = worst(logprobs, await fileLogprobs(backbone, TOKENS));
    expect(difference).toBeLessThan(tolerance);
    if (backbone.weights.activationsRounded === 'always') expect(difference).toBeGreaterThan(EXACT);
  });
});
