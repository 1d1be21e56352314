import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Random } from '../random.ts';
import { compareWriters, type ComparedCount } from './comparison.ts';

const SETTINGS = { draws: 300, seed: 1 };
const one = (writer: ComparedCount['writer'], question: string, k: number, n: number, seed: string | null = '1'): ComparedCount => ({ set: 'A', seed, writer, retrieval: 'search', question, n, k, f1: k, hits: n });

describe('a comparison', () => {
  it('takes means over seeds within a question, then over questions', () => {
    const { rows, pairs } = compareWriters(
      [one('dart', 'a', 4, 8), one('dart', 'a', 8, 8, '2'), one('dart', 'b', 0, 8), one('dart', 'b', 0, 8, '2'), one('m_uni', 'a', 2, 8), one('m_uni', 'a', 4, 8, '2'), one('m_uni', 'b', 0, 16)],
      SETTINGS,
    );
    expect(rows.find(({ writer }) => writer === 'dart')).toMatchObject({ questions: 2, seeds: 2, rollouts: 32, scores: { exactMatch: { estimate: 0.375 }, hit: { estimate: 1 } } });
    const pair = pairs.find(({ left, right }) => left === 'dart' && right === 'm_uni')!;
    // a: (0.5 − 0.25 + 1 − 0.5)/2 = 0.375; b: seed 1 alone has both, 0.
    expect(pair.differences.exactMatch.estimate).toBeCloseTo(0.1875, 12);
    expect(pair.bySeed).toEqual([{ seed: '1', difference: 0.125 }, { seed: '2', difference: 0.5 }]);
  });

  it('sets a writer without training seeds beside each seed of the other', () => {
    const { pairs } = compareWriters([one('base', 'a', 2, 8, null), one('m_uni', 'a', 4, 8), one('m_uni', 'a', 8, 8, '2')], SETTINGS);
    expect(pairs).toMatchObject([{ left: 'm_uni', right: 'base', seeds: 2, differences: { exactMatch: { estimate: 0.5, low: null } } }]);
  });

  it('finds exactly 0 between a writer and its own copy, in any order of the counts', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 16 }), { minLength: 2, maxLength: 12 }), fc.integer(), (ks, seed) => {
        const counts = ks.flatMap((k, index) => [one('dart', `q${index}`, k, 16), one('two_agents', `q${index}`, k, 16)]);
        const shuffled = new Random(Math.abs(seed)).shuffle([...counts]);
        const [first, second] = [compareWriters(counts, SETTINGS), compareWriters(shuffled, SETTINGS)];
        expect(first.pairs[0].differences.exactMatch).toEqual({ estimate: 0, low: 0, high: 0 });
        expect(second.pairs).toEqual(first.pairs);
        expect(new Set(second.rows.map((row) => JSON.stringify(row)))).toEqual(new Set(first.rows.map((row) => JSON.stringify(row))));
      }),
      { numRuns: 30 },
    );
  });

  it('holds the true difference about 95 times in 100, and pairing narrows it', () => {
    const random = new Random(7);
    const repeats = 200;
    let held = 0;
    let width = 0;
    for (let repeat = 0; repeat < repeats; repeat++) {
      const counts = Array.from({ length: 40 }, (_, index) => {
        // Questions differ widely; DART gains 0.1 on each.
        const p = 0.05 + 0.8 * random.uniform();
        const k = (chance: number): number => Array.from({ length: 16 }).reduce((sum: number) => sum + Number(random.uniform() < chance), 0);
        return [one('dart', `q${index}`, k(p + 0.1), 16), one('m_uni', `q${index}`, k(p), 16)];
      }).flat();
      const { low, high } = compareWriters(counts, { draws: 200, seed: repeat }).pairs[0].differences.exactMatch;
      held += Number(low! <= 0.1 && high! >= 0.1);
      width += (high! - low!) / repeats;
    }
    expect(held / repeats).toBeGreaterThan(0.88);
    // Unpaired, the questions' own spread (sd 0.23 each) alone would make it 0.2 wide.
    expect(width).toBeLessThan(0.12);
  });

  it('refuses two counts of one cell', () => {
    expect(() => compareWriters([one('dart', 'a', 1, 2), one('dart', 'a', 1, 2)], SETTINGS)).toThrow(/Two counts of dart/);
  });
});
