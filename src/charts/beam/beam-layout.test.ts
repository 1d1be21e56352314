import { describe, expect, it } from 'vitest';
import { beamGrid, beamHeights, beamReach } from './beam-layout.ts';

describe('beamHeights', () => {
  it('draws both numbers: ends at their changes, the fulcrum at their mean', () => {
    expect(beamHeights(0.05, -0.05, 0.1, 200, 50)).toMatchObject({ reasoning: 25, tool: -25, middle: 0 });
    const level = beamHeights(0.04, 0.04, 0.1, 200, 50);
    expect(level.middle).toBeCloseTo(20, 12);
    expect(level.tilt).toBeCloseTo(0, 12);
    expect(beamHeights(0, 0.1, 0.1, 50, 50).tilt).toBeCloseTo(45, 9);
  });
});

describe('beamReach', () => {
  it('holds the largest change with its error, and 5 points at least', () => {
    expect(beamReach([])).toBeGreaterThanOrEqual(0.05);
    const end = { value: 0.5, error: 0.03, change: -0.12, changeError: 0.04 };
    expect(beamReach([end, null])).toBeGreaterThanOrEqual(0.16);
  });
});

describe('beamGrid', () => {
  it('fills rows evenly', () => {
    expect(beamGrid(5, 800, 236)).toMatchObject({ columns: 3, rows: 2 });
    expect(beamGrid(4, 800, 236)).toMatchObject({ columns: 2, rows: 2 });
    expect(beamGrid(2, 300, 236)).toMatchObject({ columns: 1, rows: 2 });
    expect(beamGrid(0, 300, 236)).toMatchObject({ columns: 1, rows: 1 });
  });
});
