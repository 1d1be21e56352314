import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Random } from '../random.ts';
import { questionEffects } from './coefficients.ts';
import type { QuestionEffects } from './coefficients.ts';
import { splitHalfPlacebo } from './placebo.ts';
import { impliedAccuracy, interactionOf, referenceWorlds } from './worlds.ts';

const LOGIT = { scale: 'logit', epsilon: null } as const;
const probability = fc.double({ min: 0.001, max: 0.999, noNaN: true });
const singles = fc.record({ base: probability, tool: probability, reasoning: probability });
/** Far enough from D = 0 that rounding does not decide the sign. */
const product = ({ base, tool, reasoning }: { base: number; tool: number; reasoning: number }): number => (tool - base) * (reasoning - base);

function question(index: number, uni: number, tool: number, reasoning: number, base: number, n = 50): QuestionEffects {
  const of = (k: number) => ({ k, n });
  return questionEffects({ question: `q${index}`, counts: { m_uni: of(uni), m_tool: of(tool), m_reas: of(reasoning), base: of(base) }, attributes: {} }, LOGIT);
}

describe('signs in the reference worlds', () => {
  it('are 0 where logits add', () => {
    fc.assert(
      fc.property(singles, (p) => {
        const uni = impliedAccuracy('logit_additive', p);
        fc.pre(uni > 1e-6 && uni < 1 - 1e-6);
        expect(interactionOf(uni, p, 'logit')).toBeCloseTo(0, 8);
      }),
    );
  });

  it('are those of −D for independent failures, on logit and probability scale, and 0 on −log failure', () => {
    fc.assert(
      fc.property(singles, (p) => {
        const uni = impliedAccuracy('independent_failures', p);
        fc.pre(uni > 1e-6 && Math.abs(product(p)) > 1e-9);
        expect(Math.sign(interactionOf(uni, p, 'logit'))).toBe(-Math.sign(product(p)));
        expect(interactionOf(uni, p, 'probability')).toBeCloseTo(-product(p) / (1 - p.base), 9);
        expect(interactionOf(uni, p, 'log-failure')).toBeCloseTo(0, 8);
      }),
    );
  });

  it('are those of D for two stages, on every scale', () => {
    fc.assert(
      fc.property(singles, (p) => {
        const uni = impliedAccuracy('two_stages', p);
        fc.pre(uni < 1 - 1e-6 && Math.abs(product(p)) > 1e-9);
        for (const scale of ['logit', 'log-failure', 'probability'] as const) expect(Math.sign(interactionOf(uni, p, scale))).toBe(Math.sign(product(p)));
        expect(interactionOf(uni, p, 'probability')).toBeCloseTo(product(p) / p.base, 8);
      }),
    );
  });

  it('can always be made by independent failures when both help; two stages only while p_T p_R ≤ p_B', () => {
    fc.assert(
      fc.property(singles, (p) => {
        fc.pre(p.tool >= p.base && p.reasoning >= p.base);
        const implied = impliedAccuracy('independent_failures', p);
        expect(implied >= 0 && implied <= 1).toBe(true);
      }),
    );
    expect(impliedAccuracy('two_stages', { base: 0.1, tool: 0.5, reasoning: 0.5 })).toBeCloseTo(2.5, 12);
  });

  it('are 0 in every world when one training changes nothing', () => {
    const p = { base: 0.3, tool: 0.6, reasoning: 0.3 };
    for (const world of ['logit_additive', 'independent_failures', 'two_stages'] as const) expect(impliedAccuracy(world, p)).toBeCloseTo(0.6, 12);
  });
});

describe('reference worlds with sampling noise', () => {
  // M_Uni's own counts do not enter.
  const rows = Array.from({ length: 60 }, (_, index) => question(index, 30, 20 + (index % 5), 22 + (index % 3), 12 + (index % 4)));
  const worlds = referenceWorlds(rows, LOGIT, 100, new Random(1));

  it('are seeded, in any order of the questions, and independent of M_Uni', () => {
    expect(referenceWorlds([...rows].reverse(), LOGIT, 100, new Random(1))).toEqual(worlds);
    expect(referenceWorlds(rows.map((_, index) => question(index, 3, 20 + (index % 5), 22 + (index % 3), 12 + (index % 4))), LOGIT, 100, new Random(1))).toEqual(worlds);
    expect(referenceWorlds(rows, LOGIT, 100, new Random(2))).not.toEqual(worlds);
  });

  it('imply one sign and blur it', () => {
    const [additive, failures, stages] = worlds;
    expect(additive.implied).toMatchObject({ count: 0, of: 0 });
    expect(failures.implied).toMatchObject({ count: 60, of: 60 });
    expect(stages.implied).toMatchObject({ count: 0, of: 60 });
    expect(worlds.map(({ held }) => held)).toEqual([0, 0, 0]);
    expect(additive.negative!.mean).toBeGreaterThan(0.45);
    expect(additive.negative!.mean).toBeLessThan(0.55);
    expect(failures.negative!.mean).toBeGreaterThan(0.6);
    expect(failures.negative!.mean).toBeLessThan(1);
    expect(stages.negative!.mean).toBeLessThan(0.4);
  });

  it('have histograms that add up to the questions', () => {
    for (const { histogram, questions } of worlds) expect(histogram.counts.reduce((sum, count) => sum + count, 0) + histogram.below + histogram.above).toBeCloseTo(questions, 9);
  });

  it('tell where a world cannot have these accuracies', () => {
    const [, failures, stages] = referenceWorlds([question(0, 49, 45, 45, 10), question(1, 5, 2, 2, 30)], LOGIT, 10, new Random(1));
    expect([failures.held, stages.held]).toEqual([1, 2]);
  });
});

describe('the split-half placebo', () => {
  const rows = Array.from({ length: 150 }, (_, index) => question(index, 40, 15 + (index % 20), 10 + (index % 11), 5 + (index % 7)));
  const placebo = splitHalfPlacebo(rows, LOGIT, 200, new Random(1));

  it('has half of its signs negative whatever the counts say', () => {
    expect(placebo.negative!.mean).toBeGreaterThan(0.485);
    expect(placebo.negative!.mean).toBeLessThan(0.515);
    // About a binomial share of 150 questions: 0.42 to 0.58.
    expect(placebo.negative!.low).toBeCloseTo(0.42, 1);
    expect(placebo.negative!.high).toBeCloseTo(0.58, 1);
    expect(placebo).toMatchObject({ repeats: 200, questions: 150, unsplit: 0 });
  });

  it('calibrates the intervals: few leave 0, each side as often', () => {
    expect(placebo.intervalBelow!.mean).toBeLessThan(0.03);
    expect(Math.abs(placebo.intervalBelow!.mean - placebo.intervalAbove!.mean)).toBeLessThan(0.004);
  });

  it('does not lean for odd n, is seeded, and needs two samples', () => {
    const odd = splitHalfPlacebo(Array.from({ length: 300 }, (_, index) => question(index, 3, 2, 2, 1, 5)), LOGIT, 200, new Random(4));
    expect(Math.abs(odd.negative!.mean - 0.5)).toBeLessThan(0.015);
    expect(splitHalfPlacebo([...rows].reverse(), LOGIT, 200, new Random(1))).toEqual(placebo);
    expect(splitHalfPlacebo([question(0, 1, 0, 1, 0, 1)], LOGIT, 20, new Random(1))).toMatchObject({ questions: 0, unsplit: 1, negative: null, ties: null });
  });
});
