import type { Backbone } from '../../backbone/load.ts';
import type { Feeds } from '../cache.ts';
import { logprobOf } from './golden.ts';
import { loadNodeRuntime } from './node-runtime.ts';

/** log π of each token but the first by onnxruntime-web's CPU provider over a model's file as it is, nats: [T − 1]. */
export async function fileLogprobs({ config, graph }: Backbone, tokens: readonly number[]): Promise<number[]> {
  const ort = await loadNodeRuntime('wasm');
  const external = await Promise.all((await graph.external()).map(async ({ path, blob }) => ({ path, data: new Uint8Array(await blob.arrayBuffer()) })));
  const session = await ort.InferenceSession.create(new Uint8Array(await graph.blob.arrayBuffer()), { executionProviders: ['wasm'], externalData: external, logSeverityLevel: 3 });
  const integers = (values: readonly number[]) => new ort.Tensor('int64', BigInt64Array.from(values, BigInt), [1, values.length]);
  const feeds: Feeds = { input_ids: integers(tokens), attention_mask: integers(tokens.map(() => 1)) };
  if (session.inputNames.includes('position_ids')) feeds.position_ids = integers(tokens.map((_, index) => index));
  const empty = [1, config.kvHeads, 0, config.headDim];
  for (const [index, name] of session.inputNames.entries()) {
    const metadata = session.inputMetadata[index];
    if (!name.startsWith('past_key_values.')) continue;
    feeds[name] = metadata.isTensor && metadata.type === 'float16' ? new ort.Tensor('float16', new Uint16Array(0), empty) : new ort.Tensor('float32', new Float32Array(0), empty);
  }
  const { logits } = await session.run(feeds);
  const { data, type } = logits;
  if (!(data instanceof Float32Array)) throw new TypeError(`The logits are ${type}.`);
  const rows = tokens.slice(1).map((token, at) => logprobOf(data.subarray(at * config.vocabSize, (at + 1) * config.vocabSize), token));
  await session.release();
  return rows;
}
