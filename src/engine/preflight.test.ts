import { fileURLToPath } from 'node:url';
import { expect, it, vi } from 'vitest';
import { initialAdapters } from '../backbone/adapters.ts';
import { loadBackbone } from '../backbone/load.ts';
import { folderSource } from '../backbone/testing/folder-source.ts';
import { Random } from '../core/random.ts';
import { decoderBench } from './testing/bench.ts';
import { AdapterOptimiser } from './optimiser.ts';
import { engineBytes, type Plan } from './preflight.ts';
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

it.each([
  [2, 40],
  [5, 96],
])('foretells the bytes of a training step, %i × %i tokens', async (batch, length) => {
  const decoder = await withAdapters();
  const held = decoder.memory.bytes;
  const optimiser = new AdapterOptimiser(decoder, 2);
  const sequences = sequencesOf(batch, length);
  const ones = sequences.map(({ tokens }) => new Float32Array(tokens.length).fill(1));
  await optimiser.add(sequences, [ones, ones]);
  const told = await engineBytes(config, factsOf(weights), { purpose: 'training', batch, length, adapters: spec, losses: 2 }, BINDING);
  expect(told.layers + told.embedding + told.adapters).toBe(held);
  expect(Math.abs(told.peak / decoder.memory.peakBytes - 1)).toBeLessThan(SHARE);
  optimiser.destroy();
  decoder.destroy();
});

it.each([
  [1, 64],
  [3, 48],
])('foretells the bytes of an angle run of all weights, %i × %i tokens', async (batch, length) => {
  const decoder = await open(weights);
  const sequences = sequencesOf(batch, length);
  const width = Math.floor((length - 1) / 2);
  const group = decoder.openGramGroup({ parameterSet: 'full', spanCapacity: 2 * batch });
  await group.add(sequences, sequences.map(() => [{ start: 1, end: 1 + width }, { start: 1 + width, end: 1 + 2 * width }]));
  const plan: Plan = { purpose: 'angles', batch, length, parameterSet: 'full', adapters: null, spans: 2 };
  const told = await engineBytes(config, factsOf(weights), plan, BINDING);
  expect(Math.abs(told.peak / decoder.memory.peakBytes - 1)).toBeLessThan(SHARE);
  group.close();
  decoder.destroy();
});
