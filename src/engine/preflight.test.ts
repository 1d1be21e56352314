import { fileURLToPath } from 'node:url';
import { expect, it, vi } from 'vitest';
import { initialAdapters } from '../backbone/adapters.ts';
import { loadBackbone } from '../backbone/load.ts';
import { folderSource } from '../backbone/testing/folder-source.ts';
import { Random } from '../core/random.ts';
import { decoderBench } from './testing/bench.ts';
import { BUDGETS } from './budgets.ts';
import { LoraGradientAccumulator } from './lora-gradients.ts';
import { nullDecoder } from './null-decoder.ts';
import { AdapterOptimiser } from './optimiser.ts';
import { engineBytes, type Plan } from './preflight.ts';
import { stepBytes } from './step-memory.ts';
import { Q4_FACTS, QWEN_05B, QWEN_15B, QWEN_3B } from './testing/qwen-shapes.ts';
import type { TokenRange } from './types.ts';
import { factsOf } from './weight-facts.ts';

// Compiling the pipelines is nearly all of the time.
vi.setConfig({ testTimeout: 300_000 });

const open = await decoderBench();
const backbone = await loadBackbone(folderSource(fileURLToPath(new URL('../../public/models/seesaw-tiny', import.meta.url))));
const { config, weights } = backbone;
const spec = { count: 2, rank: 4, alpha: 8 };
const BINDING = 2 ** 30;

const sequencesOf = (batch: number, length: number) => Array.from({ length: batch }, (_, i) => ({ tokens: Uint32Array.from({ length }, (_token, at) => (at * 7 + i) % config.vocabSize), adapters: new Uint8Array(length) }));

function withAdapters() {
  const random = new Random(1);
  return open(weights, { adapters: initialAdapters(config, spec, () => () => random.normal()) });
}

/** The count is the engine's own, so that a real step differs by little. */
const SHARE = 0.01;
const MIB = 2 ** 20;

it.each([
  [2, 40, Infinity],
  [5, 96, Infinity],
  [6, 80, 200],
])('foretells the bytes of a training step, %i × %i tokens, at most %f together', async (batch, length, microBatchTokens) => {
  const decoder = await withAdapters();
  const held = decoder.memory.bytes;
  const optimiser = new AdapterOptimiser(decoder, 2);
  const together = Math.min(batch, Math.floor(microBatchTokens / length));
  for (let done = 0; done < batch; done += together) {
    const sequences = sequencesOf(together, length);
    const ones = sequences.map(({ tokens }) => new Float32Array(tokens.length).fill(1));
    await optimiser.add(sequences, [ones, ones]);
  }
  const told = await engineBytes(config, factsOf(weights), { purpose: 'training', batch, length, microBatchTokens, adapters: spec, losses: 2 }, BINDING);
  expect(told.layers + told.embedding + told.adapters).toBe(held);
  expect(Math.abs(told.peak / decoder.memory.peakBytes - 1)).toBeLessThan(SHARE);
  optimiser.destroy();
  decoder.destroy();
});

const evenSpans = (length: number, count: number): TokenRange[] => {
  const width = Math.floor((length - 1) / count);
  return Array.from({ length: count }, (_, span) => ({ start: 1 + span * width, end: 1 + (span + 1) * width }));
};

it.each([
  ['kept', 1, 64, 2, {}, SHARE],
  ['kept', 3, 48, 2, {}, SHARE],
  ['kept, recomputed', 3, 48, 2, { activations: 0 }, SHARE],
  ['tiled', 3, 48, 2, { keep: 0 }, SHARE],
  ['tiled in small tiles, recomputed', 2, 96, 3, { keep: 0, tile: 65_536, activations: 0 }, SHARE],
  ['tiled, in passes over pairs of parts', 2, 64, 2, { keep: 0, gram: 1.5 * MIB, activations: 0 }, SHARE],
] as const)('foretells the bytes of an angle run of all weights, %s, %i × %i tokens × %i spans', async (name, batch, length, spans, partial, share) => {
  const budgets = { ...BUDGETS, ...partial };
  const decoder = await open(weights, { budgets });
  const sequences = sequencesOf(batch, length);
  const group = decoder.openGramGroup({ parameterSet: 'full', spanCapacity: spans * batch });
  let taken = 0;
  await group.add(sequences, sequences.map(() => evenSpans(length, spans)), { onProgress: (done) => void (taken = done) });
  const plan: Plan = { purpose: 'angles', batch, length, parameterSet: 'full', adapters: null, spans };
  const told = await engineBytes(config, factsOf(weights), plan, BINDING, { budgets });
  expect(Math.abs(told.peak / decoder.memory.peakBytes - 1), `${told.peak} and ${decoder.memory.peakBytes} bytes`).toBeLessThan(share);
  expect(told.passes).toBe(taken);
  expect(taken > 1).toBe(name.includes('pairs'));
  expect(told.recomputes).toBe(budgets.activations === 0);
  group.close();
  decoder.destroy();
});

it.each([
  ['0.5B', QWEN_05B, 4096, 512 * MIB],
  ['0.5B, not recomputed', QWEN_05B, 900, 512 * MIB],
  ['1.5B', QWEN_15B, 2048, 512 * MIB],
  ['1.5B with the norms of Qwen3', { ...QWEN_15B, architecture: 'qwen3' }, 2048, 512 * MIB],
  ['3B', QWEN_3B, 1024, 512 * MIB],
] as const)('the formula bounds what a step takes at the shape of Qwen2.5-%s', async (_, shaped, tokens, activations) => {
  const { decoder } = await nullDecoder(shaped, Q4_FACTS, { adapters: spec, maxBinding: 2 ** 31 });
  const { memory, adapters, config: of } = decoder.context;
  const sequences = sequencesOf(2, tokens / 2);
  const ones = sequences.map((one) => new Float32Array(one.tokens.length).fill(1));
  const accumulator = new LoraGradientAccumulator(decoder.context, 2);
  const before = memory.bytes;
  await decoder.accumulateGradients(sequences, [ones, ones], accumulator);
  const measured = memory.peakBytes - before;
  const rows = 2 * (tokens - 2);
  const width = adapters!.layout.width;
  const formula = stepBytes({ config: shaped, adapterWidth: width }, { tokens, rows }, activations) + 32 * MIB + 4 * width * of.intermediateSize * Math.ceil(rows / 128);
  expect(measured / formula).toBeLessThan(1.125);
  expect(measured / formula).toBeGreaterThan(0.85);
});
