import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { denominators, grpoWeights } from './grpo.ts';
import { DEFAULT_TRAINING, rateFactor } from './settings.ts';
import { likelihoodWeights } from './supervised.ts';

const EPSILON = 0.2;

/** The clipped objective with the k3 penalty of one token, as published, for a small step along its log-probability. */
function objective(now: number, old: number, reference: number, advantage: number, kl: number): number {
  const ratio = Math.exp(now - old);
  const clipped = Math.min(1 + EPSILON, Math.max(1 - EPSILON, ratio));
  const d = reference - now;
  return -Math.min(ratio * advantage, clipped * advantage) + kl * (Math.exp(d) - d - 1);
}

describe('grpoWeights', () => {
  it('are the derivative of the clipped objective with k3', () => {
    const nats = fc.double({ min: -3, max: -0.05, noNaN: true });
    fc.assert(
      fc.property(nats, nats, nats, fc.double({ min: -2, max: 2, noNaN: true }), fc.double({ min: 0, max: 0.5, noNaN: true }), (now, old, reference, advantage, kl) => {
        const [p, o, r] = [now, old, reference].map(Math.fround);
        // At the clip's kink there is no derivative.
        fc.pre(Math.abs(Math.exp(p - o) - 1 - EPSILON) > 1e-3 && Math.abs(Math.exp(p - o) - 1 + EPSILON) > 1e-3);
        const { weights } = grpoWeights([{ advantage, abilities: Int8Array.of(-1, 0), old: Float32Array.of(NaN, o) }], [{ policy: Float32Array.of(NaN, p), reference: Float32Array.of(NaN, r) }], 1, { denominator: 'sum', clipRatio: EPSILON, kl });
        const h = 1e-5;
        const slope = (objective(p + h, o, r, advantage, kl) - objective(p - h, o, r, advantage, kl)) / (2 * h);
        // The loss is −w·log π, so w is minus the slope; weights are f32.
        expect(-weights[0][0][1]).toBeCloseTo(slope, 4);
      }),
    );
  });

  it('take the first pass as it is, and split tokens by loss', () => {
    const rows = [
      { advantage: 2, abilities: Int8Array.of(-1, 0, 1, 0), old: Float32Array.of(NaN, -1, -1, -1) },
      { advantage: -1, abilities: Int8Array.of(-1, 1, -1, 0), old: Float32Array.of(NaN, -1, NaN, -2) },
    ];
    const first = rows.map(() => ({ policy: null, reference: null }));
    const { weights, ...rest } = grpoWeights(rows, first, 2, { denominator: 'response', clipRatio: EPSILON, kl: 0 });
    expect(rest).toEqual({ clipFraction: 0, kl: 0, ratioError: 0 });
    expect(weights.map((loss) => loss.map((row) => [...row].map((value) => 5 * value)))).toEqual([
      [[0, 2, 0, 2], [0, 0, 0, -1]],
      [[0, 0, 2, 0], [0, -1, 0, 0]],
    ].map((loss) => loss.map((row) => row.map((value) => 5 * Math.fround(value / 5)))));
  });

  it('counts what was clipped and how far the policy moved', () => {
    const rows = [{ advantage: 1, abilities: Int8Array.of(-1, 0, 0), old: Float32Array.of(NaN, -1, -1) }];
    const { clipFraction, ratioError, weights } = grpoWeights(rows, [{ policy: Float32Array.of(NaN, -0.5, -1), reference: null }], 1, { denominator: 'sum', clipRatio: EPSILON, kl: 0 });
    expect(clipFraction).toBe(0.5);
    expect(ratioError).toBeCloseTo(Math.exp(0.5) - 1, 5);
    expect([...weights[0][0]]).toEqual([0, 0, 1]);
  });
});

describe('denominators', () => {
  const rows = [{ abilities: Int8Array.of(-1, 0, 0, 1) }, { abilities: Int8Array.of(-1, 0, -1, -1) }];
  it('are 1, all written tokens, or those of the ability', () => {
    expect(denominators(rows, 2, 'sum')).toEqual([1, 1]);
    expect(denominators(rows, 2, 'response')).toEqual([4, 4]);
    expect(denominators(rows, 2, 'ability')).toEqual([3, 1]);
    expect(denominators([], 2, 'ability')).toEqual([1, 1]);
  });
  it('divide the weights of given trajectories', () => {
    expect(likelihoodWeights(rows, 2, 'response').map((loss) => loss.map((row) => [...row]))).toEqual([[[0, 0.25, 0.25, 0], [0, 0.25, 0, 0]], [[0, 0, 0, 0.25], [0, 0, 0, 0]]]);
  });
});

describe('rateFactor', () => {
  const at = (change: Partial<typeof DEFAULT_TRAINING>, step: number): number => rateFactor({ ...DEFAULT_TRAINING, steps: 10, warmUp: 2, ...change }, step);
  it('warms up, then stays', () => {
    expect([0, 1, 2, 9].map((step) => at({}, step))).toEqual([0.5, 1, 1, 1]);
    expect(at({ warmUp: 0 }, 0)).toBe(1);
  });
  it('falls along half a cosine to 0', () => {
    expect(at({ schedule: 'cosine' }, 2)).toBe(1);
    expect(at({ schedule: 'cosine' }, 6)).toBeCloseTo(0.5, 12);
    expect(at({ schedule: 'cosine' }, 10)).toBeCloseTo(0, 12);
    fc.assert(fc.property(fc.nat(9), (step) => at({ schedule: 'cosine' }, step + 3) <= at({ schedule: 'cosine' }, step + 2) + 1e-12));
  });
});
