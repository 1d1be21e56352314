import { describe, expect, it } from 'vitest';
import { smooth } from './smoothing.ts';

describe('smooth', () => {
  it('leaves a constant where it is, from the first value on', () => {
    for (const value of smooth([3, 3, 3, 3], 0.9)) expect(value).toBeCloseTo(3, 12);
  });

  it('is nothing at weight 0, and a weighted mean of what came before otherwise', () => {
    expect(smooth([1, 5, 2], 0)).toEqual([1, 5, 2]);
    expect(smooth([0, 1], 0.5)[1]).toBeCloseTo(2 / 3, 12);
  });

  it('passes over what is undefined', () => {
    expect(smooth([1, null, NaN, 1], 0.6)).toEqual([1, null, null, 1]);
  });
});
