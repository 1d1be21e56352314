import { Random } from '../random.ts';
import { normalQuantile, quantileSorted } from '../statistics/summary.ts';
import { overlapDraws } from './designs.ts';
import { DEGREES, cosine, degreesOf } from './geometry.ts';
import { PARTS } from './population.ts';
import type { Group } from './population.ts';
import type { AngleSettings, Interval, Pair } from './types.ts';

/** Pairs of draws per group in the simulated reference of `overlap`. */
const NOISE_DRAWS_PER_GROUP = 200;

/**
 * What the design shows on independent isotropic noise in `parameters` dimensions: median angle, and the 5th to 95th
 * percentile. Where the two gradients of a row share nothing (single, across, within, halves, and every cross pair) the
 * angle is 90° with sd 57.3°/√d, exactly enough for d above a few dozen. `overlap` averages draws that share rollouts:
 * it is simulated with this run's group sizes, advantages and gradient lengths, directions independent.
 */
export function noiseReference(groups: readonly Group[], settings: AngleSettings, parameters: number): Record<Pair, Interval | null> {
  const apart = independentAngle(parameters);
  if (settings.design !== 'overlap') return { RR: apart, TT: apart, RT: apart };
  const random = new Random(settings.seed).stream('noise');
  return { RR: overlapNoise(groups, 0, parameters, random.stream('RR')), TT: overlapNoise(groups, 2, parameters, random.stream('TT')), RT: apart };
}

/** Angle of two independent isotropic vectors in d dimensions. Null for d = 0. */
export function independentAngle(dimensions: number): Interval | null {
  if (!(dimensions > 0)) return null;
  const half = (normalQuantile(0.95) * DEGREES) / Math.sqrt(dimensions);
  return { estimate: 90, low: Math.max(0, 90 - half), high: Math.min(180, 90 + half) };
}

function overlapNoise(groups: readonly Group[], part: number, parameters: number, random: Random): Interval | null {
  const angles: number[] = [];
  for (const { question, block, members, q } of groups) {
    const stream = random.stream(question).stream(block.group);
    const size = PARTS * members.length;
    // Squared length of each member's weighted role gradient, halves together.
    const lengths = members.map(({ weight }, index) => {
      const first = PARTS * index + part;
      return weight * weight * (q[first * size + first] + 2 * q[first * size + first + 1] + q[(first + 1) * size + first + 1]);
    });
    const indices = members.map((_, index) => index);
    for (const [one, other] of overlapDraws(indices, stream, NOISE_DRAWS_PER_GROUP)) {
      const chosen = new Set(other);
      const sum = (list: readonly number[]): number => list.reduce((total, index) => total + lengths[index], 0);
      const shared = cosine(sum(one.filter((index) => chosen.has(index))), sum(one), sum(other));
      if (Number.isNaN(shared)) continue;
      // Inner products of different noise vectors are about N(0, 1/d) beside their lengths.
      angles.push(degreesOf(Math.max(-1, Math.min(1, shared + (parameters > 0 ? stream.normal() / Math.sqrt(parameters) : 0)))));
    }
  }
  if (angles.length === 0) return null;
  const sorted = Float64Array.from(angles).sort();
  return { estimate: quantileSorted(sorted, 0.5), low: quantileSorted(sorted, 0.05), high: quantileSorted(sorted, 0.95) };
}
