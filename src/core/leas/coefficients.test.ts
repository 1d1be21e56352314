import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Random } from '../random.ts';
import { accuracyOf, accuracyTables, onScale, SCALES, smoothedProbability } from './accuracy.ts';
import type { AccuracyChoice, Count } from './accuracy.ts';
import { questionEffects } from './coefficients.ts';
import type { Counts } from './coefficients.ts';
import { binomialCumulative, invert } from './draws.ts';
import { DESIGN, EFFECTS, MODELS } from './models.ts';

const LOGIT: AccuracyChoice = { scale: 'logit', epsilon: null };
const count = fc.integer({ min: 1, max: 200 }).chain((n) => fc.integer({ min: 0, max: n }).map((k): Count => ({ k, n })));
const counts = fc.record({ base: count, m_reas: count, m_tool: count, m_uni: count, h_tool: count, h_reas: count, h_both: count });

function effectsOf(given: Counts, choice = LOGIT) {
  return questionEffects({ question: 'q', counts: given, attributes: {} }, choice);
}

describe('accuracies', () => {
  it('are the formulas by hand', () => {
    expect(accuracyOf({ k: 10, n: 50 }, LOGIT).value).toBeCloseTo(Math.log(10.5 / 40.5), 14);
    expect(accuracyOf({ k: 10, n: 50 }, LOGIT).variance).toBeCloseTo(1 / 10.5 + 1 / 40.5, 14);
    expect(accuracyOf({ k: 0, n: 50 }, { scale: 'logit', epsilon: 0.001 }).value).toBeCloseTo(Math.log(0.001 / 0.999), 12);
    expect(accuracyOf({ k: 10, n: 50 }, { scale: 'logit', epsilon: 0.001 }).value).toBeCloseTo(Math.log(0.25), 12);
    expect(accuracyOf({ k: 10, n: 50 }, { scale: 'probability', epsilon: null })).toEqual({ value: 0.2, variance: (10.5 * 40.5) / (51 * 51 * 50) });
    const failure = accuracyOf({ k: 10, n: 50 }, { scale: 'log-failure', epsilon: null });
    expect(failure.value).toBeCloseTo(-Math.log(40.5 / 51), 14);
    expect(failure.variance).toBeCloseTo(1 / 40.5 - 1 / 51, 14);
    expect(accuracyOf({ k: 50, n: 50 }, { scale: 'log-failure', epsilon: 0.01 }).value).toBeCloseTo(-Math.log(0.01), 12);
  });

  it('rise with k on every scale, have positive variance, and agree with the smoothed probability', () => {
    fc.assert(
      fc.property(count, fc.constantFrom(...SCALES), ({ k, n }, scale) => {
        const choice = { scale, epsilon: null };
        expect(accuracyOf({ k, n }, choice).variance).toBeGreaterThan(0);
        if (k < n) expect(accuracyOf({ k: k + 1, n }, choice).value).toBeGreaterThan(accuracyOf({ k, n }, choice).value);
        if (scale !== 'probability') expect(accuracyOf({ k, n }, choice).value).toBeCloseTo(onScale(smoothedProbability({ k, n }), scale), 10);
        const table = accuracyTables(choice)(n);
        expect({ value: table.values[k], variance: table.variances[k] }).toEqual(accuracyOf({ k, n }, choice));
      }),
    );
  });

  it('refuse what is no count and no ε', () => {
    for (const bad of [{ k: 3, n: 2 }, { k: -1, n: 2 }, { k: 0.5, n: 2 }, { k: 0, n: 0 }]) expect(() => accuracyOf(bad, LOGIT)).toThrow(RangeError);
    for (const epsilon of [0, 0.5, Number.NaN]) expect(() => effectsOf({}, { scale: 'logit', epsilon })).toThrow(/between 0 and 0\.5/);
    expect(() => effectsOf({}, { scale: 'probability', epsilon: 0.01 })).toThrow(/Nothing is clipped/);
  });
});

describe('coefficients', () => {
  it('give back the accuracies through the design, on every scale', () => {
    fc.assert(
      fc.property(counts, fc.constantFrom(...SCALES), (given, scale) => {
        const choice = { scale, epsilon: null };
        const { coefficients, hBoth } = effectsOf(given, choice);
        for (const model of MODELS) {
          const value = EFFECTS.reduce((sum, effect) => sum + DESIGN[model][effect] * coefficients[effect]!.estimate, 0);
          if (model === 'h_both') expect(hBoth!.predicted).toBeCloseTo(value, 10);
          else expect(accuracyOf(given[model], choice).value).toBeCloseTo(value, 10);
        }
        expect(hBoth!.residual.estimate).toBeCloseTo(hBoth!.measured - hBoth!.predicted, 10);
      }),
    );
  });

  it('have the errors of the models that they are made of', () => {
    const given = { base: { k: 5, n: 50 }, m_tool: { k: 20, n: 50 }, m_reas: { k: 10, n: 40 }, m_uni: { k: 30, n: 60 } };
    const { coefficients, hBoth, missing } = effectsOf(given);
    const found = coefficients.tool_x_reasoning!;
    const variance = Object.values(given).reduce((sum, one) => sum + accuracyOf(one, LOGIT).variance, 0);
    expect(found.standardError).toBeCloseTo(Math.sqrt(variance), 12);
    expect(found.high - found.low).toBeCloseTo(2 * 1.959964 * found.standardError, 5);
    expect([coefficients.tool, coefficients.base_x_reasoning, hBoth]).toEqual([null, null, null]);
    expect(coefficients.base).not.toBeNull();
    expect(missing).toEqual(['h_tool', 'h_reas']);
  });

  it('are exactly 0 where counts tie, and never where they do not', () => {
    const tied = (uni: number, tool: number, reasoning: number, base: number, n: number, scale: (typeof SCALES)[number]): number =>
      effectsOf({ m_uni: { k: uni, n }, m_tool: { k: tool, n }, m_reas: { k: reasoning, n }, base: { k: base, n } }, { scale, epsilon: null }).coefficients.tool_x_reasoning!.estimate;
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1000 }), fc.constantFrom(...SCALES), fc.infiniteStream(fc.nat()), (n, scale, naturals) => {
        const [u, t, r, b] = Array.from({ length: 4 }, () => naturals.next().value % (n + 1));
        expect(tied(u, u, b, b, n, scale)).toBe(0);
        expect(tied(u, t, u, t, n, scale)).toBe(0);
        const odd = (x: number): bigint => BigInt(2 * x + 1);
        const [success, failure] = [odd(u) * odd(b) - odd(t) * odd(r), odd(n - u) * odd(n - b) - odd(n - t) * odd(n - r)];
        const logit = odd(u) * odd(b) * odd(n - t) * odd(n - r) - odd(t) * odd(r) * odd(n - u) * odd(n - b);
        const exact = { logit, 'log-failure': -failure, probability: BigInt(u - t - r + b) }[scale];
        expect(success).toBeTypeOf('bigint');
        expect(Math.sign(tied(u, t, r, b, n, scale))).toBe(exact === 0n ? 0 : exact > 0n ? 1 : -1);
      }),
      { numRuns: 300 },
    );
    // 1·3·(…) ties that are no equal pairs: odds 1/5 · 5/1 = 1.
    expect(tied(1, 0, 2, 1, 2, 'logit')).toBe(0);
  });

  it('tell questions that no model ever answered', () => {
    expect(effectsOf({ base: { k: 0, n: 50 }, m_uni: { k: 0, n: 50 } }).neverAnswered).toBe(true);
    expect(effectsOf({ base: { k: 0, n: 50 }, h_both: { k: 1, n: 50 } }).neverAnswered).toBe(false);
  });
});

describe('the 95 % interval of tool × reasoning at n = 50', () => {
  const N = 50;

  /** Share of simulated questions whose interval holds the truth. */
  function coverage(p: { base: number; tool: number; reasoning: number; uni: number }, choice: AccuracyChoice, draws = 8000): number {
    const random = new Random(5).stream(JSON.stringify(p));
    const table = accuracyTables(choice)(N);
    const [uni, tool, reasoning, base] = [p.uni, p.tool, p.reasoning, p.base].map((one) => binomialCumulative(N, one));
    const truth = onScale(p.uni, choice.scale) - onScale(p.tool, choice.scale) - onScale(p.reasoning, choice.scale) + onScale(p.base, choice.scale);
    let inside = 0;
    for (let draw = 0; draw < draws; draw++) {
      const [u, t, r, b] = [uni, tool, reasoning, base].map((cumulative) => invert(cumulative, random.uniform()));
      const value = table.values[u] - table.values[t] - table.values[r] + table.values[b];
      const variance = table.variances[u] + table.variances[t] + table.variances[r] + table.variances[b];
      if (Math.abs(value - truth) <= 1.959964 * Math.sqrt(variance)) inside++;
    }
    return inside / draws;
  }

  const MODERATE = [
    { base: 0.3, tool: 0.5, reasoning: 0.5, uni: 0.7 },
    { base: 0.5, tool: 0.5, reasoning: 0.5, uni: 0.5 },
    { base: 0.2, tool: 0.4, reasoning: 0.3, uni: 0.5 },
    { base: 0.2, tool: 0.2, reasoning: 0.2, uni: 0.2 },
  ];

  it.each(SCALES.flatMap((scale) => MODERATE.map((p) => [scale, p] as const)))('covers about as often as it says: %s, %j', (scale, p) => {
    const covered = coverage(p, { scale, epsilon: null });
    expect(covered).toBeGreaterThan(0.935);
    expect(covered).toBeLessThan(0.97);
  });

  // Where accuracies are near 0 or 1 the half that is added pulls z towards 0: intervals are too wide when all four
  // models are alike, and too narrow when one of them is at the edge alone.
  it.each([
    [{ base: 0.05, tool: 0.05, reasoning: 0.05, uni: 0.05 }, 0.98, 1],
    [{ base: 0.9, tool: 0.98, reasoning: 0.98, uni: 0.995 }, 0.98, 1],
    [{ base: 0.005, tool: 0.5, reasoning: 0.5, uni: 0.5 }, 0.87, 0.92],
    [{ base: 0.002, tool: 0.5, reasoning: 0.998, uni: 0.5 }, 0.77, 0.84],
  ] as const)('is off near 0 and 1 on the logit scale: %j', (p, low, high) => {
    const covered = coverage(p, LOGIT);
    expect(covered).toBeGreaterThan(low);
    expect(covered).toBeLessThanOrEqual(high);
  });

  it('is too narrow with clipping, the more so the smaller ε is', () => {
    const p = { base: 0.05, tool: 0.05, reasoning: 0.05, uni: 0.05 };
    expect(coverage(p, { scale: 'logit', epsilon: 1e-3 })).toBeLessThan(0.85);
    expect(coverage(p, { scale: 'logit', epsilon: 1e-6 })).toBeLessThan(0.77);
  });
});
