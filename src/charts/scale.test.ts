import { describe, expect, it } from 'vitest';
import { linearScale, niceCeiling, ticks } from './scale.ts';

describe('scale', () => {
  it('maps and inverts', () => {
    const scale = linearScale([0, 180], [40, 400]);
    expect(scale(90)).toBe(220);
    expect(scale.invert(220)).toBe(90);
  });
  it('places round ticks', () => {
    expect(ticks(0, 180, 6)).toEqual([0, 20, 40, 60, 80, 100, 120, 140, 160, 180]);
    expect(ticks(80, 100, 4)).toEqual([80, 85, 90, 95, 100]);
    expect(ticks(0, 0.07, 4)).toEqual([0, 0.02, 0.04, 0.06]);
  });
  it('rounds a maximum up to a tick', () => {
    expect(niceCeiling(0.063, 4)).toBe(0.08);
    expect(niceCeiling(0, 4)).toBe(1);
  });
});
