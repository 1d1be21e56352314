import { describe, expect, it } from 'vitest';
import { cellColour, inkOn, moveCell, scaleReach } from './heat-map-layout.ts';

describe('heat map', () => {
  it('covers the farthest value, ignoring undefined ones', () => {
    expect(scaleReach([88, 91.5, Number.NaN], 90)).toBe(2);
    expect(scaleReach([], 90)).toBe(0.5);
    expect(scaleReach([0], 90)).toBe(90);
  });
  it('is symmetric about its centre and clamps beyond', () => {
    expect(cellColour(90, 90, 10)).toBe(cellColour(90, 90, 2));
    expect(cellColour(40, 90, 10)).toBe(cellColour(80, 90, 10));
    expect(cellColour(85, 90, 10)).not.toBe(cellColour(95, 90, 10));
  });
  it('writes black on light and white on dark', () => {
    expect(inkOn('rgb(247, 247, 247)')).toBe('#000000');
    expect(inkOn('rgb(45, 0, 75)')).toBe('#ffffff');
  });
  it('moves by arrow keys inside the grid', () => {
    expect(moveCell({ row: 0, column: 0 }, 'ArrowLeft', 4, 7)).toEqual({ row: 0, column: 0 });
    expect(moveCell({ row: 3, column: 2 }, 'ArrowDown', 4, 7)).toEqual({ row: 3, column: 2 });
    expect(moveCell({ row: 1, column: 2 }, 'End', 4, 7)).toEqual({ row: 1, column: 6 });
    expect(moveCell({ row: 1, column: 2 }, 'x', 4, 7)).toBeNull();
  });
});
