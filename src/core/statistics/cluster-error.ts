import { clusterIndices } from './bootstrap.ts';
import { mean } from './summary.ts';

/**
 * Standard error of a mean whose values come in clusters (rollouts of one question are not independent): the
 * linearised ratio estimator, √(C/(C−1) · Σ_c (Σ_{i∈c} (x_i − x̄))²) / n, which allows for clusters of unequal size. With
 * one value a cluster it is the ordinary standard error. Null for fewer than two clusters.
 */
export function clusterStandardError(values: ArrayLike<number>, names: readonly string[]): number | null {
  if (values.length !== names.length) throw new RangeError(`${values.length} values but ${names.length} cluster names.`);
  const { index, count } = clusterIndices(names);
  if (count < 2) return null;
  const centre = mean(values);
  const sums = new Float64Array(count);
  for (let at = 0; at < values.length; at++) sums[index[at]] += values[at] - centre;
  const squares = sums.reduce((total, sum) => total + sum * sum, 0);
  return Math.sqrt((count / (count - 1)) * squares) / values.length;
}
