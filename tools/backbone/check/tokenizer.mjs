/**
 * The browser's tokenizer against the Python one: `.work/tokenizer-cases.jsonl` holds {"text","ids"} of every
 * bundled text, prompt, demonstration and byte. Both encodings must be equal, and decoding must give the text
 * back. `.work/prompt-cases.json` holds {"question","prompt"}: the chat template must give the same prompt.
 * Prints one JSON line for the metrics.
 */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const [work, modelFolder] = process.argv.slice(2);
const require = createRequire(`${work}/npm/index.js`);
const { Template } = require('@huggingface/jinja');
const { Tokenizer } = require('@huggingface/tokenizers');
const json = (name) => JSON.parse(readFileSync(`${modelFolder}/${name}`, 'utf8'));
const tokenizer = new Tokenizer(json('tokenizer.json'), json('tokenizer_config.json'));

let differ = 0;
let notRestored = 0;
let tokens = 0;
const lines = readFileSync(`${work}/tokenizer-cases.jsonl`, 'utf8').trimEnd().split('\n');
for (const line of lines) {
  const { text, ids } = JSON.parse(line);
  const got = tokenizer.encode(text, { add_special_tokens: false }).ids;
  tokens += ids.length;
  if (got.length !== ids.length || got.some((id, i) => id !== ids[i])) {
    if (differ++ < 3) console.error('differs', JSON.stringify(text), got.join(), ids.join());
  }
  const back = tokenizer.decode(ids, { skip_special_tokens: false, clean_up_tokenization_spaces: false });
  if (back !== text) {
    if (notRestored++ < 3) console.error('not restored', JSON.stringify(text), JSON.stringify(back));
  }
}

const template = new Template(json('tokenizer_config.json').chat_template);
const prompts = JSON.parse(readFileSync(`${work}/prompt-cases.json`, 'utf8'));
const promptsDiffer = prompts.filter(({ question, prompt }) => {
  const messages = [{ role: 'user', content: question }];
  return template.render({ messages, add_generation_prompt: true }) !== prompt;
}).length;

console.log(
  JSON.stringify({ texts: lines.length, tokens, differ, notRestored, prompts: prompts.length, promptsDiffer }),
);
if (differ || notRestored || promptsDiffer) process.exit(1);
