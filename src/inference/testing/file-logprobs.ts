import type { ModelGraph } from '../../backbone/load.ts';
import type { DecoderConfig } from '../../backbone/types.ts';
import type { Feeds } from '../cache.ts';
import { logprobOf } from './golden.ts';
import { loadNodeRuntime } from './node-runtime.ts';

/** What onnxruntime alone needs of a model. */
export interface Runnable {
  readonly config: Pick<DecoderConfig, 'kvHeads' | 'headDim' | 'vocabSize'>;
  readonly graph: Pick<ModelGraph, 'blob' | 'external'>;
}

/**
 * log π of each token but the first by onnxruntime-web's CPU provider over a model's file as it is, nats: [T − 1].
 * @param first tokens of a first run, the others following through the cache; default: all in one
 */
export async function fileLogprobs({ config, graph }: Runnable, tokens: readonly number[], first = tokens.length): Promise<number[]> {
  const ort = await loadNodeRuntime('wasm');
  const external = await Promise.all((await graph.external()).map(async ({ path, blob }) => ({ path, data: new Uint8Array(await blob.arrayBuffer()) })));
  const session = await ort.InferenceSession.create(new Uint8Array(await graph.blob.arrayBuffer()), { executionProviders: ['wasm'], externalData: external, logSeverityLevel: 3 });
  const integers = (values: readonly number[]) => new ort.Tensor('int64', BigInt64Array.from(values, BigInt), [1, values.length]);
  const empty = [1, config.kvHeads, 0, config.headDim];
  let cache: Feeds = {};
  for (const [index, name] of session.inputNames.entries()) {
    const metadata = session.inputMetadata[index];
    if (!name.startsWith('past_key_values.')) continue;
    cache[name] = metadata.isTensor && metadata.type === 'float16' ? new ort.Tensor('float16', new Uint16Array(0), empty) : new ort.Tensor('float32', new Float32Array(0), empty);
  }
  const rows: Float32Array[] = [];
  for (const [from, to] of first < tokens.length ? [[0, first], [first, tokens.length]] : [[0, first]]) {
    const feeds: Feeds = { ...cache, input_ids: integers(tokens.slice(from, to)), attention_mask: integers(tokens.slice(0, to).map(() => 1)) };
    if (session.inputNames.includes('position_ids')) feeds.position_ids = integers(Array.from({ length: to - from }, (_, at) => from + at));
    const outputs: Feeds = await session.run(feeds);
    const { data, type } = outputs.logits;
    if (!(data instanceof Float32Array)) throw new TypeError(`The logits are ${type}.`);
    for (let at = 0; at < to - from; at += 1) rows.push(data.slice(at * config.vocabSize, (at + 1) * config.vocabSize));
    cache = Object.fromEntries(Object.keys(cache).map((name) => [name, outputs[name.replace('past_key_values', 'present')]]));
  }
  await session.release();
  return tokens.slice(1).map((token, at) => logprobOf(rows[at], token));
}
