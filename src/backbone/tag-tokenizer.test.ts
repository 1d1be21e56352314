import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { qwen25Tokenizer, qwen3Files, qwen3Tokenizer } from './testing/qwen-tokenizer.ts';
import { splitTags, withAddedTags } from './tag-tokenizer.ts';
import { createTokenizer, joinBytes } from './tokenizer.ts';

const TAGS = ['<think>', '</think>', '<search>', '</search>', '<information>', '</information>', '<answer>', '</answer>'];
const qwen3 = qwen3Tokenizer();
const qwen25 = qwen25Tokenizer();
const OWN = TAGS.slice(2);
const added = withAddedTags(qwen3, OWN, qwen3.vocabSize);

const file = z.looseObject({ added_tokens: z.array(z.looseObject({ id: z.number() })) }).parse(JSON.parse(qwen3Files().tokenizer));
/** The same through the library: the tags stand in tokenizer.json. */
const library = createTokenizer(JSON.stringify({ ...file, added_tokens: [...file.added_tokens, ...OWN.map((content, index) => ({ id: 151_669 + index, content, special: false, normalized: false, lstrip: false, rstrip: false, single_word: false }))] }), qwen3Files().config);

const text = fc.array(fc.oneof(fc.constantFrom(...TAGS, '<', '</', 'search', '>', ' ', '\n\n', '<|im_end|>', '<tool_call>', 'e\u0301', '\u0338', '😀', 'word', '<sea', 'rch>'), fc.string({ unit: 'binary', maxLength: 8 })), { maxLength: 12 }).map((parts) => parts.join(''));

describe('tags that Qwen’s tokenizers cut', () => {
  it('are found with the tokens that they are cut into', () => {
    expect(splitTags(qwen25, TAGS).map(({ tag }) => tag)).toEqual(TAGS);
    expect(splitTags(qwen3, TAGS).map(({ tag }) => tag)).toEqual(OWN);
    expect(splitTags(qwen3, ['<search>', '</search>', '<search>', ''])).toEqual([
      { tag: '<search>', pieces: ['<', 'search', '>'] },
      { tag: '</search>', pieces: ['</', 'search', '>'] },
    ]);
    expect(splitTags(added, TAGS)).toEqual([]);
  });

  it('become tokens behind the tokenizer’s own, wherever they are written', () => {
    expect(added.encode('so.<search> q </search>\n\n').map((id) => added.decode([id]))).toEqual(['so', '.', '<search>', ' q', ' ', '</search>', '\n\n']);
    expect(added.addedToken('<search>')).toBe(151_669);
    expect(added.addedToken('<think>')).toBe(151_667);
    expect(added.vocabSize).toBe(151_675);
    expect(added.addedTokens).toEqual([...qwen3.addedTokens, ...OWN]);
    expect(added.chatTemplate).toBe(qwen3.chatTemplate);
    expect(() => added.tokenBytes(151_675)).toThrow(/not in the tokenizer/);
  });

  it('are cut out as the tokenizer’s library does it for tokens of tokenizer.json', () => {
    fc.assert(
      fc.property(text, (source) => {
        const ids = added.encode(source);
        expect(ids).toEqual(library.encode(source));
        expect(added.decode(ids)).toBe(library.decode(ids));
      }),
      { numRuns: 200 },
    );
  }, 60_000);

  it('leave every other text as it was, to the byte', () => {
    fc.assert(
      fc.property(text.filter((source) => !OWN.some((tag) => source.includes(tag))), (source) => {
        expect(added.encode(source)).toEqual(qwen3.encode(source));
      }),
      { numRuns: 100 },
    );
    const source = '<answer>中文 😀</answer>';
    expect(new TextDecoder().decode(joinBytes(added.encode(source).map((id) => added.tokenBytes(id))))).toBe(source);
  }, 60_000);

  it('are refused where they are tokens already or overlap one', () => {
    expect(() => withAddedTags(qwen3, ['<think>'], 151_669)).toThrow('"<think>" is a token of this tokenizer already');
    expect(() => withAddedTags(qwen3, ['im_end'], 151_669)).toThrow(/overlaps the token "<\|im_end\|>"/);
    expect(() => withAddedTags(qwen3, ['<a>', '>b'], 151_669)).toThrow(/"<a>" overlaps/);
  });
});
