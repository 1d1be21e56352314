import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TARGETS } from '../gram/types.ts';
import type { SpanGram } from '../gram/types.ts';
import { Random } from '../random.ts';
import { median } from '../statistics/summary.ts';
import { bulkGram, dot, gramOf, modulesOf, noisyTrajectories, plus, scaled } from '../testing/synthetic-gram.ts';
import type { SyntheticTrajectory } from '../testing/synthetic-gram.ts';
import { analyseAngles } from './analyse.ts';
import { DEFAULT_ANGLE_SETTINGS } from './settings.ts';
import { DESIGNS, PAIRS } from './types.ts';
import type { AngleAnalysis, AngleSettings } from './types.ts';

const SETTINGS: AngleSettings = { ...DEFAULT_ANGLE_SETTINGS, draws: 200 };
const MODULES = modulesOf(2, ['q_proj', 'down_proj'], 40);

function noisy(groups: number, rollouts: number, seed = 1): SyntheticTrajectory[] {
  return noisyTrajectories({ groups, rollouts, dimension: 40, modules: MODULES, seed });
}

/** g^ρ of a trajectory over some modules, from the gradients themselves. */
function gradient(trajectory: SyntheticTrajectory, tool: boolean, modules: readonly number[], kinds?: readonly string[]): Float64Array {
  const chosen = trajectory.spans.filter(({ kind }) => (kind === 'tool') === tool && (tool || kinds === undefined || kinds.includes(kind)));
  return Float64Array.from(modules.flatMap((module) => [...plus(...chosen.map((span) => span.gradient[module]))]));
}

function angle(u: Float64Array, v: Float64Array): number {
  return (Math.acos(dot(u, v) / Math.sqrt(dot(u, u) * dot(v, v))) * 180) / Math.PI;
}

function degrees(analysis: AngleAnalysis, pair: string): number[] {
  return analysis.rows.filter((row) => row.pair === pair).map((row) => row.degrees);
}

function expectClose(actual: readonly number[], expected: readonly number[]): void {
  expect(actual.length).toBe(expected.length);
  const [x, y] = [actual, expected].map((list) => [...list].sort((a, b) => a - b));
  x.forEach((value, index) => expect(value).toBeCloseTo(y[index], 6));
}

describe('angles of explicit gradients', () => {
  const trajectories = noisy(2, 4);
  const gram = gramOf(trajectories, MODULES);
  const all = [0, 1, 2, 3];

  function expected(pair: 'RR' | 'TT' | 'RT', across: boolean, modules: readonly number[], kinds?: readonly string[]): number[] {
    const angles: number[] = [];
    for (const group of ['g0', 'g1']) {
      const own = trajectories.filter((trajectory) => trajectory.group === group);
      own.forEach((x, i) => {
        if (pair === 'RT' && !across) angles.push(angle(gradient(x, false, modules, kinds), gradient(x, true, modules)));
        own.forEach((y, j) => {
          if (pair === 'RT' ? !across || i === j : j <= i) return;
          angles.push(angle(gradient(x, pair === 'TT', modules, kinds), gradient(y, pair !== 'RR', modules, kinds)));
        });
      });
    }
    return angles;
  }

  it('are taken over all modules, one layer, one target, or one kind of reasoning', () => {
    for (const design of ['single', 'across'] as const) {
      for (const pair of PAIRS) {
        expectClose(degrees(analyseAngles(gram, { ...SETTINGS, design }), pair), expected(pair, design === 'across', all));
      }
    }
    expectClose(degrees(analyseAngles(gram, { ...SETTINGS, layer: 1 }), 'RR'), expected('RR', false, [2, 3]));
    expectClose(degrees(analyseAngles(gram, { ...SETTINGS, target: 'down_proj' }), 'RT'), expected('RT', false, [1, 3]));
    expectClose(degrees(analyseAngles(gram, { ...SETTINGS, reasoning: 'answer' }), 'RT'), expected('RT', false, all, ['answer']));
  });

  it('have the module medians that each module by itself gives', () => {
    const { modules } = analyseAngles(gram, SETTINGS);
    expect(modules).toMatchObject({ layers: 2, targets: ['q_proj', 'down_proj'] });
    for (const pair of PAIRS) all.forEach((module) => expect(modules.medians[pair][module]).toBeCloseTo(median(expected(pair, false, [module])), 6));
    const alone = analyseAngles(gram, { ...SETTINGS, layer: 1, target: 'q_proj', design: 'halves' });
    expect(analyseAngles(gram, { ...SETTINGS, design: 'halves' }).modules.medians.RR[2]).toBeCloseTo(alone.pairs.RR.median!.estimate, 6);
  });

  it('flip with the sign of one advantage, and R–T within does not feel advantages', () => {
    const plain = analyseAngles(gram, SETTINGS);
    const weighted = analyseAngles(gram, { ...SETTINGS, advantage: true });
    expectClose(degrees(weighted, 'RT'), degrees(plain, 'RT'));
    weighted.rows.forEach((row, index) => {
      const sign = gram.trajectories[row.a].advantage! * gram.trajectories[row.b].advantage! > 0;
      expect(row.degrees).toBeCloseTo(sign ? plain.rows[index].degrees : 180 - plain.rows[index].degrees, 9);
    });
  });

  it('count into bins what the rows hold', () => {
    const analysis = analyseAngles(gram, { ...SETTINGS, design: 'across' });
    for (const pair of PAIRS) {
      expect(analysis.counts[pair].reduce((x, y) => x + y, 0)).toBe(analysis.pairs[pair].n);
      const inside = degrees(analysis, pair).filter((value) => value >= 80 && value <= 100).length;
      expect(analysis.zoomCounts[pair].reduce((x, y) => x + y, 0)).toBe(inside);
    }
  });

  it('give norm ratio and joint cosines', () => {
    const { normRatio, jointCosine, isotropic } = analyseAngles(gram, SETTINGS);
    const pairs = trajectories.map((trajectory) => [gradient(trajectory, false, all), gradient(trajectory, true, all)]);
    const norm = (x: Float64Array): number => Math.sqrt(dot(x, x));
    expect(normRatio.value?.estimate).toBeCloseTo(median(pairs.map(([r, t]) => norm(r) / norm(t))), 9);
    const joint = pairs.map(([r, t]) => dot(plus(r, t), t) / norm(plus(r, t)) / norm(t));
    expect(jointCosine.value?.tool.estimate).toBeCloseTo(median(joint), 9);
    expect(isotropic.parameters).toBe(160);
    expect(isotropic.sd).toBeCloseTo(57.29577951308232 / Math.sqrt(160), 12);
    expect(isotropic.effective).toBeGreaterThan(1);
  });
});

describe('the split designs', () => {
  it('within halves whole spans, and pairs are missing where a role has one span', () => {
    const trajectory = noisy(1, 1)[0];
    const analysis = analyseAngles(gramOf([trajectory], MODULES), { ...SETTINGS, design: 'within' });
    const sum = (indices: readonly number[]): Float64Array => Float64Array.from([0, 1, 2, 3].flatMap((module) => [...plus(...indices.map((index) => trajectory.spans[index].gradient[module]))]));
    // Spans 0, 1, 3, 5 are reasoning and 2, 4 tool.
    const splits = [
      [[0, 1], [3, 5]],
      [[0, 3], [1, 5]],
      [[0, 5], [1, 3]],
    ].map(([x, y]) => angle(sum(x), sum(y)));
    const [rr] = degrees(analysis, 'RR');
    expect(splits.some((value) => Math.abs(value - rr) < 1e-6)).toBe(true);
    expect(degrees(analysis, 'TT')[0]).toBeCloseTo(angle(sum([2]), sum([4])), 6);
    expect(analysis.splitHalf.RR.median?.estimate).toBe(analysis.pairs.RR.median?.estimate);
    const one = gramOf(noisyTrajectories({ groups: 1, rollouts: 1, dimension: 20, modules: MODULES, seed: 3, kinds: ['think', 'other', 'tool'] }), MODULES);
    expect(analyseAngles(one, { ...SETTINGS, design: 'within' }).pairs).toMatchObject({ RR: { n: 1 }, TT: { n: 0 }, RT: { n: 1 } });
  });

  it('halves of two rollouts are the two rollouts', () => {
    const gram = gramOf(noisy(3, 2), MODULES);
    const halves = analyseAngles(gram, { ...SETTINGS, design: 'halves' });
    const across = analyseAngles(gram, { ...SETTINGS, design: 'across' });
    for (const pair of PAIRS) expectClose(degrees(halves, pair), degrees(across, pair));
  });

  it('overlap shows 55° to 67° on noise alone, and its reference says so', () => {
    const trajectories = noisyTrajectories({ groups: 30, rollouts: 10, dimension: 300, modules: modulesOf(1, ['q_proj'], 300), seed: 9 });
    const analysis = analyseAngles(gramOf(trajectories, modulesOf(1, ['q_proj'], 300)), { ...SETTINGS, design: 'overlap' });
    expect(analysis.settings.advantage).toBe(true);
    for (const pair of ['RR', 'TT'] as const) {
      const { median: observed, noise } = analysis.pairs[pair];
      expect(noise!.estimate).toBeGreaterThan(52);
      expect(noise!.estimate).toBeLessThan(67);
      // 30 questions: the observed median has a standard error of about 2°.
      expect(Math.abs(observed!.estimate - noise!.estimate)).toBeLessThan(6);
      expect(noise!.high - noise!.low).toBeGreaterThan(10);
    }
    expect(Math.abs(analysis.pairs.RT.median!.estimate - 90)).toBeLessThan(2);
    expect(analysis.finding).toMatch(/on noise alone/);
    const disjoint = analyseAngles(gramOf(trajectories, modulesOf(1, ['q_proj'], 300)), { ...SETTINGS, design: 'halves' });
    expect(Math.abs(disjoint.pairs.RR.median!.estimate - 90)).toBeLessThan(2);
    expect(disjoint.pairs.RR.noise!.estimate).toBe(90);
  });
});

describe('filters', () => {
  const modules = modulesOf(1, ['q_proj'], 30);
  const base = noisyTrajectories({ groups: 2, rollouts: 4, dimension: 30, modules, seed: 5 });

  it('leave out identical rollouts and count them', () => {
    const twin = [...base, { ...base[0], id: 'twin', fingerprint: base[0].id }];
    const gram = gramOf(twin, modules);
    const single = analyseAngles(gram, SETTINGS);
    expect(single.excluded.identical).toBe(1);
    expect(degrees(single, 'RR').every((value) => value > 1)).toBe(true);
    expect(Math.min(...degrees(analyseAngles(gram, { ...SETTINGS, identical: true }), 'RR'))).toBeCloseTo(0, 5);
    expect(analyseAngles(gram, { ...SETTINGS, design: 'halves' }).excluded.identical).toBe(1);
  });

  it('count what they leave out', () => {
    const silent = { ...base[1], spans: base[1].spans.map((span) => (span.kind === 'tool' ? { ...span, gradient: [new Float64Array(30)] } : span)) };
    const toolless = { ...base[2], spans: base[2].spans.filter(({ kind }) => kind !== 'tool') };
    const unknown = { ...base[3], reward: null, advantage: null };
    const gram = gramOf([base[0], silent, toolless, unknown, ...base.slice(4)], modules);
    expect(analyseAngles(gram, SETTINGS).excluded).toMatchObject({ missingRole: 1, zeroGradient: 1, notBothCorrect: 0, noAdvantage: 0 });
    const wrong = [base[0], ...base.slice(4)].filter(({ reward }) => reward !== 1).length;
    expect(analyseAngles(gram, { ...SETTINGS, bothCorrect: true }).excluded.notBothCorrect).toBe(wrong + 1);
    expect(analyseAngles(gram, { ...SETTINGS, advantage: true }).excluded.noAdvantage).toBe(1);
    const flat = gramOf(base.map((trajectory) => ({ ...trajectory, advantage: 0 })), modules);
    const none = analyseAngles(flat, { ...SETTINGS, advantage: true });
    expect(none.excluded.noAdvantage).toBe(8);
    expect(none.finding).toBe('No R–T angle: of 8 trajectories, 8 without an advantage.');
  });
});

describe('identities', () => {
  const modules = modulesOf(1, ['q_proj', 'o_proj'], 20);
  const trajectories = noisyTrajectories({ groups: 4, rollouts: 4, dimension: 20, modules, seed: 8 });

  function shuffledGram(seed: number): SpanGram {
    return gramOf(new Random(seed).shuffle([...trajectories]), modules);
  }

  it('no figure depends on the order of trajectories', () => {
    fc.assert(
      fc.property(fc.integer(), fc.constantFrom(...DESIGNS), (seed, design) => {
        const settings = { ...SETTINGS, design, draws: 50 };
        const [x, y] = [gramOf(trajectories, modules), shuffledGram(seed)].map((gram) => analyseAngles(gram, settings));
        expect(y.finding).toBe(x.finding);
        for (const pair of PAIRS) {
          expect(y.pairs[pair].n).toBe(x.pairs[pair].n);
          expect(y.pairs[pair].median!.low).toBeCloseTo(x.pairs[pair].median!.low, 6);
          expect(y.counts[pair]).toEqual(x.counts[pair]);
        }
        expect(y.permutation.value!.p).toBe(x.permutation.value!.p);
        expect(y.splitHalf.RR.median!.estimate).toBeCloseTo(x.splitHalf.RR.median!.estimate, 6);
      }),
      { numRuns: 15 },
    );
  });

  it('scaling all gradients changes no angle, even to where squares underflow', () => {
    const settings = { ...SETTINGS, design: 'across' as const };
    const before = analyseAngles(gramOf(trajectories, modules), settings);
    for (const factor of [1e-75, 1e-3, 1e60]) {
      const scaledGram = gramOf(trajectories.map((trajectory) => ({ ...trajectory, spans: trajectory.spans.map((span) => ({ ...span, gradient: span.gradient.map((value) => scaled(value, factor)) })) })), modules);
      const after = analyseAngles(scaledGram, settings);
      expectClose(degrees(after, 'RT'), degrees(before, 'RT'));
      expect(after.permutation.value!.p).toBe(before.permutation.value!.p);
      expect(after.isotropic.effective).toBeCloseTo(before.isotropic.effective, 6);
    }
  });

  it('R–T within does not feel the size of advantages', () => {
    const gram = gramOf(trajectories.map((trajectory, index) => ({ ...trajectory, advantage: trajectory.advantage! * (index + 1) })), modules);
    expectClose(degrees(analyseAngles(gram, { ...SETTINGS, advantage: true }), 'RT'), degrees(analyseAngles(gramOf(trajectories, modules), SETTINGS), 'RT'));
  });

  it('the same seed gives the same bits', () => {
    const gram = gramOf(trajectories, modules);
    for (const design of DESIGNS) expect(analyseAngles(gram, { ...SETTINGS, design })).toEqual(analyseAngles(gram, { ...SETTINGS, design }));
  });
});

describe('speed', () => {
  it('of 12 questions × 28 modules × 112 spans with 1,000 draws is a fraction of a second', () => {
    const gram = bulkGram(12, 16, 7, modulesOf(4, TARGETS, 1000), 1);
    analyseAngles(gram, DEFAULT_ANGLE_SETTINGS);
    const start = performance.now();
    analyseAngles(gram, DEFAULT_ANGLE_SETTINGS);
    // 100 ms on a free core; the bound only catches a change of order, since test machines are shared.
    expect(performance.now() - start).toBeLessThan(1500);
  }, 30_000);
});
