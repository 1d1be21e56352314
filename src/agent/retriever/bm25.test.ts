import { readFileSync } from 'node:fs';
import * as z from 'zod';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Passage } from '../types.ts';
import { GENERAL_SETTINGS, parseEnvironmentSettings } from './bm25-settings.ts';
import { Bm25Index, bm25Retriever, termsOf } from './bm25.ts';
import { readCorpus } from './corpus.ts';

const ENVIRONMENT = readFileSync('public/datasets/world/environment.json', 'utf8');
const settings = parseEnvironmentSettings(ENVIRONMENT);
const { examples } = z.object({ examples: z.array(z.object({ query: z.string(), ids: z.array(z.string()) })) }).parse(JSON.parse(ENVIRONMENT));

/** BM25 as environment.json words it, over every passage and without an index. */
function reference(passages: readonly Passage[], stopWords: readonly string[], query: string, topK: number): string[] {
  const cut = (text: string): string[] => [...text.toLowerCase().matchAll(/[a-z0-9]+/g)].map(([term]) => term).filter((term) => !stopWords.includes(term));
  const all = (referenceTerms.get(passages) ?? referenceTerms.set(passages, passages.map(({ title, text }) => cut(`${title} ${text}`))).get(passages))!;
  const mean = all.reduce((sum, terms) => sum + terms.length, 0) / all.length;
  const asked = cut(query).map((term) => ({ term, n: all.filter((terms) => terms.includes(term)).length }));
  return all
    .map((terms, index) => {
      let score = 0;
      for (const { term, n } of asked) {
        const f = terms.filter((other) => other === term).length;
        score += (Math.log(1 + (all.length - n + 0.5) / (n + 0.5)) * f * 2.2) / (f + 1.2 * (1 - 0.75 + (0.75 * terms.length) / mean));
      }
      return { index, score };
    })
    .filter(({ score }) => score > 0)
    .sort((a, b) => b.score - a.score || a.index - b.index)
    .slice(0, topK)
    .map(({ index }) => passages[index].id);
}
const referenceTerms = new Map<readonly Passage[], string[][]>();

const passage = (id: string, text: string, title = ''): Passage => ({ id, title, text });
const ids = (found: readonly Passage[]): string[] => found.map(({ id }) => id);

describe('BM25 of the bundled corpus', () => {
  let passages: readonly Passage[];
  let index: Bm25Index;
  beforeAll(async () => {
    ({ passages } = await readCorpus(new Blob([readFileSync('public/datasets/world/corpus.jsonl')])));
    index = await Bm25Index.build(passages, settings);
  });

  it.each(examples)('finds what environment.json says for "$query"', ({ query, ids: expected }) => {
    expect(ids(index.search(query, 2))).toEqual(expected);
  });

  it('finds the same two passages in the same order as a direct sum, for every title alone and with a relation word', () => {
    const relations = ['', 'capital', 'currency', 'language', 'calling code', 'continent', 'money of the'];
    // Every title; the relation words take turns, so that each stands with some 160 of them.
    const queries = passages.flatMap(({ title }, number) => [title, `${title} ${relations[1 + (number % 6)]}`]);
    const wrong = queries.filter((query) => ids(index.search(query, 2)).join() !== reference(passages, settings.stopWords, query, 2).join());
    expect(wrong).toEqual([]);
    expect(queries.length).toBe(2230);
  }, 60_000);
});

describe('BM25', () => {
  it('counts a passage by all its terms, a repeated query term twice, and ties to the earlier passage', async () => {
    const index = await Bm25Index.build([passage('long', 'cat cat cat cat dog'), passage('b', 'dog bird'), passage('a', 'dog bird'), passage('none', 'fish')], GENERAL_SETTINGS);
    expect(ids(index.search('bird', 5))).toEqual(['b', 'a']);
    const [once] = index.search('bird', 1);
    const [twice] = index.search('Bird bird', 1);
    expect(twice.score).toBe(2 * once.score);
    // N 4, n 2, f 1, length 2, mean (5 + 2 + 2 + 1)/4.
    expect(once.score).toBeCloseTo((Math.log(1 + 2.5 / 2.5) * 2.2) / (1 + 1.2 * (0.25 + (0.75 * 2) / 2.5)), 14);
  });

  it('leaves no score behind for the next search, and returns at most topK', async () => {
    const index = await Bm25Index.build([passage('1', 'x y'), passage('2', 'x'), passage('3', 'x z')], GENERAL_SETTINGS);
    const first = index.search('x', 3);
    expect(index.search('x', 3)).toEqual(first);
    expect(index.search('x', 0)).toEqual([]);
    expect(index.search('', 3)).toEqual([]);
    expect(ids(index.search('z', 3))).toEqual(['3']);
  });

  it('takes words that are names of an object for words', async () => {
    const index = await Bm25Index.build([passage('1', 'constructor __proto__ toString'), passage('2', 'plain')], GENERAL_SETTINGS);
    expect(ids(index.search('constructor', 2))).toEqual(['1']);
    expect(index.search('hasOwnProperty', 2)).toEqual([]);
    expect(ids(index.search('proto', 2))).toEqual(['1']);
  });

  it('answers from an empty corpus, from passages without terms, and with a mean length of 0', async () => {
    expect((await Bm25Index.build([], GENERAL_SETTINGS)).search('x', 2)).toEqual([]);
    expect((await Bm25Index.build([passage('1', '…')], GENERAL_SETTINGS)).search('x', 2)).toEqual([]);
  });

  it('cuts terms as the settings say', () => {
    expect(termsOf('The Ærø café, naïve 東京 हिन्दी', { ...GENERAL_SETTINGS, stopWords: ['the'] })).toEqual(['ærø', 'café', 'naïve', '東京', 'हिन्दी']);
    expect(termsOf('cafe\u0301', GENERAL_SETTINGS)).toEqual(['café']);
    expect(termsOf('The Ærø café', settings)).toEqual(['r', 'caf']);
  });

  it('indexes in slices: other work runs meanwhile, progress is told, and it can be stopped', async () => {
    const words = 'alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu'.split(' ');
    const passages = Array.from({ length: 2000 }, (_, number) => passage(String(number), Array.from({ length: 100 }, (_unused, at) => words[(number * at + at) % 12] + String((number * 7 + at * at) % 1999)).join(' ')));
    let turns = 0;
    const timer = setInterval(() => turns++, 1);
    const fractions: number[] = [];
    const index = await Bm25Index.build(passages, GENERAL_SETTINGS, { onProgress: (fraction) => fractions.push(fraction) });
    clearInterval(timer);
    expect(fractions.length).toBeGreaterThan(1);
    expect(fractions).toEqual([...fractions].sort((a, b) => a - b));
    expect(fractions.at(-1)).toBe(1);
    // In one piece no timer would have run.
    expect(turns).toBeGreaterThan(0);
    expect(index.search('alpha0', 3).length).toBeGreaterThan(0);

    const controller = new AbortController();
    const stopped = Bm25Index.build(passages, GENERAL_SETTINGS, { signal: controller.signal, onProgress: () => controller.abort() });
    await expect(stopped).rejects.toMatchObject({ name: 'AbortError' });
  });
});

describe('a BM25 retriever', () => {
  it('rejects when it was cancelled', async () => {
    const retriever = bm25Retriever(await Bm25Index.build([passage('1', 'x')], GENERAL_SETTINGS), 'test');
    expect(ids(await retriever.search('x', 1))).toEqual(['1']);
    await expect(retriever.search('x', 1, AbortSignal.abort())).rejects.toMatchObject({ name: 'AbortError' });
  });
});

describe('environment.json', () => {
  it('of another formula is refused', () => {
    expect(() => parseEnvironmentSettings(ENVIRONMENT.replace('k1 + 1', 'k1'))).toThrow(/another retriever/);
    expect(() => parseEnvironmentSettings('<html>')).toThrow('not JSON');
  });
});
