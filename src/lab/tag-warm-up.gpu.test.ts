import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { loadBackbone, type Backbone } from '../backbone/load.ts';
import { readTagTokens, withTagTokensOf } from '../backbone/tag-token-file.ts';
import { folderSource } from '../backbone/testing/folder-source.ts';
import { SHAPES } from '../backbone/testing/random-model/shapes.ts';
import { writeRandomModel } from '../backbone/testing/random-model/write-random-model.ts';
import { createDecoder, type Decoder } from '../engine/decoder.ts';
import { SMALL_LAYOUTS } from '../engine/testing/bench.ts';
import { PipelineCache } from '../gpu/pipelines.ts';
import { testDevice } from '../gpu/testing/device.ts';
import { createRoutedSession } from '../inference/session.ts';
import { logprobOf } from '../inference/testing/golden.ts';
import { loadNodeRuntime } from '../inference/testing/node-runtime.ts';
import { RunControl } from './run-control.ts';
import { tagBench } from './tag-bench.ts';
import type { TagWarmUpEvent } from './tag-warm-up-events.ts';
import { runTagWarmUp } from './tag-warm-up.ts';

const gpu = await testDevice();
const pipelines = new PipelineCache(gpu.device);
const decoderOf = ({ weights }: Backbone): Promise<Decoder> => createDecoder(gpu, weights, { layouts: SMALL_LAYOUTS, pipelines });

const root = mkdtempSync(join(tmpdir(), 'tag-warm-up-'));
afterAll(() => rmSync(root, { recursive: true }));

/** Qwen2.5's whole vocabulary and graph, 64 wide and two layers deep. */
const SHAPE = { ...SHAPES['qwen2.5-0.5b'], hiddenSize: 64, layers: 2, heads: 4, kvHeads: 2, headDim: 16, intermediateSize: 128 };

/** Two rollouts of each of three questions of the bundled world. */
function demonstrations(): Blob {
  const lines = readFileSync('public/datasets/world/rollouts.jsonl', 'utf8').split('\n').filter((line) => line.includes('<search>'));
  const byGroup = new Map<string, string[]>();
  for (const line of lines) {
    const { group } = JSON.parse(line) as { readonly group: string };
    byGroup.set(group, [...(byGroup.get(group) ?? []), line]);
  }
  return new Blob([[...byGroup.values()].filter(({ length }) => length > 1).slice(0, 3).flatMap((own) => own.slice(0, 2)).join('\n')]);
}

async function openModel(storage: 'q4' | 'q4f16'): Promise<Backbone> {
  const folder = join(root, storage);
  writeRandomModel(folder, { shape: SHAPE, storage, style: 'gqa', chunkBytes: null, seed: 1, embedding: 'float', head: 'tied-transpose', accuracyLevel: null, naming: 'rank' });
  return loadBackbone(folderSource(folder));
}

async function warmUp(backbone: Backbone): Promise<TagWarmUpEvent[]> {
  const events: TagWarmUpEvent[] = [];
  await runTagWarmUp(
    { backbone: backbone.name, trajectories: 'world', preset: 'search-r1', settings: { steps: 2, rate: 5e-3, batch: 2, seed: 1, microBatchTokens: 512 }, maxTokens: 64 },
    {
      openDevice: () =>
        Promise.resolve({
          report: gpu.description,
          fault: new Promise<Error>(() => undefined),
          createBench: async (_, microBatchTokens, checkpoint) => tagBench(await decoderOf(backbone), microBatchTokens, checkpoint),
        }),
      loadBackbone: () => Promise.resolve(backbone),
      loadTrajectories: () => Promise.resolve(demonstrations()),
    },
    new RunControl(),
    (event) => events.push(event),
  );
  return events;
}

/** As log-probabilities of onnxruntime, f16 graphs compute in halves. */
const CASES = [
  ['q4', 2e-4],
  ['q4f16', 0.1],
] as const;

describe.each(CASES)('a warm-up under Qwen2.5’s vocabulary, %s', (storage, tolerance) => {
  it('lowers the held-out loss of tags, and its rows are the same to the engine and to onnxruntime', { timeout: 600_000 }, async () => {
    const backbone = await openModel(storage);
    const events = await warmUp(backbone);
    const last = events.at(-1);
    if (last?.type !== 'finished') throw new Error(`It ended with ${JSON.stringify(last)}.`);
    const measured = new Map(events.flatMap((event) => (event.type === 'measured' ? [[event.state, event.losses] as const] : [])));
    const tag = (state: 'mean' | 'trained'): number => measured.get(state)!.tag.nats / measured.get(state)!.tag.tokens;
    expect(tag('trained')).toBeLessThan(tag('mean'));
    // The same texts, cut: no token of them is a tag.
    expect(measured.get('cut')!.tag.tokens).toBe(0);
    expect(measured.get('cut')!.other.tokens).toBeGreaterThan(measured.get('mean')!.other.tokens);

    const made = await withTagTokensOf(backbone, await readTagTokens(new Blob([last.file])));
    const tokens = made.tokenizer!.encode('<think> So.</think><search> q</search><information> d</information><answer> a</answer>');
    expect(tokens.filter((id) => id >= 151_665)).toEqual([151_665, 151_666, 151_667, 151_668, 151_669, 151_670, 151_671, 151_672]);
    const decoder = await decoderOf(made);
    const [own] = await decoder.logLikelihood([{ tokens: Uint32Array.from(tokens), adapters: new Uint8Array(tokens.length) }]);
    decoder.destroy();
    const session = await createRoutedSession({ graph: made.graph.blob, patches: made.graph.patches, config: made.config, adapters: null, provider: 'wasm', loadRuntime: loadNodeRuntime });
    const logits = await session.run(session.cache(1), [0], tokens, tokens.map(() => 0), tokens.map((_, index) => index));
    await session.destroy();
    const { vocabSize } = made.config;
    const theirs = tokens.slice(1).map((token, index) => logprobOf(logits.subarray(index * vocabSize, (index + 1) * vocabSize), token));
    expect(Math.max(...theirs.map((value, index) => Math.abs(value - own[index])))).toBeLessThan(tolerance);
    // Without the rows laid over, onnxruntime would say something else of the tags.
    const plain = await createRoutedSession({ graph: made.graph.blob, config: made.config, adapters: null, provider: 'wasm', loadRuntime: loadNodeRuntime });
    const before = await plain.run(plain.cache(1), [0], tokens, tokens.map(() => 0), tokens.map((_, index) => index));
    await plain.destroy();
    const others = tokens.slice(1).map((token, index) => logprobOf(before.subarray(index * vocabSize, (index + 1) * vocabSize), token));
    expect(Math.max(...others.map((value, index) => Math.abs(value - own[index])))).toBeGreaterThan(10 * tolerance);
  });
});
