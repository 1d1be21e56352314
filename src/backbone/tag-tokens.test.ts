import { describe, expect, it } from 'vitest';
import { dequantiseRows } from './dequantise.ts';
import { floatsToHalves } from './half-floats.ts';
import { applyPatches, blobBytes } from './lazy-bytes.ts';
import { loadBackbone, type Backbone } from './load.ts';
import { meanRows, readTagTokensName, tagIds, tagReport, withTagTokens } from './tag-tokens.ts';
import { folderSource } from './testing/folder-source.ts';
import { letterTokenizer } from './testing/letter-tokenizer.ts';
import { qwen25Tokenizer, qwen3Tokenizer } from './testing/qwen-tokenizer.ts';
import { referenceLogProbs } from './testing/reference-decoder.ts';

const TAGS = ['<search>', '</search>', '<answer>'];
const letters = letterTokenizer();
const FIRST = letters.vocabSize;

/** A golden network with the letters' tokenizer: its vocabulary has spare rows behind it. */
async function golden(name: string): Promise<Backbone> {
  return { ...(await loadBackbone(folderSource(`fixtures/golden/${name}`))), tokenizer: letters };
}

const CASES = [
  ['tied', 'qwen2-f32'],
  ['separate, the head stored [hidden, vocabulary]', 'qwen3-f32'],
] as const;

describe.each(CASES)('tags as tokens of a network whose tables are %s', (_, name) => {
  it('begin as the mean of the rows of their word, and leave every other row', async () => {
    const base = await golden(name);
    const { weights, tokenizer, config } = await withTagTokens(base, TAGS);
    expect(tokenizer!.encode('<search>')).toEqual([FIRST]);
    for (const table of ['embedding', 'head'] as const) {
      const [before, after] = [await dequantiseRows(base.weights[table]), await dequantiseRows(weights[table])];
      const width = config.hiddenSize;
      const row = (values: Float32Array, id: number): number[] => [...values.subarray(id * width, (id + 1) * width)];
      const mean = (word: string): number[] => {
        const rows = letters.encode(word).map((id) => row(before, id));
        return row(Float32Array.from({ length: width }, (__, i) => rows.reduce((sum, own) => sum + own[i], 0) / rows.length), 0);
      };
      TAGS.forEach((tag, index) => expect(row(after, FIRST + index)).toEqual(mean(tag.replace(/[</>]/g, ''))));
      const rest = (values: Float32Array): number[] => [...values.subarray(0, FIRST * width), ...values.subarray((FIRST + TAGS.length) * width)];
      expect(rest(after)).toEqual(rest(before));
      expect(row(after, FIRST)).not.toEqual(row(before, FIRST));
    }
    expect(weights.head === weights.embedding).toBe(base.weights.head === base.weights.embedding);
  });

  it('take given rows, and onnxruntime’s files get the very bytes that the engine reads', async () => {
    const base = await golden(name);
    const tied = base.weights.head === base.weights.embedding;
    const size = TAGS.length * base.config.hiddenSize;
    const rows = { embedding: Float32Array.from({ length: size }, (_value, i) => Math.sin(i)), head: tied ? null : Float32Array.from({ length: size }, (_value, i) => Math.cos(i)), how: 'trained 3 steps' };
    const made = await withTagTokens(base, TAGS, rows);
    expect([...(await dequantiseRows(made.weights.embedding, FIRST, FIRST + TAGS.length))]).toEqual([...rows.embedding]);
    expect([...(await dequantiseRows(made.weights.head, FIRST, FIRST + TAGS.length))]).toEqual([...(rows.head ?? rows.embedding)]);
    const file = new Uint8Array(await base.graph.blob.arrayBuffer());
    applyPatches(file, { file: null, offset: 0 }, made.graph.patches);
    for (const matrix of [made.weights.embedding, made.weights.head]) {
      if (matrix.kind !== 'float') throw new Error('float tables');
      const { bytes } = matrix.tensor;
      expect(await blobBytes(new Blob([file]), bytes.place!.offset, bytes.byteLength, 'patched').read()).toEqual(await bytes.read());
    }
    // An independent forward over the overlaid weights tells the tag from a letter.
    const tokens = [1, FIRST, 2, FIRST + 1];
    const [plain, overlaid] = await Promise.all([base, made].map(({ weights }) => referenceLogProbs(weights, [], tokens, new Uint8Array(4))));
    expect([...overlaid].every((value, index) => Number.isFinite(value) && value !== plain[index])).toBe(true);
  });

  it('say so by name and hash', async () => {
    const base = await golden(name);
    const [mean, again, fewer] = await Promise.all([withTagTokens(base, TAGS), withTagTokens(base, TAGS), withTagTokens(base, TAGS.slice(0, 1))]);
    expect(mean.name).toBe(`${base.name} + 3 tag tokens (mean of the words)`);
    expect(fewer.name).toBe(`${base.name} + 1 tag token (mean of the words)`);
    expect([mean, fewer, base].map((backbone) => readTagTokensName(backbone.name))).toEqual([{ base: base.name, how: 'mean of the words' }, { base: base.name, how: 'mean of the words' }, null]);
    expect(mean.sha256).toBe(again.sha256);
    expect(new Set([base.sha256, mean.sha256, fewer.sha256]).size).toBe(3);
    const rows = { ...(await meanRows(base.weights, letters, TAGS)), how: 'trained 0 steps' };
    const given = await withTagTokens(base, TAGS, rows);
    expect(given.name).toContain('(trained 0 steps)');
    // The very same bytes, however they came about.
    expect(given.sha256).toBe(mean.sha256);
    await expect(withTagTokens(base, TAGS.slice(1), rows)).rejects.toThrow(/The rows are not of this backbone: 2 tags of 64 numbers/);
  });
});

describe('f16 tables', () => {
  it('take the rows rounded', async () => {
    const base = await golden('qwen2-f32');
    const { embedding } = base.weights;
    if (embedding.kind !== 'float') throw new Error('float tables');
    const half = floatsToHalves(await dequantiseRows(embedding));
    const table = { ...embedding, tensor: { ...embedding.tensor, storage: 'f16' as const, bytes: blobBytes(new Blob([new Uint8Array(6), half]), 6, half.length, 'half', 'weights.data') } };
    const made = await withTagTokens({ ...base, weights: { ...base.weights, embedding: table, head: table } }, TAGS);
    expect(made.graph.patches).toMatchObject([{ file: 'weights.data', offset: 6 + FIRST * 64 * 2 }]);
    const rows = await dequantiseRows(made.weights.embedding, FIRST, FIRST + 3);
    const { embedding: mean } = await meanRows({ ...base.weights, embedding: table, head: table }, letters, TAGS);
    expect(Math.max(...rows.map((value, index) => Math.abs(value - mean[index])))).toBeLessThan(2 ** -11 * Math.max(...mean.map(Math.abs)));
    expect([...rows]).not.toEqual([...mean]);
  });
});

describe('what is refused', () => {
  it('a table in 4 bits', async () => {
    const base = await golden('qwen2-q4');
    expect(base.weights.head.kind).toBe('q4');
    await expect(withTagTokens(base, TAGS)).rejects.toThrow(/The head of this file is quantised/);
    expect(tagReport(base, TAGS).refusal).toMatch(/The head of this file is quantised/);
  });

  it('a vocabulary without spare rows, such as the bundled backbone’s, whose tags are tokens anyway', async () => {
    const tiny = await loadBackbone(folderSource('public/models/seesaw-tiny'));
    expect(tagReport(tiny, TAGS)).toEqual({ split: [], refusal: null });
    await expect(withTagTokens(tiny, ['<search>'])).rejects.toThrow(/The network has 1536 rows and its tokenizer 1536 tokens: no row is left for 1 tags/);
    const calls = tagReport(tiny, ['<tool_call>']);
    expect(calls.split[0].pieces.length).toBeGreaterThan(1);
    expect(calls.refusal).toMatch(/no row is left/);
    const base = await golden('qwen2-f32');
    expect(() => tagIds({ vocabSize: FIRST + 2 }, letters, 3)).toThrow(/2 rows are left for 3 tags/);
    const once = await withTagTokens(base, TAGS);
    await expect(withTagTokens(once, ['<search>'])).rejects.toThrow('"<search>" is a token of this tokenizer already');
    expect(tagReport(once, TAGS).split).toEqual([]);
  });

  it('nothing for Qwen’s own vocabularies and rows', () => {
    expect(tagIds({ vocabSize: 151_936 }, qwen3Tokenizer(), 6)).toEqual([151_669, 151_670, 151_671, 151_672, 151_673, 151_674]);
    expect(tagIds({ vocabSize: 151_936 }, qwen25Tokenizer(), 8)[0]).toBe(151_665);
  });
});
