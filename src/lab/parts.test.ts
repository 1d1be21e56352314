import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BackboneError } from '../backbone/types.ts';
import { toFailure } from './failure.ts';
import { BlockAssembler } from './gram-block.ts';
import { BATCH_BYTES, stepBytes, type StepShape } from '../engine/step-memory.ts';
import { microBatches, rowsOf } from './micro-batches.ts';
import { Pace } from './pace.ts';

/** Qwen2.5-0.5B with two adapters of rank 8. */
const SHAPE: StepShape = {
  config: { architecture: 'qwen2', vocabSize: 151_936, hiddenSize: 896, layers: 24, heads: 14, kvHeads: 2, headDim: 64, intermediateSize: 4864, ropeTheta: 1_000_000, rmsNormEps: 1e-6, tiedEmbedding: true, maxPositions: 32_768 },
  adapterWidth: 16,
};

describe('microBatches', () => {
  it('covers every trajectory once, in order, within the budget unless one alone exceeds it', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 5000 })), fc.integer({ min: 1e5, max: 1e9 }), fc.boolean(), (rows, parameters, software) => {
        const batches = microBatches(rows, parameters, software, { shape: SHAPE, sizes: rows.map(() => ({ tokens: 1, rows: 1 })) });
        expect(batches.flat()).toEqual(rows.map((_, index) => index));
        for (const batch of batches) {
          const flops = 2 * parameters * batch.reduce((sum, index) => sum + rows[index], 0);
          expect(batch.length === 1 || (flops <= (software ? 2e9 : 2e11) && batch.length <= 8)).toBe(true);
        }
      }),
    );
  });

  it('covers every trajectory once, within the bytes of a batch unless one alone exceeds them, whatever the work', () => {
    fc.assert(
      fc.property(fc.array(fc.record({ tokens: fc.integer({ min: 1, max: 3000 }), rows: fc.integer({ min: 0, max: 9000 }) })), (sizes) => {
        const batches = microBatches(sizes.map(() => 1), 1, false, { shape: SHAPE, sizes });
        expect(batches.flat()).toEqual(sizes.map((_, index) => index));
        for (const batch of batches) {
          const sum = { tokens: 0, rows: 0 };
          for (const index of batch) {
            sum.tokens += sizes[index].tokens;
            sum.rows += sizes[index].rows;
          }
          expect(batch.length === 1 || stepBytes(SHAPE, sum) <= BATCH_BYTES).toBe(true);
        }
      }),
    );
  });

  it('takes trajectories of 800 tokens and four spans one by one at the size of Qwen2.5-0.5B', () => {
    const sizes = Array.from({ length: 4 }, () => ({ tokens: 800, rows: 2000 }));
    expect(microBatches([1, 1, 1, 1], 1, false, { shape: SHAPE, sizes })).toEqual([[0], [1], [2], [3]]);
    expect(microBatches([1, 1], 1, false, { shape: SHAPE, sizes: sizes.slice(0, 2).map(() => ({ tokens: 100, rows: 250 })) })).toEqual([[0, 1]]);
  });

  it('counts forward once and backward twice, up to each span', () => {
    expect(rowsOf(10, [{ start: 2, end: 5 }, { start: 5, end: 9 }])).toBe(10 + 2 * (4 + 8));
  });
});

describe('Pace', () => {
  it('forgets what lies beyond its window', () => {
    const pace = new Pace(1000, 0);
    expect(pace.step(0, 0, 0)).toEqual({ tokensPerSecond: 0, secondsLeft: null });
    expect(pace.step(5_000, 50, 50)).toEqual({ tokensPerSecond: 10, secondsLeft: 95 });
    pace.step(20_000, 200, 200);
    // From 20 s on the speed is 100 a second, and at 40 s nothing of the slow start is left.
    pace.step(30_000, 1200, 400);
    expect(pace.step(40_000, 2200, 600)).toEqual({ tokensPerSecond: 100, secondsLeft: 20 });
  });
});

describe('BlockAssembler', () => {
  it('refuses an addition of another size', () => {
    const block = new BlockAssembler('g', [0, 1, 2], 2);
    expect(() => block.add({ losses: Float64Array.of(1), size: 2, values: new Float64Array(4) })).toThrow(RangeError);
    expect(() => block.add({ losses: new Float64Array(4), size: 4, values: new Float64Array(32) })).toThrow(RangeError);
  });
});

describe('toFailure', () => {
  it.each<[unknown, RegExp, RegExp]>([
    [new BackboneError('No head.'), /^No head\.$/, /another backbone/],
    [new RangeError('Invalid array length'), /does not fit this device/, /fewer questions/],
    [new Error('GPU out of memory'), /does not fit this device/, /fewer questions/],
    [new Error('Device is lost.'), /device was lost/, /run again/],
    [new Error('boom'), /unexpected failed: boom/, /report/],
    ['text', /unexpected failed: text/, /report/],
  ])('makes a sentence and a way out of %s', (error, message, remedy) => {
    const failure = toFailure(error);
    expect(failure.message).toMatch(message);
    expect(failure.remedy).toMatch(remedy);
  });
});
