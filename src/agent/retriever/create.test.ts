import { createReadStream, existsSync } from 'node:fs';
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { normaliseAnswer } from '../../core/trajectory/reward.ts';
import { BUNDLED_CORPORA, BUNDLED_QUESTIONS, loadQuestions } from '../datasets.ts';
import { createRetriever } from './create.ts';
import { goldPassages, goldRetriever } from './gold.ts';
import { CorpusStore } from './store.ts';
import { MemoryFolder } from './testing/memory-folder.ts';

/** The page's files under a folder of their own, as on a project page. */
let server: Server;
let base: string;
beforeAll(async () => {
  server = createServer((request, response) => {
    const file = `public${(request.url ?? '').replace(/^\/seesaw/, '')}`;
    if (existsSync(file)) createReadStream(file).pipe(response);
    else response.writeHead(404).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}/seesaw/index.html`;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

describe('bundled data', () => {
  it.each(BUNDLED_QUESTIONS)('$name has the questions it says', async ({ name, title, questions: count, corpus }) => {
    const { questions, problems, name: shown } = await loadQuestions({ kind: 'bundled', name }, base);
    expect([questions.length, problems, shown]).toEqual([count, [], title]);
    expect(questions.every(({ goldenAnswers, hops }) => goldenAnswers.length > 0 && hops !== null)).toBe(true);
    expect(BUNDLED_CORPORA.map((candidate) => candidate.name)).toContain(corpus);
  });

  it.each(BUNDLED_CORPORA)('$name can be searched', async ({ name, passages: count, title }) => {
    const told: [number, string][] = [];
    const { retriever, passages, problems } = await createRetriever({ kind: 'bundled', corpus: name }, base, { progress: (...what) => told.push(what) });
    expect([passages, problems]).toEqual([count, []]);
    expect(retriever.description).toContain(title);
    expect(told.map(([fraction]) => fraction)).toEqual(told.map(([fraction]) => fraction).sort((a, b) => a - b));
    expect(told.at(-1)![0]).toBe(1);
    const [best] = await retriever.search(name === 'world' ? 'currency of Kenya' : 'Who directed the film Ed Wood?', 2);
    expect(best.title).toBe(name === 'world' ? 'Economy of Kenya' : 'Ed Wood (film)');
  });

  it('that does not exist is refused with the names that do, and a page served incompletely is named', async () => {
    await expect(createRetriever({ kind: 'bundled', corpus: 'no' }, base)).rejects.toMatchObject({ remedy: 'Choose one of world, hotpotqa-100.' });
    await expect(loadQuestions({ kind: 'bundled', name: 'no' }, base)).rejects.toMatchObject({ name: 'RetrieverError' });
    await expect(createRetriever({ kind: 'bundled', corpus: 'world' }, new URL('/elsewhere/', base).href)).rejects.toThrow(/is missing \(HTTP status 404\)/);
    await expect(createRetriever({ kind: 'bundled', corpus: 'world' }, base, { signal: AbortSignal.abort() })).rejects.toMatchObject({ name: 'AbortError' });
  });
});

describe('a corpus that was opened', () => {
  const blob = new Blob(['{"id":"1","contents":"\\"Kenya\\"\\ntext"}\n']);

  it('is kept where that is asked for, and can then be chosen by name', async () => {
    const storage = new MemoryFolder();
    await createRetriever({ kind: 'file', name: 'own', blob }, base, { storage });
    expect(await new CorpusStore(storage).list()).toEqual([]);
    const { problems } = await createRetriever({ kind: 'file', name: 'own', blob }, base, { storage, keep: true });
    expect(problems).toEqual([]);
    expect(await new CorpusStore(storage).list()).toMatchObject([{ name: 'own', passages: 1 }]);
    expect((await createRetriever({ kind: 'stored', name: 'own' }, base, { storage })).passages).toBe(1);
  });

  it('can be searched where it cannot be kept, and it is told why', async () => {
    const storage = new MemoryFolder();
    storage.free = () => Promise.resolve(10);
    const { retriever, problems } = await createRetriever({ kind: 'file', name: 'own', blob }, base, { storage, keep: true });
    expect(problems).toMatchObject([{ line: 0, reason: expect.stringMatching(/^The corpus was not kept in this browser: The corpus "own" needs/) as string }]);
    expect(await retriever.search('Kenya', 1)).toHaveLength(1);
  });
});

describe('a choice', () => {
  const blob = new Blob(['{"id":"1","contents":"\\"Café\\"\\nnaïve"}\nbad\n']);

  it('of a file, or of one in storage, is indexed with the general settings', async () => {
    const storage = new MemoryFolder();
    await new CorpusStore(storage).save('mine', blob);
    for (const choice of [{ kind: 'file', name: 'mine', blob }, { kind: 'stored', name: 'mine' }] as const) {
      const { retriever, passages, problems } = await createRetriever(choice, base, { storage });
      expect([passages, problems.length, retriever.description]).toEqual([1, 1, 'BM25 over 1 passages of mine']);
      expect(await retriever.search('the naïve', 3)).toMatchObject([{ id: '1', title: 'Café', text: 'naïve' }]);
    }
    await expect(createRetriever({ kind: 'stored', name: 'other' }, base, { storage })).rejects.toThrow(/no corpus "other"/);
  });

  it('of a server asks nothing yet', async () => {
    const { retriever, passages, index } = await createRetriever({ kind: 'server', url: 'http://127.0.0.1:9', timeoutMs: 100, retries: 0 }, base);
    expect([retriever.description, passages, index]).toEqual(['Retriever server http://127.0.0.1:9/retrieve', null, null]);
  });

  it('of a question asked by hand', async () => {
    expect(await loadQuestions({ kind: 'asked', question: ' Why? ', goldenAnswers: [' a ', ''] }, base)).toEqual({ name: 'Why?', problems: [], questions: [{ id: 'asked', question: 'Why?', goldenAnswers: ['a'], hops: null, supportingTitles: [] }] });
    await expect(loadQuestions({ kind: 'asked', question: ' ', goldenAnswers: [] }, base)).rejects.toThrow(/no question/);
  });
});

describe('gold passages', () => {
  it('of HotpotQA are the supporting ones, one of each title first', async () => {
    const { index } = await createRetriever({ kind: 'bundled', corpus: 'hotpotqa-100' }, base);
    const { questions } = await loadQuestions({ kind: 'bundled', name: 'hotpotqa-100' }, base);
    for (const question of questions) {
      const found = await goldRetriever(question, index!).search('whatever', 2);
      expect(found.map(({ title }) => title).sort()).toEqual([...question.supportingTitles].sort());
    }
    expect(await goldRetriever(questions[0], index!).search('', 0)).toEqual([]);
  });

  it('of the world hold the answer beside what the question names', async () => {
    const { index } = await createRetriever({ kind: 'bundled', corpus: 'world' }, base);
    const { questions } = await loadQuestions({ kind: 'bundled', name: 'world-a-heldout' }, base);
    const right = questions.filter((question) => {
      const found = goldPassages(question, index!).slice(0, 2);
      return found.some(({ title, text }) => question.goldenAnswers.some((answer) => ` ${normaliseAnswer(`${title} ${text}`)} `.includes(` ${normaliseAnswer(answer)} `)));
    });
    expect(right.length / questions.length).toBeGreaterThan(0.99);
  });
});
