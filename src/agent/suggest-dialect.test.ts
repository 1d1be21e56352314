import { describe, expect, it } from 'vitest';
import { dialectNote, suggestDialect } from './suggest-dialect.ts';

const having = (...tokens: string[]) => ({ addedToken: (text: string) => (tokens.includes(text) ? 1 : undefined) });
const QWEN = having('<tool_call>', '<think>');
const WORLD = having('<search>', '<think>');
const PAPER = having('<tool_call>', '<search>');

describe('the dialect that a tokenizer suggests', () => {
  it('goes by the tags that are whole tokens', () => {
    expect([QWEN, WORLD, PAPER, having()].map(suggestDialect)).toEqual(['qwen', 'world', 'search-r1', null]);
  });

  it('is told where the chosen one says nothing of searching', () => {
    expect(dialectNote('world', QWEN)).toMatch(/“Qwen function calls”/);
    expect(dialectNote('world', PAPER)).toMatch(/“Search-R1”/);
    expect(dialectNote('qwen', WORLD)).toMatch(/“Bundled backbone”/);
    // Search-R1's prompt explains its tags to any model.
    expect([dialectNote('search-r1', QWEN), dialectNote('qwen', PAPER), dialectNote('qwen', QWEN), dialectNote('world', WORLD), dialectNote('world', having())]).toEqual([null, null, null, null, null]);
  });
});
