import { describe, expect, it } from 'vitest';
import { studentCdf, studentQuantile } from './student-t.ts';
import { normalQuantile } from './summary.ts';

describe('Student’s t', () => {
  it('has the closed forms of one, two and four degrees of freedom', () => {
    for (const p of [0.6, 0.9, 0.975, 0.999]) {
      expect(studentQuantile(p, 1)).toBeCloseTo(Math.tan(Math.PI * (p - 0.5)), 9 - Math.ceil(Math.log10(1 / (1 - p))));
      expect(studentQuantile(p, 2)).toBeCloseTo((2 * p - 1) / Math.sqrt(2 * p * (1 - p)), 9);
      const alpha = 4 * p * (1 - p);
      expect(studentQuantile(p, 4)).toBeCloseTo(2 * Math.sqrt(Math.cos(Math.acos(Math.sqrt(alpha)) / 3) / Math.sqrt(alpha) - 1), 9);
    }
  });

  it('agrees with printed tables, is odd, and becomes the normal distribution', () => {
    for (const [freedom, value] of [[3, 3.1824], [9, 2.2622], [63, 1.9983], [519, 1.9645]]) expect(studentQuantile(0.975, freedom)).toBeCloseTo(value, 4);
    expect(studentQuantile(0.025, 7)).toBeCloseTo(-studentQuantile(0.975, 7), 12);
    expect(studentQuantile(0.5, 7)).toBeCloseTo(0, 12);
    expect(studentQuantile(0.975, 99_999)).toBeCloseTo(normalQuantile(0.975), 4);
    expect(studentQuantile(0.975, Infinity)).toBe(normalQuantile(0.975));
  });

  it('is the inverse of its distribution function, also where degrees of freedom are no whole number', () => {
    for (const freedom of [0.7, 1.5, 2.5, 11.3, 200]) for (const p of [0.55, 0.8, 0.975]) expect(studentCdf(studentQuantile(p, freedom), freedom)).toBeCloseTo(p, 10);
    expect(() => studentQuantile(1, 3)).toThrow(RangeError);
    expect(() => studentQuantile(0.5, 0)).toThrow(RangeError);
  });
});
