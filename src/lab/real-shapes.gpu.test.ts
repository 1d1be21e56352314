import { mkdtempSync, openAsBlob, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { stackAdapters } from '../backbone/adapters.ts';
import { loadBackbone } from '../backbone/load.ts';
import { SHAPES } from '../backbone/testing/random-model/shapes.ts';
import { writeRandomModel, type RandomModelOptions } from '../backbone/testing/random-model/write-random-model.ts';
import type { BackboneSource } from '../backbone/types.ts';
import { createDecoder } from '../engine/decoder.ts';
import { testDevice } from '../gpu/testing/device.ts';
import { createRoutedSession } from '../inference/session.ts';
import { logprobOf } from '../inference/testing/golden.ts';
import { loadNodeRuntime } from '../inference/testing/node-runtime.ts';
import { strongAdapter } from '../inference/testing/strong-adapter.ts';

/** The software adapter takes a fifth of a second a token for the head alone. */
const TOKENS = 32;

/** A folder whose files are read by slices, as the browser's are. */
function diskSource(folder: string): BackboneSource {
  const paths = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  return { name: folder, list: () => Promise.resolve(paths), open: (path) => openAsBlob(join(folder, path)) };
}

/**
 * Two layers of Qwen2.5-0.5B with its whole vocabulary: the embedding, 544 MB in float32, goes over several bindings and
 * through both engines from one file.
 */
it.each<readonly [string, Partial<RandomModelOptions>, number]>([
  ['q4, float32 tied embedding, GroupQueryAttention', {}, 1e-4],
  ['q4f16, embedding of 4 bits in blocks, decomposed attention', { storage: 'q4f16', style: 'decomposed', embedding: 'block4', head: 'quantised', naming: 'quant' }, 0.05],
])('the engine and onnxruntime agree on a real vocabulary: %s', { timeout: 240_000 }, async (_, options, tolerance) => {
  const folder = mkdtempSync(join(tmpdir(), 'real-shapes-'));
  try {
    writeRandomModel(folder, { shape: { ...SHAPES['qwen2.5-0.5b'], layers: 2 }, storage: 'q4', style: 'gqa', embedding: 'float', head: 'tied-transpose', accuracyLevel: null, naming: 'rank', chunkBytes: null, seed: 6, ...options });
    const { config, graph, weights } = await loadBackbone(diskSource(folder));
    const adapters = stackAdapters(config, [strongAdapter(config, 1), strongAdapter(config, 2)]);
    // Ids from the whole vocabulary, the last one among them.
    const tokens = Array.from({ length: TOKENS }, (__, at) => config.vocabSize - 1 - ((at * 7919 * 17) % config.vocabSize));
    const routes = tokens.map((__, at) => (at >> 2) % 2);

    const session = await createRoutedSession({ graph: graph.blob, external: await graph.external(), config, adapters, provider: 'wasm', loadRuntime: loadNodeRuntime });
    const logprobs = async (adaptersAt: readonly number[]): Promise<number[]> => {
      const logits = await session.run(session.cache(1), [0], tokens, adaptersAt, tokens.map((__, at) => at));
      return tokens.slice(1).map((token, at) => logprobOf(logits.subarray(at * config.vocabSize, (at + 1) * config.vocabSize), token));
    };
    const expected = await logprobs(routes);
    const swapped = await logprobs(routes.map((route) => 1 - route));
    await session.destroy();

    const decoder = await createDecoder(await testDevice(), weights, { adapters });
    const [actual] = await decoder.logLikelihood([{ tokens: Uint32Array.from(tokens), adapters: Uint8Array.from(routes) }]);
    decoder.destroy();
    const worst = (values: ArrayLike<number>): number => expected.map((value, at) => Math.abs(values[at] - value)).reduce((a, b) => Math.max(a, b), 0);
    expect(worst(actual)).toBeLessThan(tolerance);
    // Adapters at the wrong positions would show.
    expect(worst(swapped)).toBeGreaterThan(1);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
