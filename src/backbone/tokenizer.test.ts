import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { byteAlphabet, createTokenizer, firstDifference, joinBytes } from './tokenizer.ts';

const FILE = readFileSync('public/models/seesaw-tiny/tokenizer.json', 'utf8');
const tokenizer = createTokenizer(FILE, readFileSync('public/models/seesaw-tiny/tokenizer_config.json', 'utf8'));

describe('the byte alphabet', () => {
  it('is GPT-2s: 256 different characters, space as Ġ and newline as Ċ', () => {
    const alphabet = byteAlphabet();
    expect(new Set(alphabet).size).toBe(256);
    expect([alphabet[0x20], alphabet[0x0a], alphabet[0x41], alphabet[0xff]]).toEqual(['Ġ', 'Ċ', 'A', 'ÿ']);
  });
});

describe('a byte-level tokenizer', () => {
  it('keeps any text to the byte', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 60 }), (text) => {
        const ids = tokenizer.encode(text);
        expect(firstDifference(tokenizer, text, ids)).toBeNull();
        expect(joinBytes(ids.map((id) => tokenizer.tokenBytes(id)))).toEqual(new TextEncoder().encode(text));
      }),
      { numRuns: 300 },
    );
  });

  it('recognises tags and special tokens, and adds none', () => {
    const search = tokenizer.addedToken('<search>');
    expect(search).toBeDefined();
    expect(tokenizer.encode('a<search>b')).toContain(search);
    expect(tokenizer.encode('')).toEqual([]);
    expect(tokenizer.addedToken('<tool_call>')).toBeUndefined();
    expect(new TextDecoder().decode(tokenizer.tokenBytes(search!))).toBe('<search>');
  });

  it('says where a text is not kept', () => {
    expect(firstDifference(tokenizer, 'abc', tokenizer.encode('abd'))).toBe(2);
  });

  it('refuses ids outside the vocabulary', () => {
    expect(() => tokenizer.tokenBytes(1e6)).toThrow(/Token 1000000 is not in/);
  });

  it('renders the chat template', () => {
    const prompt = tokenizer.chatTemplate!.render([{ role: 'user', content: 'Who?' }], true);
    expect(prompt).toMatch(/^<\|im_start\|>user\n ?Who\?<\|im_end\|>\n<\|im_start\|>assistant\n$/);
  });

  it('takes the template of a file of its own before the config’s', () => {
    const own = createTokenizer(FILE, JSON.stringify({ chat_template: 'config' }), 'file {{ messages[0].content }}');
    expect(own.chatTemplate!.render([{ role: 'user', content: 'x' }], false)).toBe('file x');
  });

  it('normalises as the file asks, and the difference is told', () => {
    const file = { ...(JSON.parse(FILE) as Record<string, unknown>), normalizer: { type: 'NFC' } };
    const composing = createTokenizer(JSON.stringify(file), null);
    expect(composing.chatTemplate).toBeNull();
    expect(firstDifference(composing, 'cafe\u0301', composing.encode('cafe\u0301'))).toBe(3);
    expect(firstDifference(composing, 'café', composing.encode('café'))).toBeNull();
  });

  it.each([
    ['another model', { ...(JSON.parse(FILE) as Record<string, unknown>), decoder: { type: 'Metaspace' } }, /decoder Metaspace; byte-level BPE/],
    ['no model', {}, /not a tokenizer/],
  ])('refuses %s', (_name, file, message) => {
    expect(() => createTokenizer(JSON.stringify(file), null)).toThrow(message);
  });

  it('tells a chat template that cannot be rendered only when it is used', () => {
    const broken = createTokenizer(FILE, JSON.stringify({ chat_template: '{% if %}' }));
    expect(() => broken.chatTemplate!.render([], false)).toThrow(/chat template cannot be rendered/);
  });
});
