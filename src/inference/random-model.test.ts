import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { parseConfig } from '../backbone/config.ts';
import { loadBackbone, type Backbone } from '../backbone/load.ts';
import { folderSource } from '../backbone/testing/folder-source.ts';
import type { Storage } from '../backbone/testing/random-model/products.ts';
import { SHAPES, type ModelShape } from '../backbone/testing/random-model/shapes.ts';
import { writeRandomModel, type RandomModelOptions } from '../backbone/testing/random-model/write-random-model.ts';
import { referenceLogProbs } from '../backbone/testing/reference-decoder.ts';
import type { BackboneSource } from '../backbone/types.ts';
import { fileLogprobs, type Runnable } from './testing/file-logprobs.ts';

/** Two layers of the published shape; the MLP is cut too, since its width changes nothing that is tested here. */
const CUT = { layers: 2, vocabSize: 2048, maxPositions: 256, intermediateSize: 384 };
const QWEN25: ModelShape = { ...SHAPES['qwen2.5-0.5b'], ...CUT };
/** For the reference decoder, which is slow: narrower too. */
const NARROW = { hiddenSize: 256, heads: 4, kvHeads: 2, vocabSize: 512 };
const TOKENS = Array.from({ length: 12 }, (_, index) => (index * 7919 + 13) % NARROW.vocabSize);

const root = mkdtempSync(join(tmpdir(), 'random-model-'));
afterAll(() => rmSync(root, { recursive: true }));

const PLAIN: RandomModelOptions = { shape: QWEN25, storage: 'q4', style: 'gqa', embedding: 'float', head: 'tied-transpose', accuracyLevel: null, naming: 'rank', chunkBytes: null, seed: 1 };

let written = 0;

function writeFolder(options: Partial<RandomModelOptions>): BackboneSource {
  written += 1;
  const folder = join(root, String(written));
  writeRandomModel(folder, { ...PLAIN, ...options });
  return folderSource(folder);
}

async function write(options: Partial<RandomModelOptions>): Promise<Backbone> {
  return loadBackbone(writeFolder(options));
}

/** What onnxruntime alone needs of a model with embedded data. */
async function writeAlone(options: Partial<RandomModelOptions>): Promise<Runnable> {
  const source = writeFolder(options);
  const path = (await source.list()).find((name) => name.endsWith('.onnx'))!;
  return { config: parseConfig(await (await source.open('config.json')).text()), graph: { blob: await source.open(path), external: () => Promise.resolve([]) } };
}

const logprobs = (model: Runnable, first?: number): Promise<number[]> => fileLogprobs(model, TOKENS, first);

function worst(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  return Math.max(...Array.from(expected, (value, index) => Math.abs(actual[index] - value)));
}

const known = new Map<string, Promise<number[]>>();

/** The log-probabilities of a storage in a style, computed once. */
function ofStorage(storage: Storage, style: RandomModelOptions['style']): Promise<number[]> {
  const key = `${storage} ${style}`;
  const made = known.get(key) ?? write({ storage, style }).then((model) => logprobs(model));
  known.set(key, made);
  return made;
}

// Some 30 models are written and opened; on a busy machine one takes a second or two.
vi.setConfig({ testTimeout: 60_000 });

describe('models of random weights', () => {
  it.each<[Storage, number]>([['q4', 1e-4], ['q4f16', 0.02], ['q8', 1e-4], ['fp16', 0.02], ['fp32', 1e-4], ['int8', 1e-4], ['uint8', 1e-4]])('%s: both styles of graph compute the same', async (storage, tolerance) => {
    expect(worst(await ofStorage(storage, 'decomposed'), await ofStorage(storage, 'gqa'))).toBeLessThan(tolerance);
  });

  it('are one model in every storage, rounded', async () => {
    const exact = await ofStorage('fp32', 'gqa');
    expect(worst(await ofStorage('fp16', 'gqa'), exact)).toBeLessThan(0.02);
    expect(worst(await ofStorage('q8', 'gqa'), exact)).toBeLessThan(0.1);
    expect(worst(await ofStorage('int8', 'gqa'), exact)).toBeLessThan(0.5);
    expect(worst(await ofStorage('uint8', 'gqa'), exact)).toBeLessThan(0.5);
    const rounded = await ofStorage('q4', 'gqa');
    expect(worst(await ofStorage('q4f16', 'gqa'), rounded)).toBeLessThan(0.02);
    // Four bits leave the model recognisable, and it is not the same by accident.
    expect(worst(rounded, exact)).toBeLessThan(2);
    expect(worst(rounded, exact)).toBeGreaterThan(0.05);
  });

  it('are neither uniform nor saturated', async () => {
    const values = await ofStorage('fp32', 'gqa');
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    // Logits of variance 4 put the mean near −ln 2048 − 2.
    expect(mean).toBeGreaterThan(-Math.log(CUT.vocabSize) - 4);
    expect(mean).toBeLessThan(-Math.log(CUT.vocabSize));
    expect(new Set(values.map((value) => value.toFixed(2))).size).toBeGreaterThan(values.length / 2);
  });

  it.each(['gqa', 'decomposed'] as const)('%s: external data in one or several files is the embedded data', async (style) => {
    const embedded = await ofStorage('q4', style);
    const external = await write({ style, chunkBytes: Infinity });
    const chunks = await write({ style, chunkBytes: 2 ** 20 });
    expect((await external.graph.external()).map(({ path }) => path)).toEqual(['model_q4.onnx_data']);
    const files = await chunks.graph.external();
    expect(files.slice(0, 3).map(({ path }) => path)).toEqual(['model_q4.onnx_data', 'model_q4.onnx_data_1', 'model_q4.onnx_data_2']);
    // The embedding (7.3 MB) has a file for itself.
    expect(files.filter(({ blob }) => blob.size > 2 ** 20).length).toBe(1);
    expect(worst(await logprobs(external), embedded)).toBe(0);
    expect(worst(await logprobs(chunks), embedded)).toBe(0);
  });

  it.each(['gqa', 'decomposed'] as const)('%s: keep their past in the cache', async (style) => {
    expect(worst(await logprobs(await write({ style }), 7), await ofStorage('q4', style))).toBeLessThan(1e-4);
  });

  it('hold the same head turned round, and nearly the same one quantised', async () => {
    const tied = await ofStorage('q8', 'gqa');
    const separate = await write({ storage: 'q8', head: 'separate' });
    expect(separate.weights.head).not.toBe(separate.weights.embedding);
    expect(worst(await logprobs(separate), tied)).toBeLessThan(1e-4);
    expect(worst(await logprobs(await write({ storage: 'q8', head: 'quantised' })), tied)).toBeLessThan(0.1);
    expect(worst(await logprobs(await write({ storage: 'int8', head: 'quantised' })), await ofStorage('int8', 'gqa'))).toBeLessThan(0.5);
  });

  it.each(['block4', 'block8'] as const)('%s: the embedding shares its blocks with the head', async (embedding) => {
    const shared = await write({ storage: 'q8', embedding, head: 'quantised' });
    const separate = await write({ storage: 'q8', embedding, head: 'separate' });
    const values = await logprobs(shared);
    expect(worst(values, await ofStorage('q8', 'gqa'))).toBeLessThan(embedding === 'block4' ? 2 : 0.1);
    expect(worst(values, await logprobs(separate))).toBeLessThan(embedding === 'block4' ? 2 : 0.1);
    const named = await writeAlone({ storage: 'q8', embedding, head: 'quantised', naming: 'quant' });
    expect(worst(await logprobs(named), values)).toBe(0);
  });

  it('are the same under the names of 2025', async () => {
    expect(worst(await logprobs(await write({ naming: 'quant' })), await ofStorage('q4', 'gqa'))).toBe(0);
  });

  it('refuses what no file can hold', async () => {
    await expect(write({ embedding: 'block4' })).rejects.toThrow(/cannot be transposed/);
    await expect(write({ embedding: 'block4', storage: 'int8', head: 'quantised' })).rejects.toThrow(/goes with q4/);
  });
});

describe('the reference decoder on models of random weights', () => {
  it.each<[keyof typeof SHAPES, Partial<RandomModelOptions>, number]>([
    ['qwen2.5-0.5b', { storage: 'q4', style: 'gqa' }, 1e-4],
    ['qwen2.5-0.5b', { storage: 'q8', style: 'decomposed' }, 1e-4],
    ['qwen2.5-0.5b', { storage: 'fp16', style: 'decomposed' }, 0.02],
    ['qwen3-0.6b', { storage: 'q4', style: 'gqa' }, 1e-4],
    ['qwen3-0.6b', { storage: 'fp32', style: 'decomposed' }, 1e-4],
  ])('%s, %o: gives the log-probabilities of onnxruntime', async (shape, options, tolerance) => {
    const backbone = await write({ shape: { ...SHAPES[shape], ...CUT, ...NARROW }, ...options });
    expect(worst(await logprobs(backbone), await referenceLogProbs(backbone.weights, [], TOKENS, new Uint8Array(TOKENS.length)))).toBeLessThan(tolerance);
  });
});
