import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { qwen3Files } from '../qwen-tokenizer.ts';
import type { ModelShape } from './shapes.ts';

const tokenizerFile = z.looseObject({ added_tokens: z.array(z.looseObject({ id: z.number() })) });
const configFile = z.looseObject({ added_tokens_decoder: z.record(z.string(), z.looseObject({})) });

/** Last id of Qwen2.5's tokenizer (`<|file_sep|>`) and of Qwen3's (`</think>`). */
const LAST_TOKEN: Readonly<Record<ModelShape['architecture'], number>> = { qwen2: 151_664, qwen3: 151_668 };

/**
 * tokenizer.json and tokenizer_config.json with the chat template: Qwen3's from its package, Qwen2.5's by leaving out the
 * tokens that came later. None where the vocabulary was cut below them.
 */
export function tokenizerFiles({ architecture, vocabSize }: ModelShape): { readonly files: readonly (readonly [string, string])[]; readonly notes: readonly string[] } {
  const last = LAST_TOKEN[architecture];
  if (vocabSize <= last) {
    return { files: [], notes: [`No tokenizer was written: the published one has tokens up to ${last}, and the vocabulary was cut to ${vocabSize}.`] };
  }
  const { tokenizer, config } = qwen3Files();
  if (architecture === 'qwen3') return { files: [['tokenizer.json', tokenizer], ['tokenizer_config.json', config]], notes: [] };
  const file = tokenizerFile.parse(JSON.parse(tokenizer));
  const settings = configFile.parse(JSON.parse(config));
  const template = readFileSync(new URL('../../fixtures/qwen2.5-chat-template.jinja', import.meta.url), 'utf8');
  const added = Object.entries(settings.added_tokens_decoder).filter(([id]) => Number(id) <= last);
  return {
    files: [
      ['tokenizer.json', JSON.stringify({ ...file, added_tokens: file.added_tokens.filter(({ id }) => id <= last) })],
      ['tokenizer_config.json', JSON.stringify({ ...settings, added_tokens_decoder: Object.fromEntries(added), chat_template: template }, null, 2)],
    ],
    notes: [],
  };
}
