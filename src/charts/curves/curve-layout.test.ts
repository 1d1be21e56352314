import { describe, expect, it } from 'vitest';
import { assignSlots } from '../series.ts';
import { type Curve, layoutCurves, nearest, pointAt, spread, yDomain } from './curve-layout.ts';

const curve = (points: readonly (readonly [number, number, number | null])[]): Curve => ({ id: 'a', label: 'A', slot: 0, raw: [], points: points.map(([x, y, error]) => ({ x, y, error })) });

describe('yDomain', () => {
  it('holds the error bars, stays within shares, and always shows 90°', () => {
    const [low, high] = yDomain([curve([[0, 0.95, 0.2]])], 'share');
    expect(low).toBeLessThanOrEqual(0.75);
    expect(high).toBe(1);
    const [from, to] = yDomain([curve([[0, 70, null]])], 'angle');
    expect(from).toBeLessThanOrEqual(70);
    expect(to).toBeGreaterThanOrEqual(95);
    expect(yDomain([], 'share')).toEqual([0, 1]);
    // Ticks in whole per cent would repeat themselves over less than five points.
    expect(yDomain([curve([[0, 0, null]])], 'share')).toEqual([0, 0.05]);
    expect(yDomain([curve([[0, 1, null]])], 'share')).toEqual([0.95, 1]);
    expect(yDomain([curve([[0, 0, null]])], 'positive')[0]).toBe(0);
  });
});

describe('layoutCurves', () => {
  it('ticks whole steps only', () => {
    expect(layoutCurves([], 'share', 2, 400, 200, 60).xTicks).toEqual([0, 1, 2]);
  });
});

describe('spread', () => {
  it('keeps order and distance within the bounds', () => {
    const places = spread([50, 10, 12, 99], 14, 0, 100);
    const sorted = [...places].sort((a, b) => a - b);
    for (let i = 1; i < sorted.length; i += 1) expect(sorted[i] - sorted[i - 1]).toBeGreaterThanOrEqual(14 - 1e-9);
    expect(places[1]).toBeLessThan(places[2]);
    expect(Math.max(...places)).toBeLessThanOrEqual(100);
  });
});

describe('what holds at a step', () => {
  it('is the last point until there', () => {
    const { points } = curve([[0, 1, null], [10, 2, null]]);
    expect(pointAt(points, 9)?.y).toBe(1);
    expect(pointAt(points, -1)).toBeNull();
    expect(nearest([0, 10, 20], 14)).toBe(10);
    expect(nearest([], 1)).toBeNull();
  });
});

describe('assignSlots', () => {
  it('gives every name its own, and the preferred one where it is free', () => {
    const slots = assignSlots(['x', 'joint', 'y', 'dart'], { joint: 0, dart: 1 });
    expect(slots.get('joint')).toBe(0);
    expect(slots.get('dart')).toBe(1);
    expect(new Set(slots.values()).size).toBe(4);
    expect(assignSlots(['a', 'b', 'c', 'd', 'e', 'f'], {}).has('f')).toBe(false);
  });
});
