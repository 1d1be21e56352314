import { describe, expect, it } from 'vitest';
import { dequantiseRows } from './dequantise.ts';
import { loadBackbone, type Backbone } from './load.ts';
import { writeSafetensors } from './safetensors.ts';
import { isTagTokensFile, readTagTokens, readTagTokensAbout, withTagTokensOf, writeTagTokens, type TagTokensAbout } from './tag-token-file.ts';
import { folderSource } from './testing/folder-source.ts';
import { letterTokenizer } from './testing/letter-tokenizer.ts';

const letters = letterTokenizer();
const TAGS = ['<search>', '</search>'];
const LOSSES = { tag: { tokens: 2, nats: 3 }, after: { tokens: 1, nats: 1 }, other: { tokens: 9, nats: 4 }, trajectories: 1 };

async function golden(name: string): Promise<Backbone> {
  return { ...(await loadBackbone(folderSource(`fixtures/golden/${name}`))), tokenizer: letters };
}

function about({ name, sha256 }: Backbone): TagTokensAbout {
  return {
    version: 1,
    tags: TAGS,
    ids: TAGS.map((_, index) => letters.vocabSize + index),
    base: { name, sha256 },
    how: 'trained 3 steps',
    training: { steps: 3, rate: 1e-3, batch: 8, seed: 1, trajectories: 'world', dataSha256: 'd', training: 10, before: LOSSES, after: LOSSES },
  };
}

const rowsOf = (backbone: Backbone, shift: number) => Float32Array.from({ length: TAGS.length * backbone.config.hiddenSize }, (_, index) => Math.sin(index + shift));

describe.each(['qwen2-f32', 'qwen3-f32'])('rows of tag tokens on %s', (name) => {
  it('come back from their file, and give the same backbone', async () => {
    const base = await golden(name);
    const tied = base.weights.head === base.weights.embedding;
    const file = { about: about(base), rows: { embedding: rowsOf(base, 0), head: tied ? null : rowsOf(base, 1) } };
    const blob = new Blob([writeTagTokens(file)]);
    expect(await isTagTokensFile(blob)).toBe(true);
    const read = await readTagTokens(blob);
    expect(read).toEqual(file);
    expect(await readTagTokensAbout(blob)).toEqual(file.about);
    const made = await withTagTokensOf(base, read);
    expect(made.name).toBe(`${base.name} + 2 tag tokens (trained 3 steps)`);
    expect([...(await dequantiseRows(made.weights.head, letters.vocabSize, letters.vocabSize + 2))]).toEqual([...(file.rows.head ?? file.rows.embedding)]);
  });
});

describe('rows are refused', () => {
  it('on another backbone or tokenizer', async () => {
    const [base, other] = [await golden('qwen2-f32'), await golden('qwen3-f32')];
    const file = { about: about(base), rows: { embedding: rowsOf(base, 0), head: null } };
    await expect(withTagTokensOf(other, file)).rejects.toThrow(/were trained on "fixtures\/golden\/qwen2-f32"/);
    await expect(withTagTokensOf(base, { ...file, about: { ...file.about, ids: [40, 41] } })).rejects.toThrow(/ids 40 to 41/);
    await expect(withTagTokensOf(base, { ...file, rows: { embedding: rowsOf(base, 0).slice(2), head: null } })).rejects.toThrow(/not of this backbone/);
  });

  it('from files that are something else or broken', async () => {
    const base = await golden('qwen2-f32');
    expect(await isTagTokensFile(new Blob(['{"id": 1}']))).toBe(false);
    const plain = new Blob([writeSafetensors(new Map([['x', { shape: [1], values: Float32Array.of(1) }]]))]);
    expect(await isTagTokensFile(plain)).toBe(false);
    await expect(readTagTokens(plain)).rejects.toThrow(/does not say which tags/);
    const broken = writeTagTokens({ about: about(base), rows: { embedding: rowsOf(base, 0).fill(NaN), head: null } });
    await expect(readTagTokens(new Blob([broken]))).rejects.toThrow(/not numbers/);
    const less = writeTagTokens({ about: { ...about(base), ids: [1] }, rows: { embedding: rowsOf(base, 0), head: null } });
    await expect(readTagTokens(new Blob([less]))).rejects.toThrow(/2 tags and 1 ids/);
  });
});
