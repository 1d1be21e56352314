import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { splitContents } from './contents.ts';
import { readCorpus } from './corpus.ts';
import { readQuestions } from './questions.ts';
import { readRecords } from './records.ts';

const lines = (...rows: unknown[]): Blob => new Blob([rows.map((row) => (typeof row === 'string' ? row : JSON.stringify(row))).join('\n')]);

/** A blob whose stream gives a few bytes at a time, so that every boundary falls somewhere unlucky. */
function crumbled(text: string, size: number): Blob {
  const blob = new Blob([text]);
  const bytes = new TextEncoder().encode(text);
  blob.stream = () =>
    new ReadableStream({
      start(controller) {
        for (let at = 0; at < bytes.length; at += size) controller.enqueue(bytes.slice(at, at + size));
        controller.close();
      },
    });
  return blob;
}

const HOTPOT = [
  { _id: 'x1', question: 'Who?', answer: 'yes', type: 'comparison', supporting_facts: [['A', 0], ['B', 1], ['A', 2]], context: [['A', ['One. ', ' Two.']], ['B', ['Three.']]] },
  { _id: 'x2', question: 'Where, "there" [or] {not}?', answer: 'here\\', supporting_facts: [['C', 0]], context: [['A', ['One. ', ' Two.']], ['C', ['Four, five.']]] },
];

describe('contents', () => {
  it.each([
    ['"Title"\ntext\nmore', 'Title', 'text\nmore'],
    ['""Heroes" (song)"\ntext', '"Heroes" (song)', 'text'],
    ['no title\ntext', '', 'no title\ntext'],
    ['"quoted" beginning of a text', '', '"quoted" beginning of a text'],
    ['"Only a title"', 'Only a title', ''],
    ['"Title"\r\ntext', 'Title', 'text'],
  ])('%j', (contents, title, text) => {
    expect(splitContents(contents)).toEqual({ title, text });
  });
});

describe('records', () => {
  it.each([1, 2, 3, 7, 1000])('of an array are the same in pieces of %i bytes', async (size) => {
    const values: unknown[] = [];
    for await (const record of readRecords(crumbled(`\uFEFF ${JSON.stringify([...HOTPOT, 'ü', 3, []], null, 1)} `, size))) values.push(record.reason === null ? record.value : record.reason);
    expect(values).toEqual([...HOTPOT, 'ü', 3, []]);
  });

  it('of a broken or cut array are kept but for the bad entry', async () => {
    const found: (string | null)[] = [];
    for await (const record of readRecords(new Blob(['[{"a":1}, {"a":}, {"a":3}, {"a"']))) found.push(record.reason === null ? null : 'bad');
    expect(found).toEqual([null, 'bad', null, 'bad']);
    for await (const record of readRecords(new Blob(['[]']))) expect(record).toBeNull();
  });
});

describe('a corpus file', () => {
  it('is read in every accepted form, bad lines named', async () => {
    const file = lines({ id: 7, contents: '"A"\ntext' }, '', '{"id":', { id: 'b', title: 'B', text: 'other' }, { id: 'c' }, [1], { id: 7, contents: 'again' }, { contents: 'no id' }, { id: 'd', contents: 5 });
    const { passages, problems } = await readCorpus(file);
    expect(passages).toEqual([
      { id: '7', title: 'A', text: 'text' },
      { id: 'b', title: 'B', text: 'other' },
      { id: '7 #2', title: '', text: 'again' },
      { id: '3', title: '', text: 'no id' },
    ]);
    expect(problems.map(({ line }) => line)).toEqual([3, 5, 6, 9]);
    expect(problems.map(({ reason }) => reason).slice(1)).toEqual(['neither contents nor text', expect.stringContaining('not a JSON object'), expect.stringContaining('contents: ')]);
  });

  it("may be HotpotQA's questions, each paragraph once, in an array or in lines, and in the hub's form", async () => {
    const expected = [['A', 'One. Two.'], ['B', 'Three.'], ['C', 'Four, five.']];
    for (const file of [new Blob([JSON.stringify(HOTPOT)]), lines(...HOTPOT), lines({ context: { title: ['A', 'B', 'C'], sentences: [['One.', 'Two.'], ['Three.'], ['Four, five.']] } })]) {
      const { passages, problems } = await readCorpus(file);
      expect(passages.map(({ title, text }) => [title, text])).toEqual(expected);
      expect(problems).toEqual([]);
      expect(passages.map(({ id }) => id)).toEqual(['0', '1', '2']);
    }
  });

  it('reads the bundled ones without a problem', async () => {
    for (const [name, count] of [['world', 1115], ['hotpotqa-100', 991], ['search-r1', 10]] as const) {
      const { passages, problems } = await readCorpus(new Blob([readFileSync(`public/datasets/${name}/corpus.jsonl`)]));
      expect([passages.length, problems]).toEqual([count, []]);
      expect(passages.every(({ title, text }) => title !== '' && text !== '')).toBe(true);
    }
  });

  it('is refused when it holds no passage, cut where a passage is huge, told as it is read, and stopped', async () => {
    await expect(readCorpus(new Blob(['']))).rejects.toMatchObject({ name: 'RetrieverError', message: expect.stringContaining('no passage') as string });
    await expect(readCorpus(new Blob(['<html>\n</html>']))).rejects.toThrow(/line 1: not JSON/);
    const { passages, problems } = await readCorpus(lines({ id: 1, text: 'x'.repeat(60_000) }));
    expect([passages[0].text.length, problems.length]).toEqual([50_000, 1]);

    const many = lines(...Array.from({ length: 5000 }, (_, id) => ({ id, contents: `"T${id}"\n${'word '.repeat(40)}` })));
    const fractions: number[] = [];
    await readCorpus(many, { onProgress: (fraction) => fractions.push(fraction) });
    expect(fractions.at(-1)).toBe(1);
    expect(fractions.length).toBeGreaterThan(3);
    const controller = new AbortController();
    await expect(readCorpus(many, { signal: controller.signal, onProgress: () => controller.abort() })).rejects.toMatchObject({ name: 'AbortError' });
  });
});

describe('a question file', () => {
  it("of FlashRAG's form", async () => {
    const { questions, problems } = await readQuestions(
      lines(
        { id: 'q', question: ' Why? ', golden_answers: ['a', ' b '], hops: 2, relation: 'capital' },
        { id: 'q', question: 'How?', golden_answers: 'c', metadata: { type: 'bridge', supporting_titles: ['X', 'Y'] } },
        { question: 'When?', golden_answers: [1999, true], metadata: { supporting_facts: { title: ['X', 'X', 'Y', 'Z'], sent_id: [0, 1, 2, 3] } } },
        { id: 'n', question: 'No answers?', hops: 'many', metadata: 'none' },
        { id: 'e', question: ' ' },
        { id: 'm' },
        'x',
      ),
    );
    expect(questions).toEqual([
      { id: 'q', question: 'Why?', goldenAnswers: ['a', 'b'], hops: 2, supportingTitles: [] },
      { id: 'q #2', question: 'How?', goldenAnswers: ['c'], hops: 2, supportingTitles: ['X', 'Y'] },
      { id: 'line 3', question: 'When?', goldenAnswers: ['1999', 'true'], hops: 3, supportingTitles: ['X', 'Y', 'Z'] },
      { id: 'n', question: 'No answers?', goldenAnswers: [], hops: null, supportingTitles: [] },
    ]);
    expect(problems.map(({ line }) => line)).toEqual([5, 6, 7]);
  });

  it("of HotpotQA's own form", async () => {
    const { questions } = await readQuestions(new Blob([JSON.stringify(HOTPOT)]));
    expect(questions).toEqual([
      { id: 'x1', question: 'Who?', goldenAnswers: ['yes'], hops: 2, supportingTitles: ['A', 'B'] },
      { id: 'x2', question: HOTPOT[1].question, goldenAnswers: ['here\\'], hops: 1, supportingTitles: ['C'] },
    ]);
  });

  it('without a question is refused', async () => {
    await expect(readQuestions(lines({ id: 1, contents: 'x' }))).rejects.toThrow(/line 1: question: /);
    await expect(readQuestions(new Blob(['\n']))).rejects.toThrow('no question');
  });
});
