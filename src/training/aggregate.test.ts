import { describe, expect, it } from 'vitest';
import { pairedChange, skillMeans, stepMeans } from './aggregate.ts';
import type { Evaluation } from './evaluate.ts';
import type { StepReport } from './trainer.ts';

const report = (step: number, reward: number): StepReport => ({
  step, reward, hit: 0, wellFormed: 1, live: 1, searches: 1, length: 10, entropy: 1, losses: [0], gradients: { norms: [[1]], leakage: [[null]], angle: null },
  norm: 1, kl: 0, clipFraction: 0, ratioError: 0, rate: 1, tokens: { rollout: 1, reencoded: 0, trained: 1 }, time: { rollout: 1, forward: 0, backward: 1, optimiser: 0 },
});

function evaluation(exactMatch: readonly number[]): Evaluation {
  const value = { value: exactMatch.reduce((a, b) => a + b, 0) / exactMatch.length, error: null };
  return { rollouts: exactMatch.length, exactMatch: value, f1: value, toolSkill: value, reasoningSkill: null, byHops: [], wellFormed: 1, searches: 1, perQuestion: { exactMatch, f1: exactMatch, toolSkill: exactMatch, reasoningSkill: null }, milliseconds: 1 };
}

describe('means over seeds', () => {
  it('are taken step by step, with the standard error over the seeds that are there', () => {
    const means = stepMeans([[report(0, 1), report(1, 2)], [report(0, 3)], [report(0, NaN)]], ({ reward }) => reward);
    expect(means).toEqual([{ step: 0, mean: 2, seedError: 1, seeds: 2 }, { step: 1, mean: 2, seedError: null, seeds: 1 }]);
    expect(stepMeans([[report(0, 1)]], ({ gradients }) => gradients.angle)).toEqual([]);
  });

  it('of skills have an error over questions that seeds share', () => {
    const seeds = [[1, 0, 0, 0], [1, 1, 0, 0]].map((values) => [{ step: 5, evaluation: evaluation(values) }]);
    const [mean] = skillMeans(seeds, 'exactMatch');
    // Means of the questions: 1, ½, 0, 0.
    const sd = Math.sqrt([1, 0.5, 0, 0].reduce((sum, x) => sum + (x - 0.375) ** 2, 0) / 3);
    expect(mean).toMatchObject({ step: 5, mean: 0.375, seeds: 2 });
    expect(mean.questionError).toBeCloseTo(sd / 2, 12);
    expect(mean.seedError).toBeCloseTo(0.125, 12);
    expect(skillMeans(seeds, 'reasoningSkill')).toEqual([]);
  });

  it('change question by question', () => {
    const change = pairedChange([evaluation([0, 1, 0])], [evaluation([1, 1, 0])], 'exactMatch')!;
    expect(change.value).toBeCloseTo(1 / 3, 12);
    expect(change.error).toBeCloseTo(1 / 3, 12);
    expect(pairedChange([evaluation([0, 1])], [evaluation([1, 1, 0])], 'exactMatch')).toBeNull();
    expect(pairedChange([], [evaluation([1])], 'exactMatch')).toBeNull();
  });
});
