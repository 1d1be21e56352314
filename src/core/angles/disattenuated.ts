import type { Random } from '../random.ts';
import { clusterIndices, percentileInterval, resampleCounts } from '../statistics/bootstrap.ts';
import { memberPairs, reasoningOf, toolOf } from './designs.ts';
import { cosineOf } from './geometry.ts';
import { PARTS } from './population.ts';
import type { Group } from './population.ts';
import type { AngleSettings, Interval, Maybe } from './types.ts';

/** Fewer questions than this give no usable bootstrap of a ratio. */
export const MIN_QUESTIONS = 5;

/**
 * Disattenuated cosine ĉ = c̄_RT/√(c̄_RR·c̄_TT), each c̄ the mean cosine over pairs of different trajectories of a group.
 * With noise of its own in every rollout, E cos(R_i, R_j) ≈ ρ_r and E cos(R_i, T_j) ≈ cos(μ_r, μ_a)·√(ρ_r ρ_a), so the
 * ratio estimates the cosine of the common directions μ_r and μ_a whatever the noise. It has a meaning only where there
 * are common directions: without c̄_RR and c̄_TT clearly above 0 (bootstrap by question, 2.5 %) it is refused.
 */
export function disattenuatedCosine(groups: readonly Group[], settings: AngleSettings, random: Random): Maybe<Interval> {
  const contributing = groups.map((group) => ({ question: group.question, sums: pairCosines(group, settings.identical) })).filter(({ sums }) => sums[N_SAME] > 0);
  if (contributing.length === 0) return { value: null, reason: 'No question has two different trajectories to compare.' };
  const { index, count } = clusterIndices(contributing.map(({ question }) => question));
  if (count < MIN_QUESTIONS) {
    return { value: null, reason: `${count} question${count === 1 ? '' : 's'} only: an interval clustered by question needs at least ${MIN_QUESTIONS}.` };
  }
  const clusters = new Float64Array(count * SUMS);
  contributing.forEach(({ sums }, group) => {
    for (let s = 0; s < SUMS; s++) clusters[index[group] * SUMS + s] += sums[s];
  });
  const counts = resampleCounts(count, settings.draws, random);
  const ratios = new Float64Array(settings.draws);
  const rr = new Float64Array(settings.draws);
  const tt = new Float64Array(settings.draws);
  for (let draw = 0; draw < settings.draws; draw++) {
    const means = meansOf(clusters, (cluster) => counts[draw * count + cluster]);
    ratios[draw] = means.ratio;
    rr[draw] = means.rr;
    tt[draw] = means.tt;
  }
  const estimate = meansOf(clusters, () => 1);
  for (const [name, value, draws] of [
    ['R–R', estimate.rr, rr],
    ['T–T', estimate.tt, tt],
  ] as const) {
    const bounds = percentileInterval(draws);
    if (bounds === null || !(bounds.low > 0)) {
      const range = bounds === null ? '' : ` [${bounds.low.toFixed(3)}, ${bounds.high.toFixed(3)}]`;
      return { value: null, reason: `The mean ${name} cosine across trajectories, ${value.toFixed(3)}${range}, is not clearly above 0: there is no common direction to correct for.` };
    }
  }
  const bounds = percentileInterval(ratios);
  if (bounds === null) return { value: null, reason: 'The ratio is undefined in every bootstrap draw.' };
  return { value: { estimate: estimate.ratio, ...bounds } };
}

const [RR, TT, RT, N_SAME, N_CROSS, SUMS] = [0, 1, 2, 3, 4, 5];

/** Sums of cosines over pairs i < j (RR, TT) and i ≠ j (RT) of a group, and their numbers. */
function pairCosines(group: Group, keepIdentical: boolean): Float64Array {
  const sums = new Float64Array(SUMS);
  const size = PARTS * group.members.length;
  for (const [i, j] of memberPairs(group.members, keepIdentical).kept) {
    const sign = Math.sign(group.members[i].weight) * Math.sign(group.members[j].weight);
    const [ri, rj, ti, tj] = [reasoningOf(i), reasoningOf(j), toolOf(i), toolOf(j)];
    const cosines = [cosineOf(group.q, size, ri, rj), cosineOf(group.q, size, ti, tj), cosineOf(group.q, size, ri, tj), cosineOf(group.q, size, rj, ti)];
    if (cosines.some((value) => Number.isNaN(value))) continue;
    sums[RR] += sign * cosines[0];
    sums[TT] += sign * cosines[1];
    sums[RT] += sign * (cosines[2] + cosines[3]);
    sums[N_SAME] += 1;
    sums[N_CROSS] += 2;
  }
  return sums;
}

function meansOf(clusters: Float64Array, weightOf: (cluster: number) => number): { rr: number; tt: number; ratio: number } {
  const total = new Float64Array(SUMS);
  for (let cluster = 0; cluster * SUMS < clusters.length; cluster++) {
    const weight = weightOf(cluster);
    for (let s = 0; s < SUMS; s++) total[s] += weight * clusters[cluster * SUMS + s];
  }
  const rr = total[RR] / total[N_SAME];
  const tt = total[TT] / total[N_SAME];
  return { rr, tt, ratio: rr > 0 && tt > 0 ? total[RT] / total[N_CROSS] / Math.sqrt(rr * tt) : Number.NaN };
}
