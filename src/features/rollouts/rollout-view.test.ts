import { describe, expect, it } from 'vitest';
import type { Rollout } from '../../agent/types.ts';
import { adapterName, adapterNames, writerLabel, writerWith } from './choices.ts';
import { goldenRanges, markGolden } from './golden.ts';
import { searchQuestions } from './question-picker.tsx';
import { arrangeRows, NO_FILTER, type SortKey } from './result-rows.ts';
import { activeLane, doubt, firstDifference, partsOf, plainText, shownPiece } from './segments.ts';
import { shownRollouts } from './shown-rollouts.ts';
import { bundledRollouts } from './testing/fixture.ts';
import { percent, rolloutSentence, summarySentence } from './words.ts';

const FIXTURES = bundledRollouts(16);
const [direct, searching] = FIXTURES;

describe('partsOf', () => {
  it('cuts a rollout into prompt, turns and observations without a gap', () => {
    for (const { view } of FIXTURES) {
      const parts = partsOf(view.tokens, view.searches);
      let at = 0;
      for (const part of parts) {
        expect(part.start).toBe(at);
        at = part.end;
      }
      expect(at).toBe(view.tokens.length);
      expect(parts.filter((part) => part.kind === 'observation')).toHaveLength(view.searches.length);
    }
  });
  it('keeps reasoning and tool of one turn together, each as its own spans', () => {
    const turn = partsOf(searching.view.tokens, searching.view.searches).find((part) => part.kind === 'turn');
    expect(turn?.spans.map((span) => span.role)).toEqual(['reasoning', 'reasoning', 'tool']);
    expect(direct.view.searches).toHaveLength(0);
  });
  it('shows a search that is waited for after what is written', () => {
    const start = searching.view.searches[0].call.start;
    const tokens = searching.view.tokens.slice(0, start);
    const waiting = [{ answered: false, call: { ...searching.view.searches[0].call, passages: [], end: start } }];
    expect(partsOf(tokens, waiting).at(-1)).toEqual({ kind: 'observation', start, end: start, search: 0 });
    expect(activeLane(tokens, waiting)).toBeNull();
  });
});

describe('activeLane', () => {
  it('is the tool’s from the opened search to its end', () => {
    const { tokens } = searching.view;
    const opened = tokens.findIndex((token) => token.piece === '<search>');
    const closed = tokens.findIndex((token) => token.piece === '</search>');
    expect(activeLane(tokens.slice(0, opened), [])).toBe('reasoning');
    for (let at = opened + 1; at <= closed; at++) expect(activeLane(tokens.slice(0, at), [])).toBe('tool');
    expect(activeLane([], [])).toBeNull();
  });
});

describe('tokens as text', () => {
  it('says who wrote each part, and loses none of it', () => {
    const parts = plainText(searching.view.tokens);
    expect(parts[0].role).toBe('prompt');
    expect(parts.filter((part) => part.role === 'tool').map((part) => part.text)).toContain('the calling code of 1868</search>');
    expect(parts.map((part) => part.text).join('').replace(/\s/g, '')).toBe(searching.rollout.text.replace(/\s/g, ''));
  });
  it('shows line breaks as signs and grades doubt', () => {
    expect(shownPiece('a\n\nb')).toBe('a↵↵b');
    expect([-0.01, -0.5, -1.5, -4, Number.NaN].map(doubt)).toEqual([0, 1, 2, 3, null]);
  });
});

describe('firstDifference', () => {
  it('is the first position of different tokens', () => {
    const a = direct.view.tokens;
    const b = searching.view.tokens;
    const at = firstDifference(a, b);
    expect(at).toBeGreaterThan(direct.rollout.promptTokens);
    expect(a.slice(0, at!).map((token) => token.token)).toEqual(b.slice(0, at!).map((token) => token.token));
    expect(a[at!].token).not.toBe(b[at!].token);
    expect(firstDifference(a, a.slice(0, 5))).toBeNull();
  });
});

describe('golden answers in text', () => {
  it('are found normalised and marked in the original', () => {
    expect(markGolden('The capital is St. John’s, or Saint Johns.', ["Saint John's"])).toEqual([
      { text: 'The capital is St. John’s, or ', golden: false },
      { text: 'Saint Johns', golden: true },
      { text: '.', golden: false },
    ]);
    expect(markGolden('in the Czech  Republic', ['The Czech Republic']).map((part) => part.golden)).toEqual([false, true]);
    expect(markGolden('', ['x'])).toEqual([]);
  });
  it('prefers whole words, but marks what the hit counts', () => {
    expect(goldenRanges('Nobody knows, no', ['no'])).toEqual([[14, 16]]);
    expect(goldenRanges('knows', ['no'])).toEqual([[1, 3]]);
    expect(goldenRanges('anything', ['', '!'])).toEqual([]);
  });
  it('stands in a document of every hit', () => {
    for (const { rollout } of FIXTURES.filter((fixture) => fixture.rollout.hit)) {
      const text = rollout.searches.flatMap((search) => search.passages.map((passage) => `${passage.title} ${passage.text}`)).join(' ');
      expect(goldenRanges(text, rollout.question.goldenAnswers).length).toBeGreaterThan(0);
    }
  });
});

describe('arrangeRows', () => {
  const rollouts = FIXTURES.map((fixture) => fixture.rollout);
  const sorted = (key: SortKey, descending = false) => arrangeRows(rollouts, { key, descending }, NO_FILTER);
  it('sorts by every column, both ways, and keeps the order of equals', () => {
    const tokens = sorted('tokens').map((index) => rollouts[index].tokens.length);
    expect(tokens).toEqual([...tokens].sort((a, b) => a - b));
    const rewards = sorted('reward', true);
    expect(rollouts[rewards[0]].reward).toBe(1);
    const right = rewards.filter((index) => rollouts[index].reward === 1);
    expect(right).toEqual([...right].sort((a, b) => a - b));
    for (const key of ['question', 'sample', 'writer', 'answer', 'f1', 'hit', 'searches', 'finish', 'wellFormed'] as const) expect(new Set(sorted(key)).size).toBe(rollouts.length);
    expect(sorted('order', true)[0]).toBe(rollouts.length - 1);
  });
  it('leaves what is unknown last, whichever way', () => {
    const unknown: Rollout = { ...rollouts[0], f1: null };
    const list = [unknown, ...rollouts.slice(1)];
    for (const descending of [true, false]) expect(arrangeRows(list, { key: 'f1', descending }, NO_FILTER).at(-1)).toBe(0);
  });
  it('filters by outcome, writer and words', () => {
    const by = (filter: Partial<typeof NO_FILTER>) => arrangeRows(rollouts, { key: 'order', descending: false }, { ...NO_FILTER, ...filter });
    expect(by({ outcome: 'right' }).length + by({ outcome: 'wrong' }).length).toBe(rollouts.length);
    expect(by({ text: 'PASHTO' }).every((index) => rollouts[index].answer === 'Pashto')).toBe(true);
    expect(by({ text: 'no such words' })).toEqual([]);
    expect(by({ writer: 1 })).toEqual([]);
  });
});

describe('shownRollouts', () => {
  const views = FIXTURES.map((fixture) => fixture.view);
  const run = { kind: 'batch' as const, config: null };
  it('is the chosen one, else the newest', () => {
    expect(shownRollouts(views, views[3].id, run).views).toEqual([views[3]]);
    expect(shownRollouts(views, null, run).views).toEqual([views[15]]);
    expect(shownRollouts([], null, run).views).toEqual([]);
  });
});

describe('words', () => {
  it('put the numbers first', () => {
    expect(percent(0.349, 0.018)).toBe('34.9 % ± 1.8');
    const summary = { writer: 0, rollouts: 1600, exactMatch: 0.349, exactMatchError: 0.018, f1: 0.4, hit: 0.41, hitError: 0.019, wellFormed: 0.96, wellFormedError: null, searches: 1.4, tokens: 91.7 };
    expect(summarySentence(summary)).toBe('34.9 % ± 1.8 of 1\u2009600 answers are right; a golden answer stands in the documents of 41.0 % ± 1.9; 96.0 % keep the form; 1.4 searches and 92 tokens each.');
    expect(summarySentence({ ...summary, exactMatch: null })).toContain('without golden answers');
    expect(summarySentence({ ...summary, rollouts: 4, exactMatch: 0.25, hit: 0.5, wellFormed: 1 })).toBe('1 of 4 answers is right; a golden answer stands in the documents of 2 of 4; all keep the form; 1.4 searches and 92 tokens each on average.');
  });
  it('say of one rollout what it answered', () => {
    expect(rolloutSentence(searching.rollout)).toBe('“English” is right, after 2 searches and 58 tokens of its own.');
    expect(rolloutSentence(direct.rollout)).toContain('“Pashto” is wrong (golden: “English”)');
    expect(rolloutSentence({ ...direct.rollout, answer: null, finish: 'context-full' })).toContain('No answer: context full');
  });
  it('name writers and adapters', () => {
    expect(writerLabel({ adapters: { kind: 'own' }, writing: { kind: 'routed', reasoning: 0, tool: 1 } })).toBe('Backbone’s own adapters, routed');
    expect(adapterName({ kind: 'none' }, 0)).toBe('the backbone alone');
    expect(adapterName({ kind: 'own' }, 1)).toBe('the tool adapter');
    expect(adapterName({ kind: 'untrained', count: 2, rank: 8 }, 2)).toBe('the backbone alone');
  });
  it('name every adapter of a set by its folder, and begin with what is there', () => {
    const set = (...folders: string[]) => ({ kind: 'files', name: 's', files: folders.map((folder) => ({ path: `${folder}adapter_config.json`, blob: new Blob() })) }) as const;
    expect(adapterNames(set('s/tool/', 's/reasoning/', 's/adapter-2/'))).toEqual(['Reasoning adapter', 'Tool adapter', 'adapter-2']);
    expect(adapterNames(set('s/adapter-0/', 's/adapter-1/', 's/adapter-2/'))).toEqual(['adapter-0', 'adapter-1', 'adapter-2']);
    expect(adapterNames(set(''))).toEqual(['Its adapter']);
    expect(writerWith(set(''), 'routed').writing).toEqual({ kind: 'routed', reasoning: 0, tool: 0 });
    expect(writerWith(set('s/a/', 's/b/'), 'routed').writing).toEqual({ kind: 'routed', reasoning: 0, tool: 1 });
    expect(adapterNames({ kind: 'untrained', count: 3, rank: 8 })).toHaveLength(3);
  });
  it('find questions by all their words', () => {
    const questions = FIXTURES.map((fixture) => fixture.rollout.question);
    expect(searchQuestions(questions, 'calling LANGUAGE')).toHaveLength(questions.length);
    expect(searchQuestions(questions, 'capital')).toHaveLength(0);
  });
});
