import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Random } from '../random.ts';
import { gramOf, modulesOf, noisyTrajectories, normals, plus, scaled } from '../testing/synthetic-gram.ts';
import type { SyntheticTrajectory } from '../testing/synthetic-gram.ts';
import { analyseAngles } from './analyse.ts';
import { planAngles } from './designs.ts';
import { binomial, subsets } from './permutation.ts';
import { preparePopulation } from './population.ts';
import { relabeller } from './relabel.ts';
import { DEFAULT_ANGLE_SETTINGS } from './settings.ts';

const MODULES = modulesOf(1, ['q_proj'], 200);

/** Rollouts of noise around a reasoning and a tool direction of a given cosine. */
function planted(cosine: number, noise: number, groups: number, seed: number, dimension = 200): SyntheticTrajectory[] {
  const random = new Random(seed);
  return Array.from({ length: groups * 8 }, (_, index): SyntheticTrajectory => {
    const group = Math.floor(index / 8);
    const own = random.stream(`question ${group}`);
    const axis = scaled(normals(own, dimension), 1 / Math.sqrt(dimension));
    const side = scaled(normals(own, dimension), 1 / Math.sqrt(dimension));
    // Nearly orthogonal in 200 dimensions; the planted cosine holds on average over questions.
    const tool = plus(scaled(axis, cosine), scaled(side, Math.sqrt(1 - cosine * cosine)));
    const span = (kind: 'think' | 'tool', direction: Float64Array) => ({ kind, gradient: [plus(direction, normals(random, dimension, noise / Math.sqrt(dimension)))] });
    return { id: `t${index}`, group: `g${group}`, spans: [span('think', axis), span('tool', tool), span('think', axis), span('tool', tool)] };
  });
}

describe('label permutation', () => {
  const settings = { ...DEFAULT_ANGLE_SETTINGS, draws: 400 };

  it('finds role directions in every design that can show them', () => {
    for (const design of ['single', 'across', 'within', 'halves'] as const) {
      const { permutation, finding } = analyseAngles(gramOf(planted(0, 0.5, 6, 1), MODULES), { ...settings, design });
      expect(permutation.value!.p).toBeCloseTo(1 / 401, 9);
      expect(permutation.value!.observed).toBeGreaterThan(permutation.value!.band.high);
      expect(finding).toMatch(/further apart than shuffled roles give/);
    }
  });

  it('has uniform p-values when roles mean nothing', () => {
    for (const design of ['single', 'across'] as const) {
      let below = 0;
      const trials = 120;
      for (let trial = 0; trial < trials; trial++) {
        const gram = gramOf(noisyTrajectories({ groups: 2, rollouts: 3, dimension: 8, modules: modulesOf(1, ['q_proj'], 8), seed: trial + 1 }), modulesOf(1, ['q_proj'], 8));
        if (analyseAngles(gram, { ...settings, design, draws: 60 }).permutation.value!.p <= 0.2) below++;
      }
      // 24 expected; binomial sd 4.4.
      expect(below).toBeGreaterThan(10);
      expect(below).toBeLessThan(40);
    }
  });

  it('says when no label can be permuted', () => {
    const gram = gramOf(noisyTrajectories({ groups: 2, rollouts: 3, dimension: 20, modules: MODULES, seed: 1, kinds: ['think', 'tool'] }), MODULES);
    const { permutation, finding } = analyseAngles(gram, settings);
    expect(permutation.value).toBeNull();
    expect(permutation.reason).toContain('one reasoning span and one tool span');
    expect(finding).toContain('without a null from shuffled roles');
    // Across trajectories the swap does change angles.
    expect(analyseAngles(gram, { ...settings, design: 'across' }).permutation.value).not.toBeNull();
  });

  it('has densities that integrate to 1 and bands around them', () => {
    const { bins, zoomBins } = analyseAngles(gramOf(planted(0, 2, 3, 1), MODULES), settings).permutation.value!;
    expect(bins.mean.reduce((x, y) => x + 2 * y, 0)).toBeCloseTo(1, 9);
    expect(zoomBins.mean).toHaveLength(80);
    bins.mean.forEach((_, index) => expect(bins.low[index]).toBeLessThanOrEqual(bins.high[index]));
  });

  it('tabulates every subset once', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 9 }), fc.nat(9), (n, k) => {
        fc.pre(k <= n);
        const all = [...subsets(n, k)].map((subset) => subset.join(' '));
        expect(new Set(all).size).toBe(binomial(n, k));
        expect(all.length).toBe(binomial(n, k));
      }),
    );
  });

  it('between trajectories takes the angles that relabelled spans have', () => {
    // With all spans tool but one kind each, shuffling labels of equal spans changes nothing: the draw must return the plan's own angles.
    const base = noisyTrajectories({ groups: 1, rollouts: 4, dimension: 30, modules: MODULES, seed: 6, kinds: ['think', 'tool'] });
    const same = base.map((trajectory) => ({ ...trajectory, spans: [...trajectory.spans, trajectory.spans[1]].map((span, index) => ({ ...span, gradient: trajectory.spans[0].gradient, kind: index === 0 ? ('think' as const) : ('tool' as const) })) }));
    for (const design of ['across', 'halves'] as const) {
      const population = preparePopulation(gramOf(same, MODULES), { ...settings, design, advantage: true });
      const [plan] = planAngles(population.groups, { ...settings, design, advantage: true }).groups;
      const rows = plan.rows.filter(({ pair }) => pair === 'RT');
      const drawn = new Float64Array(rows.length);
      expect(relabeller(plan.group, rows).draw(new Random(1), drawn, 0)).toBe(rows.length);
      const analysis = analyseAngles(gramOf(same, MODULES), { ...settings, design, advantage: true });
      const expected = analysis.rows.filter(({ pair }) => pair === 'RT').map(({ degrees }) => Math.cos((degrees * Math.PI) / 180));
      drawn.forEach((value, index) => expect(value).toBeCloseTo(expected[index], 6));
    }
  });
});

describe('disattenuated cosine', () => {
  const settings = { ...DEFAULT_ANGLE_SETTINGS, draws: 300 };

  it('recovers a planted cosine that the raw angles hide', () => {
    for (const cosine of [0.8, 0.3, 0]) {
      const analysis = analyseAngles(gramOf(planted(cosine, 3, 40, 11), MODULES), settings);
      // Noise three times the signal in two spans: single angles stand far from the planted one.
      expect(analysis.pairs.RR.median!.estimate).toBeGreaterThan(75);
      const { estimate, low, high } = analysis.disattenuated.value!;
      expect(Math.abs(estimate - cosine)).toBeLessThan(0.12);
      expect(low).toBeLessThan(estimate);
      expect(high).toBeGreaterThan(estimate);
      expect(low - 0.03).toBeLessThan(cosine);
      expect(high + 0.03).toBeGreaterThan(cosine);
    }
  });

  it('is refused, with the reason, on noise', () => {
    const { disattenuated } = analyseAngles(gramOf(noisyTrajectories({ groups: 8, rollouts: 4, dimension: 200, modules: MODULES, seed: 4 }), MODULES), settings);
    expect(disattenuated.value).toBeNull();
    expect(disattenuated.reason).toMatch(/not clearly above 0/);
  });
});
