import { describe, expect, it } from 'vitest';
import { stackAdapters } from '../backbone/adapters.ts';
import { createRoutedSession, type OrtRoutedSession } from './session.ts';
import { GOLDEN_CASES, goldenCase, logprobOf, throughBatch, type GoldenCase } from './testing/golden.ts';
import { loadNodeRuntime } from './testing/node-runtime.ts';

/** f32 arithmetic against f64: 1e-5 is reached. */
const TOLERANCE = 5e-5;

function open({ backbone, graph, adapters }: GoldenCase): Promise<OrtRoutedSession> {
  return createRoutedSession({ graph, config: backbone.config, adapters, provider: 'wasm', loadRuntime: loadNodeRuntime });
}

function worst(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  return Array.from(expected, (value, index) => Math.abs(actual[index] - value)).reduce((a, b) => Math.max(a, b), 0);
}

describe.each(GOLDEN_CASES)('the routed session on the wasm provider, %s', (name) => {
  it('gives the golden log-probabilities in one run', async () => {
    const golden = await goldenCase(name);
    const session = await open(golden);
    for (const { tokens, adapters, logprobs } of golden.sequences) {
      const logits = await session.run(session.cache(1), [0], tokens, adapters, tokens.map((_, index) => index));
      const { vocabSize } = session;
      const actual = tokens.slice(1).map((token, index) => logprobOf(logits.subarray(index * vocabSize, (index + 1) * vocabSize), token));
      expect(worst(actual, logprobs)).toBeLessThan(TOLERANCE);
    }
    await session.destroy();
  });

  it('gives them token by token through the cache, with the gate switching', async () => {
    const golden = await goldenCase(name);
    const session = await open(golden);
    const batch = session.open(golden.sequences.length);
    const actual = await throughBatch(batch, session.vocabSize, golden.sequences, () => 1);
    golden.sequences.forEach(({ logprobs }, index) => expect(worst(actual[index], logprobs)).toBeLessThan(TOLERANCE));
    await session.destroy();
  });

  it('gives them in chunks of unequal length', async () => {
    const golden = await goldenCase(name);
    const session = await open(golden);
    const batch = session.open(golden.sequences.length);
    const actual = await throughBatch(batch, session.vocabSize, golden.sequences, (sequence, at) => 1 + ((sequence * 3 + at) % 4));
    golden.sequences.forEach(({ logprobs }, index) => actual[index].forEach((value, at) => Number.isNaN(value) || expect(Math.abs(value - logprobs[at])).toBeLessThan(TOLERANCE)));
    await session.destroy();
  });
});

describe('any number of adapters', () => {
  it('gives the golden log-probabilities with five stacked, two of which are used under other numbers', async () => {
    const golden = await goldenCase('qwen2-q4');
    const [reasoning, tool] = golden.single;
    const adapters = stackAdapters(golden.backbone.config, [tool, tool, reasoning, reasoning, tool]);
    const session = await open({ ...golden, adapters });
    expect([session.adapterCount, session.baseAdapter]).toEqual([5, 5]);
    // Reasoning by either of its copies in turn, tool by the last.
    const sequences = golden.sequences.map((sequence) => ({ ...sequence, adapters: sequence.adapters.map((adapter, at) => (adapter === 1 ? 4 : 2 + (at % 2))) }));
    const actual = await throughBatch(session.open(sequences.length), session.vocabSize, sequences, () => 1);
    sequences.forEach(({ logprobs }, index) => expect(worst(actual[index], logprobs)).toBeLessThan(TOLERANCE));
    await session.destroy();
  });
});
