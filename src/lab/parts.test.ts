import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BackboneError } from '../backbone/types.ts';
import { toFailure } from './failure.ts';
import { BlockAssembler } from './gram-block.ts';
import { microBatches, rowsOf } from './micro-batches.ts';
import { Pace } from './pace.ts';

describe('microBatches', () => {
  it('covers every trajectory once, in order, within the budget unless one alone exceeds it', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 5000 })), fc.integer({ min: 1e5, max: 1e9 }), fc.boolean(), (rows, parameters, software) => {
        const batches = microBatches(rows, parameters, software);
        expect(batches.flat()).toEqual(rows.map((_, index) => index));
        for (const batch of batches) {
          const flops = 2 * parameters * batch.reduce((sum, index) => sum + rows[index], 0);
          expect(batch.length === 1 || (flops <= (software ? 2e9 : 2e11) && batch.length <= 8)).toBe(true);
        }
      }),
    );
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
