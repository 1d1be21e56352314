import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { GradientProducts } from '../engine/optimiser.ts';
import { standardArms, type Arm } from './arms.ts';
import { clipFactor, gradientReport, mixedNorm, mixingWeights } from './mixing.ts';

const armNamed = (id: string): Arm => standardArms().find((arm) => arm.id === id)!;
const dot = (a: readonly number[], b: readonly number[]): number => a.reduce((sum, value, index) => sum + value * b[index], 0);

/** Products of explicit gradients: [loss][adapter][entry]. */
function productsOf(gradients: readonly (readonly (readonly number[])[])[]): GradientProducts {
  return gradients.map((left) => gradients.map((right) => left.map((own, adapter) => dot(own, right[adapter]))));
}

const vector = fc.array(fc.double({ min: -2, max: 2, noNaN: true }), { minLength: 4, maxLength: 4 });

describe('PCGrad', () => {
  it('adds each gradient’s projection onto the other’s normal plane, where they disagree', () => {
    const arm = armNamed('pcgrad');
    fc.assert(
      fc.property(vector, vector, (one, other) => {
        fc.pre(dot(one, one) > 1e-3 && dot(other, other) > 1e-3);
        const products = productsOf([[one], [other]]);
        const [[first], [second]] = mixingWeights(arm, products);
        const mixed = one.map((value, index) => first * value + second * other[index]);
        const cross = dot(one, other);
        const project = (g: readonly number[], h: readonly number[]): number[] => (cross < 0 ? g.map((value, index) => value - (cross / dot(h, h)) * h[index]) : [...g]);
        const [a, b] = [project(one, other), project(other, one)];
        mixed.forEach((value, index) => expect(value).toBeCloseTo(a[index] + b[index], 8));
        expect(mixedNorm([[first], [second]], products)).toBeCloseTo(Math.sqrt(dot(mixed, mixed)), 6);
      }),
    );
  });

  it('leaves masks alone where nothing disagrees, and other arms always', () => {
    const opposed = productsOf([[[1, 0]], [[-1, 0.1]]]);
    expect(mixingWeights(armNamed('pcgrad'), productsOf([[[1, 0]], [[1, 1]]]))).toEqual([[1], [1]]);
    expect(mixingWeights(armNamed('joint'), opposed)).toEqual([[1], [1]]);
    expect(mixingWeights(armNamed('tool-only'), opposed)).toEqual([[0], [1]]);
  });
});

describe('gradientReport', () => {
  it('gives norms, leakage against the adapter’s own loss, and the angle over all adapters', () => {
    const products = productsOf([
      [[3, 4], [1, 0]],
      [[0, 2.5], [0, 2]],
    ]);
    const { norms, leakage, angle } = gradientReport(armNamed('dart'), products);
    expect(norms).toEqual([[5, 1], [2.5, 2]]);
    expect(leakage).toEqual([[null, 0.5], [0.5, null]]);
    expect(angle).toBeCloseTo((Math.acos(10 / (Math.sqrt(26) * Math.sqrt(10.25))) * 180) / Math.PI, 10);
  });

  it('says nothing where there is nothing', () => {
    const none = gradientReport(armNamed('dart'), productsOf([[[0], [0]], [[1], [1]]]));
    expect(none.angle).toBeNull();
    expect(none.leakage).toEqual([[null, 0], [null, null]]);
    expect(gradientReport(armNamed('joint'), productsOf([[[1, 0]], [[0, 1]]])).leakage).toEqual([[null], [null]]);
  });
});

describe('clipping', () => {
  it('bounds the norm, and 0 is off', () => {
    expect([clipFactor(4, 1), clipFactor(0.5, 1), clipFactor(4, 0)]).toEqual([0.25, 1, 1]);
  });
  it('looks at what the masks let through', () => {
    expect(mixedNorm([[1, 0], [0, 1]], productsOf([[[3], [100]], [[100], [4]]]))).toBe(5);
  });
});
