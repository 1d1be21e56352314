import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { characterSpans } from '../core/trajectory/roles.ts';
import { QWEN_TAGS, SEARCH_R1_TAGS } from '../core/trajectory/tags.ts';
import { adaptersOf, decodeTokenBytes, rolesOf, tokenSpans } from '../core/trajectory/tokens.ts';
import type { SpanKind } from '../core/trajectory/types.ts';
import { RoleState } from './role-state.ts';

const utf8 = new TextEncoder();

/** Bytes cut at the given sizes, in turn. */
function cut(bytes: Uint8Array, sizes: readonly number[]): Uint8Array[] {
  const tokens: Uint8Array[] = [];
  for (let at = 0, k = 0; at < bytes.length; k++) {
    tokens.push(bytes.slice(at, at + sizes[k % sizes.length]));
    at += sizes[k % sizes.length];
  }
  return tokens;
}

function kindsOf(text: string, tokens: readonly Uint8Array[]): SpanKind[] {
  return tokenSpans(characterSpans(text, 0), decodeTokenBytes(tokens).starts).flatMap(({ kind, start, end }) => Array<SpanKind>(end - start).fill(kind));
}

describe('roles of a growing response', () => {
  it('know the open search after each token, for tags of several tokens', () => {
    const state = new RoleState(SEARCH_R1_TAGS);
    const pieces = ['<th', 'ink>', 'a</think><sea', 'rch> q', ' é</sea', 'rch>', 'x'];
    const open = pieces.map((piece) => {
      state.model(utf8.encode(piece));
      return state.searchOpen;
    });
    expect(open).toEqual([false, false, false, true, true, false, false]);
    expect(state.roles).toEqual([1, 1, 1, 1, 2, 2, 1]);
    expect(state.kinds).toEqual(['think', 'think', 'think', 'other', 'tool', 'tool', 'other']);
  });

  it('tell completed tags with their places since the environment last wrote', () => {
    const state = new RoleState(QWEN_TAGS);
    state.prompt(2);
    expect(state.model(utf8.encode('<tool_call>{}</tool'))).toEqual([{ tag: 'search-open', start: 0, end: 11 }]);
    expect(state.model(utf8.encode('_call>'))).toEqual([{ tag: 'search-close', start: 13, end: 25 }]);
    state.environment(1);
    expect(state.model(utf8.encode('<think>'))).toEqual([{ tag: 'think-open', start: 0, end: 7 }]);
    expect(state.roles).toEqual([0, 0, 1, 2, 3, 1]);
  });

  it('do not find a tag across what the environment wrote', () => {
    const state = new RoleState(SEARCH_R1_TAGS);
    state.model(utf8.encode('<sea'));
    state.environment(1);
    expect(state.model(utf8.encode('rch>'))).toEqual([]);
    expect(state.searchOpen).toBe(false);
  });

  it('leave an imitated observation, notice or turn to the model', () => {
    const state = new RoleState(SEARCH_R1_TAGS);
    for (const piece of ['<think>', '<information>', 'x', '</information>', '</think>', '<search>', '<information>', 'q', '</information>', '<|im_start|>user\n', '</search>', 'My previous action is invalid. Let me try again.\n']) state.model(utf8.encode(piece));
    expect(state.kinds).toEqual(['think', 'think', 'think', 'think', 'think', 'other', 'tool', 'tool', 'tool', 'tool', 'tool', 'other']);
  });

  it('are those of the finished text, for any mixture of tags and words cut into any tokens', () => {
    const word = fc.constantFrom('<think>', '</think>', '<search>', '</search>', '<answer>', '</answer>', 'é', '😀', ' word', '<', 'sea', '\uFFFD', '<se');
    const block = fc.record({ words: fc.array(word, { maxLength: 12 }), observed: fc.constantFrom(null, 'd', '<search>x', '😀<think>', '') });
    const sizes = fc.array(fc.integer({ min: 1, max: 11 }), { minLength: 1, maxLength: 20 });
    fc.assert(
      fc.property(fc.array(block, { minLength: 1, maxLength: 5 }), sizes, (blocks, lengths) => {
        const state = new RoleState(SEARCH_R1_TAGS);
        const tokens: Uint8Array[] = [];
        const adapters: number[] = [];
        let text = '';
        for (const { words, observed } of blocks) {
          const written = words.join('');
          for (const token of cut(utf8.encode(written), lengths)) {
            if (state.searchOpen) adapters.push(tokens.length - 1);
            state.model(token);
            tokens.push(token);
          }
          text += written;
          if (observed === null) continue;
          // Search-R1's way, whatever a document holds but the environment's own tags.
          const inserted = `\n\n<information>${observed}</information>\n\n`;
          const parts = cut(utf8.encode(inserted), lengths);
          state.environment(parts.length);
          tokens.push(...parts);
          text += inserted;
        }
        if (tokens.length === 0) return;
        const decoded = decodeTokenBytes(tokens);
        expect(decoded.text).toBe(text);
        expect(state.kinds).toEqual(kindsOf(text, tokens));
        const roles = rolesOf(tokenSpans(characterSpans(text, 0), decoded.starts));
        expect(state.roles).toEqual([...roles]);
        expect([...adaptersOf(roles, 'paper')]).toEqual(tokens.map((_, p) => (adapters.includes(p) ? 1 : 0)));
      }),
      { numRuns: 2000 },
    );
  });

  it('hold for bytes that are no UTF-8', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(fc.uint8Array({ maxLength: 4 }), fc.constantFrom('<think>', '<search>', '</search>', '</think>').map((tag) => utf8.encode(tag))), { maxLength: 20 }), fc.integer({ min: 1, max: 6 }), (parts, size) => {
        const bytes = Uint8Array.from(parts.flatMap((part) => [...part]));
        fc.pre(bytes.length > 0);
        const tokens = cut(bytes, [size]);
        const { text } = decodeTokenBytes(tokens);
        const state = new RoleState(SEARCH_R1_TAGS);
        for (const token of tokens) state.model(token);
        expect(state.kinds).toEqual(kindsOf(text, tokens));
      }),
      { numRuns: 1000 },
    );
  });
});
