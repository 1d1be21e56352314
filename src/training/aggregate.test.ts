import { describe, expect, it } from 'vitest';
import { studentQuantile } from '../core/statistics/student-t.ts';
import { type ArmAt, changeAt, evaluatedSteps, type Evaluations, gapBetween, seedMean, skillAt, stepMeans } from './aggregate.ts';
import type { Evaluation } from './evaluate.ts';
import type { StepReport } from './trainer.ts';

const report = (step: number, reward: number): StepReport => ({
  step, reward, hit: 0, wellFormed: 1, live: 1, searches: 1, length: 10, entropy: 1, losses: [0], gradients: { norms: [[1]], leakage: [[null]], angle: null },
  norm: 1, kl: 0, clipFraction: 0, ratioError: 0, rate: 1, tokens: { rollout: 1, reencoded: 0, trained: 1 }, time: { rollout: 1, forward: 0, backward: 1, optimiser: 0 },
});

function evaluation(exactMatch: readonly number[], told = true): Evaluation {
  const value = { value: exactMatch.reduce((a, b) => a + b, 0) / exactMatch.length, error: 0.1 };
  const questions = told ? exactMatch : null;
  return { rollouts: exactMatch.length, exactMatch: value, f1: value, toolSkill: value, reasoningSkill: null, byHops: [], wellFormed: 1, searches: 1, perQuestion: { exactMatch: questions, f1: questions, toolSkill: questions, reasoningSkill: null }, milliseconds: 1 };
}

/** One seed: each question's mean before the first step, and after the fifth. */
function seed(before: readonly number[], after: readonly number[], told = true): Evaluations {
  return [{ step: 0, evaluation: evaluation(before, told) }, { step: 5, evaluation: evaluation(after, told) }];
}

function at(trained: boolean, ...seeds: readonly (readonly [number, Evaluations])[]): ArmAt {
  return { seeds: new Map(seeds), step: trained ? 5 : 0, trained };
}

describe('means over seeds', () => {
  it('are taken step by step, with the standard error over the seeds that are there', () => {
    const means = stepMeans([[report(0, 1), report(1, 2)], [report(0, 3)], [report(0, NaN)]], ({ reward }) => reward);
    expect(means).toEqual([{ step: 0, mean: 2, seedError: 1, seeds: 2 }, { step: 1, mean: 2, seedError: null, seeds: 1 }]);
    expect(stepMeans([[report(0, 1)]], ({ gradients }) => gradients.angle)).toEqual([]);
    expect(seedMean([4])).toEqual({ mean: 4, seedError: null, seeds: 1 });
  });
});

describe('a skill', () => {
  const seeds = [seed([0, 0, 0, 0], [1, 0, 0, 0]), seed([0, 0, 0, 0], [1, 1, 0, 0])];

  it('of one seed has the error of its questions', () => {
    const found = skillAt([seeds[0]], 'exactMatch', 5)!;
    expect(found).toMatchObject({ value: 0.25, seeds: 1 });
    expect(found.error).toBeCloseTo(0.25, 12);
    expect(found.interval!.high).toBeCloseTo(0.25 + 0.25 * studentQuantile(0.975, 3), 10);
  });

  it('of several seeds has that of their shared questions and that of the seeds', () => {
    const found = skillAt(seeds, 'exactMatch', 5)!;
    // Means of the questions: 1, ½, 0, 0; of the seeds: ¼, ½.
    const ofQuestions = Math.sqrt([1, 0.5, 0, 0].reduce((sum, x) => sum + (x - 0.375) ** 2, 0) / 3 / 4);
    expect(found.value).toBe(0.375);
    expect(found.error).toBeCloseTo(Math.hypot(ofQuestions, 0.125), 12);
    expect(found.interval!.high - found.value).toBeCloseTo(Math.hypot(ofQuestions * studentQuantile(0.975, 3), 0.125 * studentQuantile(0.975, 1)), 10);
    expect(skillAt(seeds, 'reasoningSkill', 5)).toBeNull();
    expect(evaluatedSteps(seeds)).toEqual([0, 5]);
  });

  it('changes question by question', () => {
    // Every question rises by the same: their own difficulty is no error.
    const found = changeAt([seed([0, 0.5, 0.25], [0.25, 0.75, 0.5])], 'exactMatch', 5)!;
    expect(found.value).toBeCloseTo(0.25, 12);
    expect(found.error).toBeCloseTo(0, 12);
    expect(changeAt([seed([0], [1])], 'exactMatch', 5)).toMatchObject({ value: 1, error: null, interval: null });
    expect(changeAt(seeds, 'exactMatch', 0)).toMatchObject({ value: 0 });
  });

  it('without its questions is as uncertain as each seed says, however many answered them', () => {
    const untold = [seed([0, 0], [1, 0], false), seed([0, 0], [1, 0], false), seed([0, 0], [1, 0], false)];
    expect(skillAt(untold, 'exactMatch', 5)!.error).toBeCloseTo(0.1, 12);
    expect(changeAt(untold, 'exactMatch', 5)!.error).toBeCloseTo(Math.SQRT2 * 0.1, 12);
  });
});

describe('the gap between arms', () => {
  const low = seed([0, 0, 0], [0, 0.5, 0.25]);
  const high = seed([0, 0, 0], [0.25, 0.75, 0.5]);

  it('is paired over shared seeds and questions', () => {
    const found = gapBetween(at(true, [1, high], [2, high]), at(true, [1, low], [2, low], [3, high]), 'exactMatch')!;
    expect(found.value).toBeCloseTo(0.25, 12);
    expect(found.error).toBeCloseTo(0, 12);
    expect(found.seeds).toBe(2);
  });

  it('to the untrained backbone takes every seed', () => {
    const base = at(false, [1, low]);
    expect(gapBetween(at(true, [1, high], [2, high]), base, 'exactMatch')).toMatchObject({ seeds: 2 });
    const turned = gapBetween(base, at(true, [1, high], [2, low]), 'exactMatch')!;
    expect(turned.value).toBeCloseTo(-gapBetween(at(true, [1, high], [2, low]), base, 'exactMatch')!.value, 12);
  });

  it('without a shared seed is paired over questions only', () => {
    const found = gapBetween(at(true, [1, high], [2, low]), at(true, [3, low], [4, low]), 'exactMatch')!;
    expect(found.value).toBeCloseTo(0.125, 12);
    // The rows differ by the same; what is left is the spread of the left arm's seeds.
    expect(found.error).toBeCloseTo(0.125, 12);
    expect(gapBetween(at(true), at(true, [1, low]), 'exactMatch')).toBeNull();
  });
});
