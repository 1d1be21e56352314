import { describe, expect, it } from 'vitest';
import type { Question } from '../agent/types.ts';
import { questionsOfStep, rolloutSeed } from './data-order.ts';
import { lessonsOfStep } from './supervised.ts';

const set = (name: string, count: number): Question[] => Array.from({ length: count }, (_, index) => ({ id: `${name}${index}`, question: '?', goldenAnswers: [], hops: null, supportingTitles: [] }));
const [a, b] = [set('a', 10), set('b', 6)];
const ids = (seed: number, step: number, count = 5): string[] => questionsOfStep([a, b], count, seed, step).map(({ id }) => id);

describe('questionsOfStep', () => {
  it('takes equal parts of each set, the first ones one more', () => {
    expect(ids(1, 0).map(([name]) => name).join('')).toBe('aaabb');
    expect(questionsOfStep([[], b], 4, 1, 0)).toHaveLength(4);
    expect(() => questionsOfStep([[]], 4, 1, 0)).toThrow(/no questions/);
  });

  it('asks every question once a pass, in an order of its own each pass', () => {
    const passes = [0, 1].map((pass) => Array.from({ length: 3 }, (_, step) => ids(1, 3 * pass + step, 4).filter((id) => id.startsWith('b'))).flat());
    for (const pass of passes) expect([...pass].sort()).toEqual(b.map(({ id }) => id));
    expect(passes[0]).not.toEqual(passes[1]);
  });

  it('depends on seed and step alone', () => {
    expect(ids(1, 7)).toEqual(ids(1, 7));
    expect(ids(1, 7)).not.toEqual(ids(2, 7));
    expect(new Set([rolloutSeed(1, 0), rolloutSeed(1, 1), rolloutSeed(2, 0)]).size).toBe(3);
  });
});

describe('lessonsOfStep', () => {
  it('learns every trajectory once a pass', () => {
    const pass = [0, 1, 2].flatMap((step) => lessonsOfStep(6, 2, 1, step));
    expect([...pass].sort()).toEqual([0, 1, 2, 3, 4, 5]);
    expect([3, 4, 5].flatMap((step) => lessonsOfStep(6, 2, 1, step))).not.toEqual(pass);
    expect(lessonsOfStep(3, 8, 1, 0)).toHaveLength(3);
    expect(() => lessonsOfStep(0, 8, 1, 0)).toThrow(/no trajectories/);
  });
});
