import { describe, expect, it } from 'vitest';
import { summarise, type ScoredRollout } from './rollout-summary.ts';

function rollout(question: string, writer: number, over: Partial<ScoredRollout> = {}): ScoredRollout {
  return {
    question: { id: question, question: '', goldenAnswers: ['x'], hops: null, supportingTitles: [] },
    writer,
    roles: Uint8Array.of(0, 1, 2, 2, 3, 1),
    searches: [],
    finish: 'answered',
    reward: 0,
    f1: 0.5,
    hit: false,
    wellFormed: true,
    ...over,
  };
}

describe('summarise', () => {
  it('gives each writer its means, with standard errors over questions', () => {
    const [one, two] = summarise([rollout('a', 0, { reward: 1, hit: true }), rollout('b', 0), rollout('a', 1, { wellFormed: false, f1: 1 })], 2);
    expect(one).toMatchObject({ writer: 0, rollouts: 2, exactMatch: 0.5, f1: 0.5, hit: 0.5, wellFormed: 1, wellFormedError: 0, searches: 0, tokens: 4 });
    expect(one.exactMatchError).toBeCloseTo(0.5, 12);
    expect(one.hitError).toBeCloseTo(0.5, 12);
    expect(two).toMatchObject({ writer: 1, rollouts: 1, exactMatch: 0, exactMatchError: null, f1: 1, wellFormed: 0, wellFormedError: null });
  });

  it('leaves out cancelled rollouts, and says nothing about answers that nobody knows', () => {
    const unknown = { reward: null, f1: null, hit: null } as const;
    const [one] = summarise([rollout('a', 0, unknown), rollout('b', 0, { finish: 'cancelled', reward: 1 })], 1);
    expect(one).toMatchObject({ rollouts: 1, exactMatch: null, exactMatchError: null, f1: null, hit: null, hitError: null });
    expect(summarise([], 1)).toEqual([{ writer: 0, rollouts: 0, exactMatch: null, exactMatchError: null, f1: null, hit: null, hitError: null, wellFormed: 0, wellFormedError: null, searches: 0, tokens: 0 }]);
  });
});
