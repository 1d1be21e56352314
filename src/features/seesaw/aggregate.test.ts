import { describe, expect, it } from 'vitest';
import { aggregate, difference, direction, interval } from './aggregate.ts';

describe('aggregate', () => {
  it('keeps one seed as it is', () => {
    expect(aggregate([{ value: 0.5, error: 0.03, questions: [0, 1] }])).toEqual({ value: 0.5, error: 0.03, questions: [0, 1], seeds: 1 });
    expect(aggregate([])).toBeNull();
  });

  it('adds the squares of both errors', () => {
    const found = aggregate([
      { value: 0.4, error: 0.03, questions: null },
      { value: 0.6, error: 0.05, questions: null },
    ])!;
    expect(found.value).toBeCloseTo(0.5, 12);
    // sd/√n of 0.4 and 0.6 is 0.1; the questions' mean square is (0.03² + 0.05²)/2.
    expect(found.error).toBeCloseTo(Math.sqrt(0.01 + 0.0017), 12);
  });

  it('takes the questions’ error from their means over seeds where they are kept', () => {
    const found = aggregate([
      { value: 0.5, error: 0.5, questions: [0, 1] },
      { value: 0.5, error: 0.5, questions: [1, 0] },
    ])!;
    expect(found.questions).toEqual([0.5, 0.5]);
    expect(found.error).toBeCloseTo(0, 12);
  });
});

describe('difference', () => {
  it('is paired over questions', () => {
    const found = difference({ value: 0.75, error: 0.2, questions: [1, 0.5, 1, 0.5] }, { value: 0.5, error: 0.2, questions: [0.75, 0.25, 0.75, 0.25] });
    expect(found.value).toBeCloseTo(0.25, 12);
    expect(found.error).toBeCloseTo(0, 12);
    expect(direction(found)).toBe(1);
  });

  it('without the questions is wider, and unknown where an error is', () => {
    expect(difference({ value: 0.6, error: 0.03, questions: null }, { value: 0.5, error: 0.04, questions: null }).error).toBeCloseTo(0.05, 12);
    const unknown = difference({ value: 0.6, error: null, questions: null }, { value: 0.5, error: 0.04, questions: null });
    expect(interval(unknown)).toBeNull();
    expect(direction(unknown)).toBe(0);
  });
});
