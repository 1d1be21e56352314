import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { dequantiseRows } from '../backbone/dequantise.ts';
import { writeTagTokens } from '../backbone/tag-token-file.ts';
import { MEAN_OF_WORDS, tagTokensName } from '../backbone/tag-tokens.ts';
import { LETTER_TOKENIZER } from '../backbone/testing/letter-tokenizer.ts';
import { BackboneCache, choiceKey } from './model-cache.ts';
import type { BackboneChoice } from './protocol.ts';

const file = (path: string): Blob => new Blob([readFileSync(`fixtures/golden/qwen2-f32/${path}`)]);
const FILES: BackboneChoice = {
  kind: 'files',
  name: 'tiny',
  files: [...['config.json', 'onnx/model.onnx'].map((path) => ({ path, blob: file(path) })), { path: 'tokenizer.json', blob: new Blob([LETTER_TOKENIZER]) }],
};
const TAGS = ['<search>', '</search>'];
const MEAN: BackboneChoice = { ...FILES, name: tagTokensName('tiny', 2, MEAN_OF_WORDS), tagTokens: { baseName: 'tiny', tags: TAGS, rows: 'mean' } };

const quiet = (): void => undefined;

describe('the backbone that was loaded last', () => {
  it('gets tags as tokens on top, and its files are read once', async () => {
    const steps: string[] = [];
    const cache = new BackboneCache();
    const plain = await cache.load(FILES, 'https://host/', (step) => steps.push(step));
    const read = steps.length;
    const mean = await cache.load(MEAN, 'https://host/', (step) => steps.push(step));
    expect(steps).toHaveLength(read);
    // The page named it before it was loaded.
    expect(mean.name).toBe(MEAN.name);
    expect(mean.sha256).not.toBe(plain.sha256);
    expect(mean.tokenizer!.encode('<search>')).toHaveLength(1);
    expect(await cache.load(FILES, 'https://host/', quiet)).toBe(plain);
    expect(await cache.load(MEAN, 'https://host/', quiet)).toBe(mean);
  });

  it('takes rows of a file where they are of this backbone', async () => {
    const cache = new BackboneCache();
    const plain = await cache.load(FILES, 'https://host/', quiet);
    const losses = { tag: { tokens: 1, nats: 1 }, after: { tokens: 1, nats: 1 }, other: { tokens: 1, nats: 1 }, trajectories: 1 };
    const embedding = Float32Array.from({ length: 2 * 64 }, (_, index) => index / 100);
    const choice = (sha256: string): BackboneChoice => {
      const about = { version: 1 as const, tags: TAGS, ids: [35, 36], base: { name: 'tiny', sha256 }, how: 'trained 2 steps', training: { steps: 2, rate: 1, batch: 1, seed: 1, trajectories: 't', dataSha256: 'd', training: 1, before: losses, after: losses } };
      return { ...FILES, name: tagTokensName('tiny', 2, 'trained 2 steps'), tagTokens: { baseName: 'tiny', tags: TAGS, rows: { blob: new Blob([writeTagTokens({ about, rows: { embedding, head: null } })]), sha256 } } };
    };
    const trained = await cache.load(choice(plain.sha256), 'https://host/', quiet);
    expect(trained.name).toBe('tiny + 2 tag tokens (trained 2 steps)');
    expect([...(await dequantiseRows(trained.weights.embedding, 35, 37))]).toEqual([...embedding]);
    await expect(cache.load(choice('0'.repeat(64)), 'https://host/', quiet)).rejects.toThrow(/were trained on "tiny"/);
    // A failure is not kept.
    expect((await cache.load(choice(plain.sha256), 'https://host/', quiet)).sha256).toBe(trained.sha256);
  });

  it('is told apart by its files, its tags and their rows', () => {
    const rows = (sha256: string): BackboneChoice => ({ ...MEAN, tagTokens: { baseName: 'tiny', tags: TAGS, rows: { blob: new Blob(), sha256 } } });
    expect(new Set([FILES, MEAN, rows('a'), rows('b'), { ...MEAN, tagTokens: { baseName: 'tiny', tags: ['<search>'], rows: 'mean' as const } }].map(choiceKey)).size).toBe(5);
  });
});
