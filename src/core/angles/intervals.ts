import type { Random } from '../random.ts';
import { clusterMean, clusterMedian, percentileInterval, resampleCounts, weightedMeans, weightedMedians } from '../statistics/bootstrap.ts';
import type { ClusterInterval } from '../statistics/bootstrap.ts';
import type { Interval } from './types.ts';

/** Figures with what they belong to, in an order that does not depend on the file's. */
export interface Sample {
  readonly values: Float64Array;
  /** Question of each value: the bootstrap's clusters. */
  readonly questions: readonly string[];
  /** Trajectories of each value; equal for a figure within one trajectory. */
  readonly a: readonly number[];
  readonly b: readonly number[];
  /** Values that are averages over many rollouts: these cannot be resampled one by one. */
  readonly averaged: boolean;
}

/** The sample without its undefined (NaN) values. */
export function definedSample(sample: Sample): Sample {
  const kept = Array.from(sample.values.keys()).filter((index) => Number.isFinite(sample.values[index]));
  if (kept.length === sample.values.length) return sample;
  return {
    values: Float64Array.from(kept, (index) => sample.values[index]),
    questions: kept.map((index) => sample.questions[index]),
    a: kept.map((index) => sample.a[index]),
    b: kept.map((index) => sample.b[index]),
    averaged: sample.averaged,
  };
}

/** Median with its interval, or null for no values. */
export function medianInterval(sample: Sample, draws: number, random: Random): Interval | null {
  return interval(sample, draws, random, clusterMedian, weightedMedians);
}

/** Mean with its interval, or null for no values. */
export function meanInterval(sample: Sample, draws: number, random: Random): Interval | null {
  return interval(sample, draws, random, clusterMean, weightedMeans);
}

type Clustered = (values: ArrayLike<number>, names: readonly string[], draws: number, random: Random) => ClusterInterval;
type Weighted = (values: ArrayLike<number>, draws: number, weightOf: (draw: number, index: number) => number) => Float64Array;

/**
 * Whole questions are resampled. With a single question its rollouts are (a pair counts as often as both of its members
 * together), for averages their draws, and the interval says so: it then tells nothing about other questions.
 */
function interval(sample: Sample, draws: number, random: Random, clustered: Clustered, weighted: Weighted): Interval | null {
  const n = sample.values.length;
  if (n === 0) return null;
  const { estimate, interval: found } = clustered(sample.values, sample.questions, draws, random);
  if (found !== null) return { estimate, ...found };
  const none: Interval = { estimate, low: estimate, high: estimate, basis: 'none' };
  if (n === 1) return none;
  const units = sample.averaged ? new Map(sample.a.map((_, index) => [index, index])) : new Map([...new Set([...sample.a, ...sample.b])].map((trajectory, index) => [trajectory, index]));
  const first = Uint32Array.from(sample.a, (trajectory, index) => units.get(sample.averaged ? index : trajectory)!);
  const second = Uint32Array.from(sample.b, (trajectory, index) => units.get(sample.averaged ? index : trajectory)!);
  const counts = resampleCounts(units.size, draws, random);
  const drawn = weighted(sample.values, draws, (draw, index) => {
    const row = draw * units.size;
    const count = counts[row + first[index]];
    return first[index] === second[index] ? count : count * counts[row + second[index]];
  });
  const fallback = percentileInterval(drawn);
  return fallback === null ? none : { estimate, ...fallback, basis: sample.averaged ? 'draws' : 'rollouts' };
}
