import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { answerF1, exactMatch, exactMatchReward, groupAdvantages, holdsGolden, normaliseAnswer, scoredParts } from './reward.ts';
import { SEARCH_R1_TAGS } from './tags.ts';

function scored(response: string, ...goldenAnswers: string[]) {
  return { text: `p${response}`, responseStart: 1, goldenAnswers };
}

describe('answers', () => {
  it('are normalised as SQuAD does', () => {
    expect(normaliseAnswer('  The  Beatles! ')).toBe('beatles');
    expect(normaliseAnswer('a-b an apple, the')).toBe('ab apple');
    expect(normaliseAnswer('Théa thé')).toBe('théa thé');
    expect(normaliseAnswer('U.S.A.')).toBe('usa');
    fc.assert(fc.property(fc.string(), (text) => { expect(normaliseAnswer(normaliseAnswer(text))).toBe(normaliseAnswer(normaliseAnswer(normaliseAnswer(text)))); }));
  });

  it('match exactly or by words', () => {
    expect(exactMatch('the cat.', ['dog', 'Cat'])).toBe(1);
    expect(exactMatch('cats', ['cat'])).toBe(0);
    expect(answerF1('black cat', ['the black dog'])).toBeCloseTo(0.5, 12);
    expect(answerF1('cat cat', ['cat'])).toBeCloseTo(2 / 3, 12);
    expect(answerF1('dog', ['cat', 'dog'])).toBe(1);
    expect(answerF1('', ['cat'])).toBe(0);
    expect(answerF1('the', ['a'])).toBe(1);
  });
});

describe('rewards', () => {
  it('take the last answer that the model wrote', () => {
    expect(exactMatchReward(scored('<answer>a b</answer> <answer> cat </answer>', 'cat'), SEARCH_R1_TAGS)).toBe(1);
    expect(exactMatchReward(scored('<answer>cat</answer><information><answer>dog</answer></information>', 'cat'), SEARCH_R1_TAGS)).toBe(1);
    expect(exactMatchReward(scored('<answer>cat</answer><answer>dog', 'cat'), SEARCH_R1_TAGS)).toBe(1);
    expect(exactMatchReward(scored('cat', 'cat'), SEARCH_R1_TAGS)).toBe(0);
    expect(exactMatchReward(scored('<answer>cat</answer>'), SEARCH_R1_TAGS)).toBeNull();
    // The prompt's own example does not count.
    expect(exactMatchReward({ text: '<answer> Beijing </answer>x', responseStart: 26, goldenAnswers: ['Beijing'] }, SEARCH_R1_TAGS)).toBe(0);
  });

  it('find a golden answer in observations only', () => {
    const hit = (text: string, golden: string) => holdsGolden(scoredParts(text, 0, SEARCH_R1_TAGS).observations, [golden]);
    expect(hit('<information>The Cat, sat</information>', 'cat sat')).toBe(true);
    expect(hit('<answer>cat</answer><information>dog</information>', 'cat')).toBe(false);
    expect(hit('<information>dog</information>', 'the')).toBe(false);
    expect(scoredParts('<information>d</information>', 0, SEARCH_R1_TAGS).observations).toEqual(['<information>d</information>']);
  });
});

describe('advantages', () => {
  it('are GRPO’s', () => {
    const [a, b, c] = groupAdvantages([1, 0, 0], ['g', 'g', 'g']);
    const std = Math.sqrt(1 / 3);
    expect(a).toBeCloseTo(2 / 3 / (std + 1e-6), 12);
    expect(b).toBeCloseTo(-1 / 3 / (std + 1e-6), 12);
    expect(c).toBe(b);
  });

  it('are 0 for groups of one reward or one rollout, and null where the reward is unknown', () => {
    expect(groupAdvantages([0.1, 0.1, 0.1, 1, null, 5], ['g', 'g', 'g', 'h', 'g', 'i'])).toEqual([0, 0, 0, 0, null, 0]);
    expect(() => groupAdvantages([1], [])).toThrow(RangeError);
  });

  it('sum to 0 within a group and do not feel a shift', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 3 }), { minLength: 2, maxLength: 12 }), (rewards) => {
        const groups = rewards.map(() => 'g');
        const advantages = groupAdvantages(rewards, groups).map(Number);
        expect(advantages.reduce((x, y) => x + y, 0)).toBeCloseTo(0, 9);
        const shifted = groupAdvantages(rewards.map((reward) => reward + 10), groups).map(Number);
        advantages.forEach((value, index) => expect(shifted[index]).toBeCloseTo(value, 9));
      }),
    );
  });
});
