import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fromBinary, toBinary } from '@bufbuild/protobuf';
import { ModelProtoSchema } from 'onnx-buf';
import { afterAll, describe, expect, it } from 'vitest';
import { stackAdapters } from '../backbone/adapters.ts';
import { loadBackbone, type Backbone } from '../backbone/load.ts';
import { folderSource } from '../backbone/testing/folder-source.ts';
import { SHAPES, type ModelShape } from '../backbone/testing/random-model/shapes.ts';
import { writeRandomModel, type RandomModelOptions } from '../backbone/testing/random-model/write-random-model.ts';
import { referenceLogProbs } from '../backbone/testing/reference-decoder.ts';
import type { LoraAdapter } from '../backbone/types.ts';
import { castNode, makeNode } from './graph-edit.ts';
import { createRoutedSession, type OrtRoutedSession } from './session.ts';
import { logprobOf, throughBatch, type GoldenCase } from './testing/golden.ts';
import { loadNodeRuntime } from './testing/node-runtime.ts';
import { strongAdapter } from './testing/strong-adapter.ts';

const folder = mkdtempSync(join(tmpdir(), 'styles-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Published shapes, narrower and with fewer tokens, because the reference is slow. */
const NARROW = { layers: 2, hiddenSize: 128, heads: 4, kvHeads: 2, headDim: 32, intermediateSize: 192, vocabSize: 512, maxPositions: 256 };
const SHAPE: ModelShape = { ...SHAPES['qwen2.5-0.5b'], ...NARROW };
const QWEN3: ModelShape = { ...SHAPES['qwen3-0.6b'], ...NARROW };

interface Opened {
  readonly backbone: Backbone;
  readonly session: OrtRoutedSession;
  readonly adapters: readonly LoraAdapter[];
}

function written(name: string, options: Partial<RandomModelOptions>): string {
  const place = join(folder, name);
  writeRandomModel(place, { shape: SHAPE, storage: 'q4', style: 'decomposed', embedding: 'float', head: 'tied-transpose', accuracyLevel: null, naming: 'rank', chunkBytes: null, seed: 3, ...options });
  return place;
}

async function open(name: string, options: Partial<RandomModelOptions>): Promise<Opened> {
  const backbone = await loadBackbone(folderSource(written(name, options)));
  const { config, graph } = backbone;
  const adapters = [strongAdapter(config, 1), strongAdapter(config, 2)];
  const session = await createRoutedSession({ graph: graph.blob, external: await graph.external(), config, adapters: stackAdapters(config, adapters), provider: 'wasm', loadRuntime: loadNodeRuntime });
  return { backbone, session, adapters };
}

/** Rows of unequal lengths whose adapters switch. */
const SEQUENCES: GoldenCase['sequences'] = [4, 7, 11].map((length, row) => ({
  tokens: Array.from({ length }, (_, at) => (at * 29 + row * 13 + 5) % SHAPE.vocabSize),
  adapters: Array.from({ length }, (_, at) => ((at >> 1) + row) % 2),
  logprobs: new Float64Array(0),
}));

function worst(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  return Array.from(expected, (value, index) => (Number.isNaN(actual[index]) ? 0 : Math.abs(actual[index] - value))).reduce((a, b) => Math.max(a, b), 0);
}

/** Some tokens in runs of their own, others in steps with the other rows: a function of the row alone. */
const split = (row: number, at: number): number => 1 + ((row + at) % 4);

async function references({ backbone, adapters }: Opened): Promise<Float64Array[]> {
  return Promise.all(SEQUENCES.map(({ tokens, adapters: routes }) => referenceLogProbs(backbone.weights, adapters, tokens, Uint8Array.from(routes))));
}

/**
 * Tolerances, nats: what was measured, with room. f32 arithmetic 1e-5; a state of f16 some 1e-2; activations of 8 bits
 * 0.1, against whole nats that the adapters make.
 */
const CASES: readonly (readonly [string, Partial<RandomModelOptions>, number])[] = [
  ['q4, GroupQueryAttention', { style: 'gqa' }, 5e-5],
  ['q4, decomposed', {}, 5e-5],
  ['q4, decomposed, Qwen3', { shape: QWEN3 }, 5e-5],
  ['q4f16, GroupQueryAttention', { storage: 'q4f16', style: 'gqa' }, 0.03],
  ['q4f16, decomposed', { storage: 'q4f16' }, 0.03],
  ['fp16, decomposed', { storage: 'fp16' }, 0.03],
  ['fp32, decomposed, separate head in chunks of external data', { storage: 'fp32', head: 'separate', chunkBytes: 2 ** 20 }, 5e-5],
  ['q8, decomposed, quantised head', { storage: 'q8', head: 'quantised' }, 5e-5],
  ['q4, embedding and head of 8 bits in blocks', { embedding: 'block8', head: 'quantised' }, 5e-5],
  ['q4f16, embedding and head of 4 bits in blocks, as onnx-community names them', { storage: 'q4f16', embedding: 'block4', head: 'quantised', naming: 'quant' }, 0.03],
  ['int8, decomposed', { storage: 'int8' }, 0.4],
  ['int8, GroupQueryAttention, quantised head', { storage: 'int8', style: 'gqa', head: 'quantised' }, 0.4],
];

describe.each(CASES)('routed decoding of %s', (name, options, tolerance) => {
  it('gives the reference log-probabilities in steps of unequal rows, in runs with a past, and from copies', async () => {
    const opened = await open(name, options);
    const { session, backbone, adapters } = opened;
    const expected = await references(opened);
    const [plain] = await Promise.all([referenceLogProbs(backbone.weights, adapters, SEQUENCES[2].tokens, new Uint8Array(SEQUENCES[2].tokens.length))]);
    // The wrong adapters would show.
    expect(worst(plain, expected[2])).toBeGreaterThan(2 * tolerance);
    for (const prefill of [() => 1, split]) {
      const actual = await throughBatch(session.open(SEQUENCES.length), session.vocabSize, SEQUENCES, prefill);
      expected.forEach((row, index) => expect(worst(actual[index], row)).toBeLessThan(tolerance));
    }
    const batch = session.open(4);
    const [, longer, longest] = SEQUENCES;
    await batch.extend(0, longest.tokens.slice(0, 6), longest.adapters.slice(0, 6));
    await batch.extend(1, longer.tokens.slice(0, 2), longer.adapters.slice(0, 2));
    await batch.copy(0, 2);
    batch.clear(0);
    await batch.step([{ slot: 1, token: longer.tokens[2], adapter: longer.adapters[2] }]);
    const logits = await batch.extend(2, longest.tokens.slice(6, 9), longest.adapters.slice(6, 9));
    expect(Math.abs(logprobOf(logits, longest.tokens[9]) - expected[2][8])).toBeLessThan(tolerance);
    const [, stepped] = rowsOf(await batch.step([{ slot: 2, token: longest.tokens[9], adapter: longest.adapters[9] }, { slot: 1, token: longer.tokens[3], adapter: longer.adapters[3] }]), session.vocabSize);
    expect(Math.abs(logprobOf(stepped, longer.tokens[4]) - expected[1][3])).toBeLessThan(tolerance);
    await session.destroy();
  });
});

function rowsOf(logits: Float32Array, vocabulary: number): Float32Array[] {
  return Array.from({ length: logits.length / vocabulary }, (_, row) => logits.slice(row * vocabulary, (row + 1) * vocabulary));
}

describe('a graph without GroupQueryAttention', () => {
  it("gives a row the same numbers, but for their last bits, whatever the other rows are", async () => {
    const { session } = await open('alone', {});
    const together = await throughBatch(session.open(3), session.vocabSize, SEQUENCES, split);
    for (const [index, sequence] of SEQUENCES.entries()) {
      const [alone] = await throughBatch(session.open(1), session.vocabSize, [sequence], (_, at) => split(index, at));
      expect(worst(alone, together[index])).toBeLessThan(1e-5);
    }
    await session.destroy();
  });

  it('is refused where it does not leave masked positions out', async () => {
    const place = written('deaf', {});
    const backbone = await loadBackbone(folderSource(place));
    // A constant mask of ones stands in for the given one.
    const model = fromBinary(ModelProtoSchema, new Uint8Array(await backbone.graph.blob.arrayBuffer()));
    const { node } = model.graph!;
    node.unshift(makeNode('Sign', ['/deaf/plus'], '/deaf/ones'));
    node.unshift(makeNode('Add', ['/deaf/square', '/deaf/square'], '/deaf/plus'));
    for (const one of node.slice(2)) one.input = one.input.map((input) => (input === 'attention_mask' ? '/deaf/ones' : input));
    node.unshift(makeNode('Exp', ['/deaf/float'], '/deaf/exp'), castNode('/deaf/exp', 7, '/deaf/square'));
    node.unshift(castNode('attention_mask', 1, '/deaf/float'));
    const graph = new Blob([toBinary(ModelProtoSchema, model)]);
    await expect(createRoutedSession({ graph, config: backbone.config, adapters: null, provider: 'wasm', loadRuntime: loadNodeRuntime })).rejects.toThrow(/does not leave out positions/);
  });
});

describe('an integer graph', () => {
  it('says that a row depends on its neighbours', async () => {
    const { session } = await open('noted', { storage: 'int8' });
    expect(session.notes).toEqual([expect.stringMatching(/one scale for all tokens/)]);
    await session.destroy();
  });
});
