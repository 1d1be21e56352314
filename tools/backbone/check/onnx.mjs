/**
 * onnxruntime-web (wasm) against torch: `.work/onnx-cases.json` holds token lists and the log-probabilities
 * that torch gives with the dequantised weights. Compares one prefill over everything, and a decode that
 * feeds one token at a time through the cache. Prints one JSON line for the metrics.
 */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const [work, modelFolder] = process.argv.slice(2);
const require = createRequire(`${work}/npm/index.js`);
const ort = require('onnxruntime-web');
ort.env.wasm.numThreads = 1;
const config = JSON.parse(readFileSync(`${modelFolder}/config.json`, 'utf8'));
const session = await ort.InferenceSession.create(readFileSync(`${modelFolder}/onnx/model_q4.onnx`), {
  executionProviders: ['wasm'],
});

const int64 = (values) => new ort.Tensor('int64', BigInt64Array.from(values, BigInt), [1, values.length]);

function emptyCache() {
  const cache = {};
  for (let i = 0; i < config.num_hidden_layers; i++)
    for (const part of ['key', 'value'])
      cache[`past_key_values.${i}.${part}`] = new ort.Tensor('float32', new Float32Array(0), [
        1, config.num_key_value_heads, 0, config.head_dim,
      ]);
  return cache;
}

async function run(tokens, total, cache) {
  const out = await session.run({ input_ids: int64(tokens), attention_mask: int64(Array(total).fill(1)), ...cache });
  const next = {};
  for (const [name, tensor] of Object.entries(out))
    if (name !== 'logits') next[name.replace('present', 'past_key_values')] = tensor;
  return { logits: out.logits.data, next };
}

/** log p(target) from one row of logits. */
function logProbability(logits, row, target) {
  const at = row * config.vocab_size;
  let largest = -Infinity;
  for (let v = 0; v < config.vocab_size; v++) largest = Math.max(largest, logits[at + v]);
  let sum = 0;
  for (let v = 0; v < config.vocab_size; v++) sum += Math.exp(logits[at + v] - largest);
  return logits[at + target] - largest - Math.log(sum);
}

let prefill = 0;
let decode = 0;
let steps = 0;
let milliseconds = 0;
const cases = JSON.parse(readFileSync(`${work}/onnx-cases.json`, 'utf8'));
for (const { tokens, logprobs } of cases) {
  const { logits } = await run(tokens, tokens.length, emptyCache());
  let cache = emptyCache();
  for (let t = 0; t + 1 < tokens.length; t++) {
    prefill = Math.max(prefill, Math.abs(logProbability(logits, t, tokens[t + 1]) - logprobs[t]));
    const start = performance.now();
    const one = await run([tokens[t]], t + 1, cache);
    milliseconds += performance.now() - start;
    steps++;
    cache = one.next;
    decode = Math.max(decode, Math.abs(logProbability(one.logits, 0, tokens[t + 1]) - logprobs[t]));
  }
}
const result = {
  onnxruntimeWeb: ort.env.versions?.web ?? null, sequences: cases.length, tokens: steps,
  prefillMaxAbsDiff: prefill, decodeMaxAbsDiff: decode, decodeMillisecondsPerToken: +(milliseconds / steps).toFixed(2),
};
console.log(JSON.stringify(result));
if (!(prefill < 1e-3 && decode < 1e-3)) process.exit(1);
