import { describe, expect, it } from 'vitest';
import { Random } from '../random.ts';
import { analyseLeas, DEFAULT_LEAS_SETTINGS } from './analyse.ts';
import type { LeasSettings } from './analyse.ts';
import type { QuestionCounts } from './coefficients.ts';
import { binomialCumulative, invert } from './draws.ts';
import { formatEffect, formatShare } from './finding.ts';
import { PUBLISHED_SHARES } from './published.ts';
import { shareOf } from './share.ts';

const SETTINGS: LeasSettings = { ...DEFAULT_LEAS_SETTINGS, draws: 200, splits: 50, repeats: 50 };

/** Questions of these true accuracies, 50 samples each. */
function questions(number: number, uni: number, seed: number): QuestionCounts[] {
  const random = new Random(seed);
  const truth = { base: 0.3, m_tool: 0.45, m_reas: 0.45, m_uni: uni, h_tool: 0.4, h_reas: 0.4, h_both: 0.5 };
  const tables = Object.entries(truth).map(([model, p]) => [model, binomialCumulative(50, p)] as const);
  return Array.from({ length: number }, (_, index) => ({
    question: `question ${index}`,
    counts: Object.fromEntries(tables.map(([model, cumulative]) => [model, { k: invert(cumulative, random.uniform()), n: 50 }])),
    attributes: { hops: String(index % 3) },
  }));
}

describe('the analysis', () => {
  const synergy = questions(120, 0.85, 1);

  it('is the same for the same seed, in any order', () => {
    const [one, other] = [synergy, [...synergy].reverse()].map((list) => analyseLeas([{ seed: null, questions: list }], SETTINGS));
    expect({ ...other.runs[0], rows: 0 }).toEqual({ ...one.runs[0], rows: 0 });
    expect(other.finding).toBe(one.finding);
  });

  it('finds what is there', () => {
    const { runs, finding, caveat, seeds } = analyseLeas([{ seed: null, questions: synergy }], SETTINGS);
    const [{ effects, hBoth, scales, histogram }] = runs;
    expect(effects.tool_x_reasoning.mean!.estimate).toBeGreaterThan(0.8);
    expect(scales.logit).toBe(effects.tool_x_reasoning);
    expect(scales.probability.mean!.estimate).toBeCloseTo(0.25, 1);
    expect(hBoth!.counted).toBe(120);
    expect(histogram.counts.reduce((sum, count) => sum + count, 0)).toBe(120);
    expect(finding).toMatch(/^tool × reasoning is negative in \d+ % \[\d+, \d+\] of 1[12]\d questions.*, where a placebo gives \d+ % \[\d+, \d+\]: fewer than noise alone gives; mean \d\.\d\d \[\d\.\d\d, \d\.\d\d\] \(logit\), \d+ of 120 intervals lies? below 0 and \d+ above\.$/);
    expect(caveat).toMatch(/proves neither interference nor synergy: with these accuracies .* \d+ % would be negative .* and \d+ %/);
    expect(seeds.regime).toBe('not decided');
  });

  it('says what three training seeds agree on', () => {
    const counts = [1, 2, 3].map((seed) => ({ seed: String(seed), questions: questions(120, 0.9, seed) }));
    expect(analyseLeas(counts, SETTINGS).finding).toMatch(/^Over 3 training seeds tool × reasoning is negative in \d+ % to \d+ % of .*, where placebos lie between \d+ % and \d+ %; mean \d\.\d\d \(logit, \d\.\d\d sd between seeds\): mostly synergy, since all 3/);
  });

  it('says why there is nothing', () => {
    const of = (k: number) => ({ k, n: 16 });
    const never = { question: 'a', counts: { base: of(0), m_tool: of(0), m_reas: of(0), m_uni: of(0) }, attributes: {} };
    const missing = { question: 'b', counts: { base: of(1) }, attributes: {} };
    expect(analyseLeas([], SETTINGS).finding).toBe('No tool × reasoning: there are no counts.');
    expect(analyseLeas([{ seed: null, questions: [never, missing] }], SETTINGS).finding).toBe('No tool × reasoning: 1 question without counts of M_Uni, M_Tool, M_Reas or Base and 1 question that no model ever answered.');
    const tied = { ...never, counts: { base: of(3), m_tool: of(3), m_reas: of(3), m_uni: of(3) } };
    expect(analyseLeas([{ seed: null, questions: [tied] }], SETTINGS).finding).toBe('tool × reasoning is exactly 0 in all 1 questions: their counts tie.');
  });

  it('refuses settings that are none', () => {
    expect(() => analyseLeas([], { ...SETTINGS, splits: 0 })).toThrow(/0 splits/);
    expect(() => analyseLeas([], { ...SETTINGS, epsilon: 2 })).toThrow(RangeError);
  });
});

describe('words', () => {
  it('have true minus signs and dashes', () => {
    expect([formatEffect(-0.314), formatEffect(-0.001), formatShare(shareOf(0, 0)), formatShare(shareOf(10, 40))]).toEqual(['−0.31', '0.00', '–', '25 % [14, 40]']);
  });
});

describe('the published shares', () => {
  it('are those of v1', () => {
    expect(PUBLISHED_SHARES.map(({ backbone, dataset, negative }) => `${backbone} ${dataset} ${(100 * negative).toFixed(1)}`)).toEqual(['Qwen2.5-7B NQ 66.1', 'Qwen2.5-3B NQ 61.8', 'Qwen2.5-7B HotpotQA 67.2', 'Qwen2.5-3B HotpotQA 42.3']);
  });
});
