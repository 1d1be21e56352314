import { describe, expect, it } from 'vitest';
import { Random } from '../random.ts';
import { clusterStandardError } from './cluster-error.ts';
import { mean, Welford } from './summary.ts';

describe('clusterStandardError', () => {
  it('is the ordinary one where each value is its own cluster', () => {
    const values = [1, 4, 2, 8, 5];
    const welford = new Welford();
    for (const value of values) welford.add(value);
    expect(clusterStandardError(values, ['a', 'b', 'c', 'd', 'e'])).toBeCloseTo(welford.deviation / Math.sqrt(5), 12);
  });

  it('does not shrink when each value is only repeated', () => {
    const once = clusterStandardError([0, 1, 1], ['a', 'b', 'c'])!;
    expect(clusterStandardError([0, 0, 1, 1, 1, 1], ['a', 'a', 'b', 'b', 'c', 'c'])).toBeCloseTo(once, 12);
  });

  it('knows nothing from one cluster', () => {
    expect(clusterStandardError([0, 1], ['a', 'a'])).toBeNull();
    expect(clusterStandardError([], [])).toBeNull();
    expect(() => clusterStandardError([1], [])).toThrow(RangeError);
  });

  it('is the spread of means over repeated samples of clusters', () => {
    const random = new Random(3);
    const means: number[] = [];
    const errors: number[] = [];
    for (let sample = 0; sample < 400; sample++) {
      const values: number[] = [];
      const names: string[] = [];
      for (let cluster = 0; cluster < 30; cluster++) {
        const centre = random.normal();
        for (let i = 0; i < 2 + (cluster % 4); i++) {
          values.push(centre + 0.5 * random.normal());
          names.push(String(cluster));
        }
      }
      means.push(mean(values));
      errors.push(clusterStandardError(values, names)!);
    }
    const spread = new Welford();
    for (const value of means) spread.add(value);
    expect(mean(errors) / spread.deviation).toBeGreaterThan(0.9);
    expect(mean(errors) / spread.deviation).toBeLessThan(1.1);
  });
});
