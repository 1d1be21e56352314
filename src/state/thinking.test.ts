import { describe, expect, it } from 'vitest';
import { filesSource } from '../backbone/sources.ts';
import { templateKnowsThinking } from './thinking.ts';

const QWEN3 = "{%- if enable_thinking is defined and enable_thinking is false %}{{- '<think>\\n\\n</think>\\n\\n' }}{%- endif %}";
const QWEN2 = "{%- if add_generation_prompt %}{{- '<|im_start|>assistant\\n' }}{%- endif %}";

function model(files: Readonly<Record<string, string>>) {
  return filesSource('model', Object.entries({ 'config.json': '{}', ...files }).map(([path, text]) => ({ path: `model/${path}`, blob: new Blob([text]) })));
}

describe('templateKnowsThinking', () => {
  it.each<[string, Readonly<Record<string, string>>, boolean]>([
    ['Qwen3’s template in the tokenizer’s config', { 'tokenizer_config.json': JSON.stringify({ chat_template: QWEN3 }) }, true],
    ['Qwen3’s template in a file of its own', { 'tokenizer_config.json': '{}', 'chat_template.jinja': QWEN3 }, true],
    ['Qwen2.5’s template', { 'tokenizer_config.json': JSON.stringify({ chat_template: QWEN2 }) }, false],
    ['a file of its own, which counts before the config', { 'tokenizer_config.json': JSON.stringify({ chat_template: QWEN3 }), 'chat_template.jinja': QWEN2 }, false],
    ['no template', {}, false],
  ])('of %s', async (_name, files, known) => {
    expect(await templateKnowsThinking(model(files))).toBe(known);
  });
});
