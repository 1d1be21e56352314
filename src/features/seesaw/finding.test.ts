import { describe, expect, it } from 'vitest';
import { groupByArm, shownArms } from './arm-runs.ts';
import { commonStep, findingOf, findingOfRuns } from './finding.ts';
import { evaluationWith, viewOf } from './testing/runs.ts';

const plain = (text: string | undefined): string => (text ?? '').replaceAll('\u00a0', ' ');
const start = evaluationWith({ exactMatch: { value: 0.35, error: 0.03 }, toolSkill: { value: 0.5, error: 0.03 }, reasoningSkill: { value: 0.42, error: 0.03 } });

function arms(...ends: readonly (readonly [string, number, number, number])[]) {
  const views = ends.map(([arm, exactMatch, tool, reasoning]) =>
    viewOf(arm, 1, {
      points: [
        { step: 0, evaluation: start },
        { step: 40, evaluation: evaluationWith({ exactMatch: { value: exactMatch, error: 0.03 }, toolSkill: { value: tool, error: 0.03 }, reasoningSkill: { value: reasoning, error: 0.03 } }) },
      ],
    }),
  );
  return shownArms(groupByArm(views, new Set()));
}

describe('findingOf', () => {
  it('names the step, the answers with errors and the difference with its interval', () => {
    const found = findingOf(arms(['joint', 0.52, 0.52, 0.43], ['dart', 0.5, 0.52, 0.43]), 40);
    expect(plain(found?.sentence)).toBe('After 40 steps Joint answers 52 % ± 3 (from 35 %) and DART 50 % ± 3; DART less Joint is −2 points [−10, 6], which these questions cannot tell from none.');
    expect(plain(found?.answer)).toContain('In no arm did one skill clearly rise while the other clearly fell.');
  });

  it('calls a seesaw one only where both intervals exclude 0', () => {
    expect(findingOf(arms(['joint', 0.5, 0.7, 0.2]), 40)?.answer).toContain('One skill rose while the other fell in Joint.');
    expect(findingOf(arms(['joint', 0.5, 0.7, 0.4]), 40)?.answer).toContain('In no arm');
    expect(findingOf(arms(['joint', 0.5, 0.7, 0.7]), 40)?.answer).toContain('Both skills rose.');
    expect(findingOf(arms(['joint', 0.5, 0.5, 0.2]), 40)?.answer).toContain('A skill fell');
  });

  it('sets several arms against Joint, wherever it stands', () => {
    const found = plain(findingOf(arms(['dart', 0.5, 0.5, 0.42], ['joint', 0.52, 0.5, 0.42], ['dart-strict', 0.6, 0.5, 0.42]), 40)?.sentence);
    expect(found).toContain('less Joint, in points: DART −2 [−10, 6] and DART strict +8 [0, 16].');
  });

  it('says what one arm changed, and little before the first step', () => {
    expect(plain(findingOf(arms(['dart', 0.5, 0.5, 0.42]), 40)?.sentence)).toBe('After 40 steps DART answers 50 % ± 3 (from 35 %), a change of +15 points [7, 23].');
    expect(plain(findingOf(arms(['dart', 0.5, 0.5, 0.42]), 0)?.sentence)).toContain('Before the first step the agent answers 35 % ± 3');
    expect(findingOf([], 0)).toBeNull();
  });

  it('pairs questions where they are kept', () => {
    const questions = Array.from({ length: 40 }, (_, index) => (index % 2) * 0.9);
    const end = evaluationWith({ exactMatch: { value: 0.5, error: 0.07 }, perQuestion: { exactMatch: questions.map((value) => value + 0.05) } });
    const before = evaluationWith({ exactMatch: { value: 0.45, error: 0.07 }, perQuestion: { exactMatch: questions } });
    const [dart] = shownArms(groupByArm([viewOf('dart', 1, { points: [{ step: 0, evaluation: before }, { step: 10, evaluation: end }] })], new Set()));
    expect(plain(findingOf([dart], 10)?.sentence)).toContain('a change of +5 points [5, 5]');
  });
});

describe('findingOfRuns', () => {
  it('speaks of all arms at the last step that they share, however many there are', () => {
    const points = (last: number, exactMatch: number) => [{ step: 0, evaluation: start }, { step: last, evaluation: evaluationWith({ exactMatch: { value: exactMatch, error: 0.03 } }) }];
    const runs = ['joint', 'dart', 'dart-strict', 'two-agents', 'pcgrad', 'shuffled'].map((arm, index) => viewOf(arm, 1, { points: points(40, 0.5 + index / 100) }));
    const found = plain(findingOfRuns(runs)?.sentence);
    expect(found).toMatch(/^After 40 steps Joint answers 50 % ± 3 \(from 35 %\), DART 51 % ± 3,/);
    expect(found).toContain('Shuffled roles +5');
    expect(findingOfRuns([])).toBeNull();
  });
});

describe('commonStep', () => {
  it('is the last one at which all trained arms were evaluated', () => {
    const late = viewOf('joint', 1, { points: [0, 10, 20].map((step) => ({ step, evaluation: start })) });
    const early = viewOf('dart', 1, { status: 'running', points: [0, 10].map((step) => ({ step, evaluation: start })) });
    const base = viewOf('base', 1, { steps: [], points: [{ step: 0, evaluation: start }] });
    expect(commonStep(shownArms(groupByArm([base, late, early], new Set())))).toBe(10);
    expect(commonStep(shownArms(groupByArm([base], new Set())))).toBeNull();
  });
});
