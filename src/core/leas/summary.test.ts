import { describe, expect, it } from 'vitest';
import { Random } from '../random.ts';
import { questionEffects } from './coefficients.ts';
import type { Counts, QuestionEffects } from './coefficients.ts';
import { LEAST_SEEDS, seedRegime, summariseSeeds } from './seeds.ts';
import { shareOf } from './share.ts';
import { summariseEffect, summariseHBoth } from './summary.ts';
import type { EffectSummary } from './summary.ts';

const N = 50;

function row(question: string, counts: Counts): QuestionEffects {
  return questionEffects({ question, counts, attributes: {} }, { scale: 'logit', epsilon: null });
}

/** The four models of tool × reasoning. */
function four(question: string, uni: number, tool: number, reasoning: number, base: number): QuestionEffects {
  const of = (k: number) => ({ k, n: N });
  return row(question, { m_uni: of(uni), m_tool: of(tool), m_reas: of(reasoning), base: of(base) });
}

const summarise = (rows: readonly QuestionEffects[]): EffectSummary => summariseEffect(rows, 'tool_x_reasoning', 200, new Random(1));

describe('summaries', () => {
  const rows = [four('a', 45, 25, 25, 25), four('b', 5, 25, 25, 25), four('c', 26, 25, 25, 25), four('d', 20, 20, 10, 10), four('e', 0, 0, 0, 0), row('f', { base: { k: 1, n: N }, m_uni: { k: 2, n: N } })];

  it('count signs, ties, intervals, and what is left out', () => {
    const { questions, counted, ties, negative, positive, intervalBelow, intervalAbove, neverAnswered, missing } = summarise(rows);
    expect({ questions, counted, ties }).toEqual({ questions: 6, counted: 4, ties: 1 });
    expect([negative, positive].map(({ count, of }) => [count, of])).toEqual([[1, 3], [2, 3]]);
    expect([intervalBelow, intervalAbove].map(({ count, of }) => [count, of])).toEqual([[1, 4], [1, 4]]);
    expect(neverAnswered).toEqual(['e']);
    expect(missing).toEqual([{ question: 'f', models: ['m_reas', 'm_tool'] }]);
  });

  it('have means and medians of the counted questions, the same in any order', () => {
    const values = rows.slice(0, 4).map(({ coefficients }) => coefficients.tool_x_reasoning!.estimate);
    const summary = summarise(rows);
    expect(summary.mean!.estimate).toBeCloseTo(values.reduce((sum, value) => sum + value, 0) / 4, 12);
    expect(summary.median!.estimate).toBeCloseTo(values[2] / 2, 12);
    expect(summary.mean!.low).toBeLessThan(summary.mean!.estimate);
    expect({ ...summarise([...rows].reverse()), missing: 0, neverAnswered: 0 }).toEqual({ ...summary, missing: 0, neverAnswered: 0 });
  });

  it('have no interval of one question and nothing of none', () => {
    expect(summarise([rows[0]]).mean).toMatchObject({ low: null, high: null });
    expect(summarise([])).toMatchObject({ counted: 0, mean: null, median: null, negative: { share: null, low: 0, high: 1 } });
  });

  it('summarise H_Both where it was asked', () => {
    const of = (k: number) => ({ k, n: N });
    expect(summariseHBoth(rows, 100, new Random(1))).toBeNull();
    const asked = row('g', { base: of(10), h_tool: of(20), h_reas: of(20), h_both: of(10) });
    expect(summariseHBoth([...rows, asked], 100, new Random(1))).toMatchObject({ counted: 1, negative: { count: 1 } });
  });
});

describe('shares', () => {
  it('have Wilson’s interval', () => {
    // Worked by hand: 10 of 40.
    const { share, low, high } = shareOf(10, 40);
    expect([share, low, high].map((value) => value!.toFixed(4))).toEqual(['0.2500', '0.1419', '0.4019']);
    expect(shareOf(0, 20)).toMatchObject({ share: 0, low: 0 });
    expect(shareOf(0, 20).high).toBeCloseTo(0.1611, 3);
    expect(shareOf(20, 20)).toMatchObject({ share: 1, high: 1 });
  });
});

describe('training seeds', () => {
  const side = (uni: number): EffectSummary => summarise(Array.from({ length: 40 }, (_, index) => four(`q${index}`, uni + (index % 5), 25, 25, 25)));
  const [synergy, interference] = [side(40), side(5)];
  const neither = summarise([...Array(40).keys()].map((index) => four(`q${index}`, index % 2 === 0 ? 40 : 10, 25, 25, 25)));

  it('have a side where share and mean leave the middle together', () => {
    expect([synergy, interference, neither].map(seedRegime)).toEqual(['mostly synergy', 'mostly interference', 'not decided']);
  });

  it('name a regime only where enough of them agree', () => {
    expect(LEAST_SEEDS).toBe(3);
    expect(summariseSeeds([synergy, synergy, synergy])).toMatchObject({ regime: 'mostly synergy', reason: 'all 3 training seeds agree, each with intervals on that side' });
    expect(summariseSeeds([interference, interference, interference, interference]).regime).toBe('mostly interference');
    expect(summariseSeeds([interference, interference])).toMatchObject({ regime: 'not decided', reason: '2 training seeds say “mostly interference”, and 3 must agree' });
    expect(summariseSeeds([interference])).toMatchObject({ regime: 'not decided', mean: { deviation: null } });
    expect(summariseSeeds([interference, synergy, interference])).toMatchObject({ regime: 'not decided', reason: 'the training seeds do not agree' });
    expect(summariseSeeds([neither, neither, neither])).toMatchObject({ regime: 'not decided', reason: 'the intervals of all 3 training seeds hold both signs' });
    expect(summariseSeeds([])).toMatchObject({ regime: 'not decided', negative: null });
  });

  it('have a spread', () => {
    const { mean, negative } = summariseSeeds([synergy, interference, neither]);
    expect(negative).toEqual({ mean: 0.5, deviation: 0.5, low: 0, high: 1 });
    expect(mean!.low).toBe(interference.mean!.estimate);
    expect(mean!.high).toBe(synergy.mean!.estimate);
    expect(mean!.deviation).toBeGreaterThan(1);
  });
});
