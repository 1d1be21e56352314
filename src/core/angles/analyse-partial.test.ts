import { describe, expect, it } from 'vitest';
import type { SpanGram } from '../gram/types.ts';
import { Random } from '../random.ts';
import { gramOf, modulesOf, noisyTrajectories, normals, plus } from '../testing/synthetic-gram.ts';
import type { SyntheticTrajectory } from '../testing/synthetic-gram.ts';
import { analyseAngles } from './analyse.ts';
import { DEFAULT_ANGLE_SETTINGS } from './settings.ts';
import { DESIGNS } from './types.ts';
import type { AngleSettings } from './types.ts';

const SETTINGS: AngleSettings = { ...DEFAULT_ANGLE_SETTINGS, draws: 200 };

describe('partial runs', () => {
  const modules = modulesOf(1, ['q_proj'], 20);
  const trajectories = noisyTrajectories({ groups: 2, rollouts: 3, dimension: 20, modules, seed: 2 });
  const gram = gramOf(trajectories, modules);

  it('say what is missing and never NaN', () => {
    const partial: SpanGram[] = [
      { ...gram, blocks: [] },
      { ...gram, blocks: gram.blocks.slice(0, 1) },
      { ...gram, blocks: [{ group: 'g0', spans: [], values: new Float64Array() }] },
      gramOf(trajectories.slice(0, 1), modules),
      gramOf([{ ...trajectories[0], spans: trajectories[0].spans.slice(0, 1) }], modules),
    ];
    for (const part of partial) {
      for (const design of DESIGNS) {
        const analysis = analyseAngles(part, { ...SETTINGS, design, draws: 20 });
        expect(analysis.finding).not.toMatch(/NaN|null|undefined|Infinity/);
        expect(analysis.finding).toMatch(/\.$/);
        expect(JSON.stringify({ ...analysis, modules: 0 })).not.toContain('NaN');
      }
    }
    expect(analyseAngles(partial[0], SETTINGS).finding).toBe('Nothing is measured yet.');
    expect(analyseAngles(gram, { ...SETTINGS, layer: 9, target: 'q_proj' }).finding).toBe('The model has no module in layer 9, target q_proj: choose another or all.');
    expect(analyseAngles(partial[3], SETTINGS).finding).toMatch(/^R–T median \d+\.\d°, inside what shuffled roles give \(p = \S+\); no same-role angle \(no question has two trajectories\)\.$/);
    expect(analyseAngles(partial[3], { ...SETTINGS, design: 'across' }).finding).toBe('No R–T angle: this design needs two different rollouts of one question, and 1 trajectory is not enough for it.');
    expect(analyseAngles(partial[4], SETTINGS).finding).toBe('No R–T angle: of 1 trajectory, 1 without reasoning or tool spans.');
  });

  it('mark intervals that rest on one question', () => {
    const one = analyseAngles({ ...gram, blocks: gram.blocks.slice(0, 1) }, SETTINGS);
    expect(one.pairs.RR.median!.basis).toBe('rollouts');
    expect(one.finding).toContain('(one question)');
    expect(one.disattenuated).toEqual({ value: null, reason: '1 question only: an interval clustered by question needs at least 5.' });
    expect(analyseAngles({ ...gram, blocks: gram.blocks.slice(0, 1) }, { ...SETTINGS, design: 'halves' }).pairs.RR.median!.basis).toBe('draws');
    expect(analyseAngles(gram, SETTINGS).pairs.RR.median!.basis).toBeUndefined();
    expect(() => analyseAngles(gram, { ...SETTINGS, draws: 0 })).toThrow(RangeError);
  });
});

describe('the clustered interval', () => {
  it('covers the median of a population of questions', () => {
    const modules = modulesOf(1, ['q_proj'], 12);
    // Every question has its own angle around 90°, symmetric, so the population's median is 90°.
    const random = new Random(77);
    let covered = 0;
    const trials = 60;
    for (let trial = 0; trial < trials; trial++) {
      const trajectories = Array.from({ length: 16 * 3 }, (_, index): SyntheticTrajectory => {
        const group = Math.floor(index / 3);
        const tilt = 0.5 * random.stream(`${trial} ${group}`).normal();
        const axis = new Float64Array(12);
        axis[0] = 1;
        const other = new Float64Array(12);
        other[0] = tilt;
        other[1] = 1;
        return { id: `t${index}`, group: `g${group}`, spans: [{ kind: 'think', gradient: [plus(axis, normals(random, 12, 0.05))] }, { kind: 'tool', gradient: [plus(other, normals(random, 12, 0.05))] }] };
      });
      const { low, high } = analyseAngles(gramOf(trajectories, modules), { ...SETTINGS, draws: 150 }).pairs.RT.median!;
      if (low <= 90 && 90 <= high) covered++;
    }
    expect(covered / trials).toBeGreaterThan(0.85);
  });
});
