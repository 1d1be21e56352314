import { describe, expect, it } from 'vitest';
import type { DecoderConfig } from '../backbone/types.ts';
import { BUDGETS } from './budgets.ts';
import { placedSpans, planPasses, sizeOf } from './gram-plan.ts';
import { stepBytes, widestBytes, type StepShape } from './step-memory.ts';

const QWEN: DecoderConfig = {
  architecture: 'qwen2',
  vocabSize: 151_936,
  hiddenSize: 896,
  layers: 24,
  heads: 14,
  kvHeads: 2,
  headDim: 64,
  intermediateSize: 4864,
  ropeTheta: 1_000_000,
  rmsNormEps: 1e-6,
  tiedEmbedding: true,
  maxPositions: 32_768,
};
const shape: StepShape = { config: QWEN, adapterWidth: 0 };

/** `trajectories` of `length` tokens, each divided into `count` spans. */
function even(trajectories: number, length: number, count: number) {
  const width = length / count;
  return placedSpans(Array.from({ length: trajectories }, () => Array.from({ length: count }, (_, span) => ({ start: Math.max(1, span * width), end: (span + 1) * width }))));
}

describe('the passes of a span Gram', () => {
  it('count tokens once a sequence, up to the last span, and rows once a span', () => {
    expect(sizeOf(placedSpans([[{ start: 1, end: 5 }, { start: 5, end: 12 }], [], [{ start: 4, end: 4 }]]))).toEqual({ tokens: 12 + 4, rows: 4 + 11 });
  });

  it('are one where everything fits', () => {
    const spans = even(2, 200, 4);
    expect(planPasses(spans, shape, BUDGETS, 2 ** 30, false)).toEqual([[0, 1, 2, 3, 4, 5, 6, 7]]);
  });

  it.each([[8, 3000, 5], [3, 1500, 6], [20, 400, 3]])('of %i × %i tokens × %i spans hold every pair, each pass within the budget or twice the largest span', (trajectories, length, count) => {
    const spans = even(trajectories, length, count);
    const passes = planPasses(spans, shape, BUDGETS, 2 ** 30, false);
    const met = new Set<string>();
    const largest = Math.max(...spans.map((span) => stepBytes(shape, sizeOf([span]))));
    for (const places of passes) {
      expect(places).toEqual([...places].sort((a, b) => a - b));
      const size = sizeOf(places.map((place) => spans[place]));
      expect(stepBytes(shape, size), places.join(' ')).toBeLessThanOrEqual(Math.max(BUDGETS.gram, 2 * largest));
      for (const a of places) for (const b of places) met.add(`${a} ${b}`);
    }
    expect(passes.length).toBeGreaterThan(1);
    expect(met.size).toBe(spans.length ** 2);
  });

  it('are linear in the parts where gradients are kept', () => {
    const spans = even(8, 3000, 5);
    const passes = planPasses(spans, shape, BUDGETS, 2 ** 30, true);
    expect(passes.flat()).toEqual(spans.map((_, index) => index));
    expect(Math.max(...passes.map((places) => stepBytes(shape, sizeOf(places.map((place) => spans[place])))))).toBeLessThanOrEqual(BUDGETS.gram);
  });

  it('respect what one binding holds', () => {
    const spans = even(4, 1000, 5);
    const binding = 32 * 2 ** 20;
    for (const keeps of [true, false]) {
      const passes = planPasses(spans, shape, { ...BUDGETS, gram: 1e12 }, binding, keeps);
      expect(passes.length).toBeGreaterThan(1);
      for (const places of passes) expect(places.length <= 2 || widestBytes(shape, sizeOf(places.map((place) => spans[place]))) <= binding).toBe(true);
    }
  });
});
