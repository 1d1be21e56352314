import { createTokenizer, type TextTokenizer } from '../tokenizer.ts';

const LETTERS = [...Array.from('abcdefghijklmnopqrstuvwxyz<>/|_'), 'Ġ', 'Ċ'];
/** Turn markers as every Qwen has them. */
const MARKERS = ['<|im_start|>', '<|im_end|>'];

/** Contents of a tokenizer.json. */
export const LETTER_TOKENIZER = JSON.stringify({
  model: { type: 'BPE', vocab: Object.fromEntries(LETTERS.map((letter, id) => [letter, id])), merges: [], unk_token: null },
  pre_tokenizer: { type: 'ByteLevel', add_prefix_space: false, use_regex: false },
  decoder: { type: 'ByteLevel' },
  added_tokens: MARKERS.map((content, index) => ({ id: LETTERS.length + index, content, special: true })),
});

/** One token a letter, space and line break, and the turn markers: 35 tokens, for networks with tiny vocabularies. */
export function letterTokenizer(): TextTokenizer {
  return createTokenizer(LETTER_TOKENIZER, null);
}
