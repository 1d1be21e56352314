import { describe, expect, it, vi } from 'vitest';
import { FIRST_BUDGET } from '../gpu/recorder.ts';
import type { DecoderConfig } from '../backbone/types.ts';
import { nullDecoder, type NullDecoderOptions } from './null-decoder.ts';
import { Q4_FACTS, QWEN_05B, QWEN_15B, QWEN_3B } from './testing/qwen-shapes.ts';
import type { EngineSequence } from './types.ts';

const SPEC = { count: 2, rank: 8, alpha: 16 };

/** Two layers dispatch what all of them dispatch. */
const cut = (config: DecoderConfig): DecoderConfig => ({ ...config, layers: 2 });

function sequence(length: number): EngineSequence {
  return { tokens: new Uint32Array(length), adapters: new Uint8Array(length) };
}

async function counted(config: DecoderConfig, options: Partial<NullDecoderOptions> = {}) {
  const { decoder } = await nullDecoder(config, Q4_FACTS, { adapters: SPEC, maxBinding: 2 ** 31, dispatchLimit: FIRST_BUDGET, ...options });
  const flops: number[] = [];
  const grids: number[] = [];
  const { recorder } = decoder.context;
  const dispatch = recorder.dispatch.bind(recorder);
  vi.spyOn(recorder, 'dispatch').mockImplementation((kernel, one) => {
    flops.push(one.flops ?? 0);
    grids.push(...one.workgroups.map((count) => count ?? 1));
    dispatch(kernel, one);
  });
  return { decoder, flops, grids, sum: () => flops.reduce((a, b) => a + b, 0) };
}

describe.each([
  ['0.5B', QWEN_05B],
  ['1.5B', QWEN_15B],
  ['3B', QWEN_3B],
])('at the shape of Qwen2.5-%s and 4,096 tokens no dispatch exceeds its limit', (_, full) => {
  const config = cut(full);
  const { hiddenSize: h, intermediateSize: i, heads, kvHeads, headDim, vocabSize } = config;
  /** Floating-point operations of one token through the projections of both layers, forward. */
  const projections = 2 * 2 * h * (2 * heads * headDim + 2 * kvHeads * headDim + 3 * i);

  it('in a training step, whose work is all there', async () => {
    const { decoder, flops, grids, sum } = await counted(config);
    const one = sequence(4096);
    await decoder.adapterGradients([one], [[new Float32Array(4096).fill(1)], [new Float32Array(4096).fill(1)]]);
    expect(Math.max(...flops)).toBeLessThanOrEqual(FIRST_BUDGET);
    expect(Math.max(...grids)).toBeLessThanOrEqual(65_535);
    // Forward and twice the backward below both layers, attention, and the head three times; adapters add some per cent.
    const attention = 2 * heads * headDim * 4096 * 2048 * 2 * (2 + 2 * 7);
    const least = 4096 * (3 * projections + 2 * 3 * h * vocabSize) + attention - 4096 * 2 * 2 * h * (heads + 2 * kvHeads) * headDim;
    expect(sum() / least).toBeGreaterThan(1);
    expect(sum() / least).toBeLessThan(1.25);
  });

  it('in a span Gram of tiled gradients', async () => {
    const { decoder, flops, grids } = await counted(config, { adapters: null });
    const group = decoder.openGramGroup({ parameterSet: 'full', spanCapacity: 1000 });
    await group.add([sequence(4096)], [[{ start: 1, end: 2000 }, { start: 2000, end: 4096 }]]);
    expect(Math.max(...flops)).toBeLessThanOrEqual(FIRST_BUDGET);
    expect(Math.max(...grids)).toBeLessThanOrEqual(65_535);
  });
});

describe('memory', () => {
  it('of 8 trajectories of 3,000 tokens with 5 spans each at the shape of Qwen2.5-0.5B stays below the weights and 1.75 GB', async () => {
    const { decoder } = await nullDecoder(QWEN_05B, Q4_FACTS, { adapters: null, maxBinding: 2 ** 30 });
    const weights = decoder.memory.bytes;
    const group = decoder.openGramGroup({ parameterSet: 'full', spanCapacity: 40 });
    const spans = Array.from({ length: 5 }, (_, span) => ({ start: Math.max(1, span * 600), end: (span + 1) * 600 }));
    // Enough to meet pairs of the longest spans of two trajectories.
    const [enough, abort] = [100, new AbortController()];
    let passes = 0;
    const onProgress = (done: number, total: number): void => {
      passes = total;
      if (done === enough) abort.abort();
    };
    const adding = group.add(Array.from({ length: 8 }, () => sequence(3000)), Array.from({ length: 8 }, () => spans), { onProgress, signal: abort.signal });
    await expect(adding).rejects.toThrow(/abort/i);
    expect(passes).toBeGreaterThan(enough);
    expect(decoder.memory.peakBytes - weights).toBeLessThan(1.75e9);
  });

  it('of a training step with two losses over 2,048 tokens at the shape of Qwen2.5-1.5B fits WebGPU’s default binding, one loss at a time', async () => {
    const adapters = { count: 2, rank: 4, alpha: 8 };
    const { decoder } = await nullDecoder({ ...QWEN_15B, layers: 2 }, Q4_FACTS, { adapters, maxBinding: 2 ** 27, maxBuffer: 2 ** 28 });
    const one = new Float32Array(2048).fill(1);
    await expect(decoder.adapterGradients([sequence(2048)], [[one], [one]])).resolves.toBeDefined();
    // 4,096 tokens × 8,960 floats are 147 MB.
    const long = new Float32Array(4096).fill(1);
    await expect(decoder.adapterGradients([sequence(4096)], [[long], [long]])).rejects.toThrow(/needs 146\d+ bytes in one binding; this adapter allows 134217728 \(maxStorageBufferBindingSize\), 12\d+ too few/);
  });

  it('of a log-likelihood does not grow with the layers', async () => {
    const peak = async (layers: number): Promise<number> => {
      const { decoder } = await nullDecoder({ ...QWEN_05B, layers }, Q4_FACTS, { adapters: null, maxBinding: 2 ** 30 });
      const before = decoder.memory.bytes;
      await decoder.logLikelihood([sequence(2048)]);
      return decoder.memory.peakBytes - before;
    };
    expect(await peak(24)).toBe(await peak(2));
  });
});
