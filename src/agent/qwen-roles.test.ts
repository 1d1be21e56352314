import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { qwen25Tokenizer, qwen3Tokenizer } from '../backbone/testing/qwen-tokenizer.ts';
import type { TextTokenizer } from '../backbone/tokenizer.ts';
import { tokensInAnswers } from '../core/trajectory/answers.ts';
import { characterSpans } from '../core/trajectory/roles.ts';
import { adaptersOf, decodeTokenBytes, rolesOf, tokenSpans } from '../core/trajectory/tokens.ts';
import type { SpanKind } from '../core/trajectory/types.ts';
import { createEnvironment, QWEN, SEARCH_R1 } from './environment.ts';
import { RoleState } from './role-state.ts';
import type { EnvironmentSettings } from './types.ts';

const TOKENIZERS: readonly (readonly [string, TextTokenizer])[] = [
  ['Qwen3', qwen3Tokenizer()],
  ['Qwen2.5', qwen25Tokenizer()],
];
const DIALECTS: readonly EnvironmentSettings[] = [SEARCH_R1, QWEN, { ...QWEN, thinking: false }];

/** What `RoleState` says token by token, and what `characterSpans` says of the finished text. */
function bothWays(settings: EnvironmentSettings, tokenizer: TextTokenizer, blocks: readonly { readonly model: boolean; readonly ids: readonly number[] }[]) {
  const state = new RoleState(settings.tags);
  const tokens = blocks.flatMap(({ model, ids }) => ids.map((id) => ({ model, bytes: tokenizer.tokenBytes(id) })));
  const open: number[] = [];
  const adapters = tokens.map(({ model, bytes }, position) => {
    const adapter = model && state.searchOpen ? 1 : 0;
    if (model) state.model(bytes);
    else state.environment(1);
    if (adapter === 1) open.push(position - 1);
    return adapter;
  });
  const decoded = decodeTokenBytes(tokens.map(({ bytes }) => bytes));
  const characters = characterSpans(decoded.text, 0, settings.tags);
  const spans = tokenSpans(characters, decoded.starts);
  const inAnswer = [...tokensInAnswers(decoded.text, characters, decoded.starts, settings.tags)].map((inside, token) => (tokens[token].model && state.roles[token] === 1 ? inside : 0));
  const kinds = spans.flatMap(({ kind, start, end }) => Array<SpanKind>(end - start).fill(kind));
  return { growing: { kinds: state.kinds, roles: [...state.roles], inAnswer: [...state.inAnswer], adapters: [...adapters.slice(1), 0] }, finished: { kinds, roles: [...rolesOf(spans)], inAnswer, adapters: [...adaptersOf(rolesOf(spans), 'paper')] }, text: decoded.text };
}

describe.each(TOKENIZERS)('roles under the vocabulary of %s', (_name, tokenizer) => {
  const word = (settings: EnvironmentSettings) => {
    const { think, search, answer } = settings.tags;
    const tags = [think, search, answer].flatMap(({ open, close }) => [open, close]);
    const parts = ['<', '</', '>', 'se', '<sea', '<tool', 'arch>', ' ', '\n\n', '.', '"', '{"name": "search"}', 'é', 'e\u0301', '😀', '中文', '12', ' word', 'Paris', '\u200d'];
    return fc.oneof(fc.constantFrom(...tags), fc.constantFrom(...parts));
  };
  const hostile = fc.array(fc.constantFrom('<search>', '</search>', '<tool_call>', '</tool_response>', '<think>', '</think>', '<answer>x</answer>', '</information>', '<|im_end|>', '<|im_start|>assistant\n', '😀', '\n\n', 'text'), { maxLength: 8 }).map((parts) => parts.join(''));

  it.each(DIALECTS)('are the same token by token and in the finished text: $dialect, thinking $thinking', (settings) => {
    const environment = createEnvironment(settings, tokenizer);
    // A model draws other tokens than the tokenizer would make of the text: pieces are also encoded one by one.
    const block = fc.record({ words: fc.array(word(settings), { minLength: 1, maxLength: 12 }), whole: fc.boolean(), document: fc.option(hostile) });
    fc.assert(
      fc.property(fc.array(block, { minLength: 1, maxLength: 4 }), (script) => {
        const blocks = script.flatMap(({ words, whole, document }) => [
          { model: true, ids: whole ? tokenizer.encode(words.join('')) : words.flatMap((part) => tokenizer.encode(part)) },
          ...(document === null ? [] : [{ model: false, ids: environment.observation([{ id: '1', title: document, text: document }]) }]),
        ]);
        const { growing, finished } = bothWays(settings, tokenizer, blocks);
        expect(growing).toEqual(finished);
      }),
      { numRuns: 120 },
    );
  }, 60_000);

  it('never go back on who writes: roles and adapters of a prefix stay', () => {
    fc.assert(
      fc.property(fc.array(word(SEARCH_R1), { maxLength: 16 }), (words) => {
        const state = new RoleState(SEARCH_R1.tags);
        const seen: number[][] = [];
        for (const id of tokenizer.encode(words.join(''))) {
          state.model(tokenizer.tokenBytes(id));
          seen.push([...state.roles]);
        }
        for (const roles of seen) expect([...state.roles].slice(0, roles.length)).toEqual(roles);
      }),
      { numRuns: 100 },
    );
  }, 60_000);

  it('give a token that straddles two spans to the one of its first character', () => {
    const { growing, finished } = bothWays(SEARCH_R1, tokenizer, [
      { model: true, ids: tokenizer.encode('so.<search>"q" </search>\n\n') },
      { model: false, ids: createEnvironment(SEARCH_R1, tokenizer).observation([{ id: '1', title: 'T', text: '<search>no</search>' }]) },
      { model: true, ids: tokenizer.encode('<answer>x</answer>') },
    ]);
    const head = ['so', '.<', 'search', '>"', 'q', '"', ' </', 'search', '>\n\n'];
    expect(growing.kinds.slice(0, head.length)).toEqual(['other', 'other', 'other', 'other', 'tool', 'tool', 'tool', 'tool', 'tool']);
    expect(growing.kinds.slice(-6)).toEqual(Array(6).fill('answer'));
    // `<`, `answer` and `>x` were predicted before anyone knew of an answer; `</`, `answer` and `>` afterwards.
    expect(growing.inAnswer.slice(-6)).toEqual([0, 0, 0, 1, 1, 1]);
    expect(growing.kinds.slice(head.length, -6).every((kind) => kind === 'observation')).toBe(true);
    // The tool adapter predicts the query and its closing tag, from the position that completes the opening one.
    expect(growing.adapters.flatMap((adapter, position) => (adapter === 1 ? [position] : []))).toEqual([3, 4, 5, 6, 7]);
    expect(growing).toEqual(finished);
  });
});

describe('trajectories of a trained Search-R1 model under Qwen’s vocabulary', () => {
  const text = readFileSync(new URL('../core/trajectory/fixtures/search-r1-case.txt', import.meta.url), 'utf8');

  it.each(TOKENIZERS)('have every query, its closing tag and nothing else as tool: %s', (_name, tokenizer) => {
    const begin = text.indexOf('<|im_start|>assistant\n') + '<|im_start|>assistant\n'.length;
    const end = text.indexOf('<|im_start|>system', begin);
    const source = text.slice(0, end < 0 ? text.length : end);
    const decoded = decodeTokenBytes(tokenizer.encode(source).map((id) => tokenizer.tokenBytes(id)));
    expect(decoded.text).toBe(source);
    const spans = tokenSpans(characterSpans(source, begin, SEARCH_R1.tags), decoded.starts);
    const written = (kind: SpanKind): string[] => spans.filter((span) => span.kind === kind).map((span) => decoded.pieces.slice(span.start, span.end).join(''));
    const queries = [...source.slice(begin).matchAll(/<search>([^]*?<\/search>)/g)].map(([, query]) => query);
    expect(queries.length).toBeGreaterThan(1);
    expect(written('tool').map((query) => query.trim())).toEqual(queries.map((query) => query.trim()));
    for (const observation of written('observation')) expect(observation).toMatch(/information>|im_start|^\s*$/);
  });
});
