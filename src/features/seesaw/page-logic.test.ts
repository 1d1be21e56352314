import { describe, expect, it } from 'vitest';
import { armProblem } from '../../training/arms.ts';
import { groupByArm, shownArms } from './arm-runs.ts';
import { beamOf } from './beam-data.ts';
import { beamTitle } from './beam-title.ts';
import { armDifferences } from './config-difference.ts';
import { costOf } from './cost.ts';
import { paceOf, secondsOf, workOf } from './estimate.ts';
import { frozenFor, trainedOf } from './freeze.ts';
import { NEW_ARM, reshape, toggleMask } from './own-arm.ts';
import { runRow } from './run-rows.ts';
import { parseSeeds } from './seeds.ts';
import { abilityMetric, abilityMetrics, PLAIN_METRICS, stepPoints } from './step-metrics.ts';
import { DEFAULT_TRAINING } from '../../training/settings.ts';
import { armOf, recorded, viewOf } from './testing/runs.ts';

const { steps, evaluations } = recorded();

describe('groupByArm', () => {
  it('shows five arms at most, and counts the finished runs before the others', () => {
    const views = ['base', 'joint', 'reasoning-only', 'tool-only', 'dart', 'dart-strict'].map((arm) => viewOf(arm, 1));
    const groups = groupByArm([...views, viewOf('joint', 2, { status: 'running' })], new Set(['tool-only']));
    expect(groups.map(({ slot }) => slot === null)).toEqual([false, false, false, true, false, false]);
    expect(new Set(shownArms(groups).map(({ slot }) => slot)).size).toBe(5);
    expect(groups[1].counted.map(({ id }) => id.seed)).toEqual([1]);
    expect(groupByArm(views, new Set()).filter(({ slot }) => slot !== null)).toHaveLength(5);
  });
});

describe('beamOf', () => {
  it('stands at the last evaluation, against the first', () => {
    const [arm] = shownArms(groupByArm([viewOf('dart', 1)], new Set()));
    expect(beamOf(arm, 7)).toMatchObject({ step: 0, tool: { change: 0, changeError: null } });
    const later = beamOf(arm, 12);
    expect(later.step).toBe(10);
    expect(later.tool?.value).toBe(evaluations[1].evaluation.toolSkill.value);
    expect(later.tool?.change).toBeCloseTo(evaluations[1].evaluation.toolSkill.value - evaluations[0].evaluation.toolSkill.value, 12);
    expect(beamTitle([later])).toMatch(/^DART: /);
    expect(beamTitle([beamOf(arm, 0)])).toBe('Reasoning skill and tool skill against the base');
  });
});

describe('stepPoints', () => {
  const [reward] = PLAIN_METRICS;

  it('averages seeds and keeps them as thin lines', () => {
    const other = steps.map((report) => ({ ...report, reward: report.reward + 0.1 }));
    const [arm] = groupByArm([viewOf('dart', 1), viewOf('dart', 2, { steps: other })], new Set());
    const { points, raw } = stepPoints(arm, reward, 0);
    expect(points[3].y).toBeCloseTo(steps[3].reward + 0.05, 12);
    expect(raw).toHaveLength(2);
  });

  it('smooths and leaves the raw line under it; one run without smoothing needs none', () => {
    const [arm] = groupByArm([viewOf('dart', 1)], new Set());
    expect(stepPoints(arm, reward, 0).raw).toEqual([]);
    expect(stepPoints(arm, reward, 0.6).raw[0].map(({ y }) => y)).toEqual(steps.map((report) => report.reward));
  });

  it('has norms and leakage of every ability, and none where there is no other adapter', () => {
    expect(abilityMetric('leakage', 'tool').valueOf(steps[0], armOf('dart'))).toBe(steps[0].gradients.leakage[1][0]);
    expect(abilityMetric('own', 'tool').valueOf(steps[0], armOf('dart'))).toBe(steps[0].gradients.norms[1][1]);
    expect(abilityMetric('other', 'reasoning').valueOf({ ...steps[0], gradients: { norms: [[1], [2]], leakage: [[null], [null]], angle: 90 } }, armOf('joint'))).toBeNull();
    const three = reshape(NEW_ARM, ['think', 'tool', 'answer'], 3);
    const report = { ...steps[0], gradients: { norms: [[1, 2, 3], [4, 5, 6], [7, 8, 9]], leakage: [[null, 0.1, 0.2], [0.3, null, 0.4], [0.5, 0.6, null]], angle: null } };
    const entries = abilityMetrics('leakage', 'tool', [three]);
    expect(entries.map(({ name, valueOf }) => [name, valueOf(report, three)])).toEqual([['Leakage, tool → adapter 1 (think)', 0.3], ['Leakage, tool → adapter 3 (answer)', 0.4]]);
    expect(abilityMetrics('leakage', 'tool', [armOf('dart'), armOf('joint')])).toHaveLength(1);
    expect(runRow(viewOf('dart', 1, { arm: three, steps: [report] }), 1).leakage.replaceAll('\u00a0', ' ')).toBe('think → 2: 0.10, think → 3: 0.20, tool → 1: 0.30, tool → 3: 0.40, answer → 1: 0.50, answer → 2: 0.60');
    expect(abilityMetric('loss', 'answer').valueOf(steps[0], armOf('dart'))).toBeNull();
  });
});

describe('the run’s set-up', () => {
  it('reads seeds and ranges of them', () => {
    expect(parseSeeds('1, 3–5 3')).toEqual([1, 3, 4, 5]);
    for (const text of ['', 'a', '5-1', '-1', '1-99', '1.5']) expect(parseSeeds(text)).toBeNull();
  });

  it('counts runs, steps and rollouts, and times them by what was measured', () => {
    const training = { steps: 40, questions: 12, samples: 8 } as Parameters<typeof workOf>[0]['training'];
    const evaluation = { maxQuestions: 64, samples: 2, every: 10 } as Parameters<typeof workOf>[0]['evaluation'];
    const work = workOf({ training, evaluation, seeds: [1, 2] }, [armOf('base'), armOf('dart')], 520);
    expect(work).toEqual({ runs: 4, steps: 80, rollouts: 7680, evaluated: 2 * 64 * 2 * 12 });
    const pace = paceOf([viewOf('dart', 1)], { questions: 12, samples: 8 })!;
    const arms = [armOf('dart')];
    const cost = costOf({ arm: arms[0], runs: [viewOf('dart', 1)] }, { arms, training: { ...DEFAULT_TRAINING, questions: 12, samples: 8 } }, { parameters: [100] })!.cost;
    expect(pace.perRollout * 96).toBeCloseTo(cost.step!.total, 9);
    expect(secondsOf({ rollouts: 96, evaluated: 0 }, pace)).toBeCloseTo(pace.perRollout * 96, 12);
    expect(paceOf([], { questions: 1, samples: 2 })).toBeNull();
  });

  it('keeps hand-made arms sound', () => {
    const wide = reshape(NEW_ARM, ['think', 'tool', 'answer'], 3);
    expect(armProblem(wide)).toBeNull();
    expect(wide.adapterOf).toEqual([0, 1, 2]);
    expect(armProblem(reshape(wide, ['reasoning', 'tool'], 1))).toBeNull();
    expect(toggleMask(NEW_ARM, 0, 1).mask).toEqual([[1, 0], [0, 1]]);
  });

  it('freezes all adapters but one', () => {
    expect(frozenFor(armOf('dart'), 'tool')).toEqual([0]);
    expect(trainedOf(armOf('dart'), [1])).toBe('reasoning');
    expect(trainedOf(armOf('dart'), [])).toBe('both');
    expect(frozenFor(armOf('joint'), 'tool')).toEqual([]);
  });
});

describe('the table', () => {
  it('names only what differs', () => {
    const found = armDifferences([armOf('dart'), armOf('dart-strict')]);
    expect(found.get('dart')).toBe('mask 11 / 11');
    expect(found.get('dart-strict')).toBe('mask 10 / 01');
    expect(armDifferences([armOf('dart')]).get('dart')).toBe('');
  });

  it('shows start and end', () => {
    const row = runRow(viewOf('dart', 1), 40);
    expect(row.steps).toBe(`${steps.length} of 40`);
    expect(row.exactMatch).toMatch(/^35 → \d+ % ± \d$/);
    expect(runRow(viewOf('base', 1, { steps: [], points: [] }), 40)).toMatchObject({ steps: 'not trained', exactMatch: '–', angle: '–' });
  });
});
