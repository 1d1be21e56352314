import { describe, expect, it } from 'vitest';
import { LAMBDA_BINS, type LambdaHistogram, lambdaHistogram } from '../../core/leas/tally.ts';
import { describeLambda, lambdaHistogramTable, rangeWords } from './describe.ts';
import { flankAt, placeDirect, placeKey } from './lambda-labels.ts';
import { countBetween, countIn, layoutLambda, moveEnd, rangeOf, shownSide, slotAt, slotsOf } from './lambda-layout.ts';
import type { LambdaReference } from './types.ts';

const values = [-1.1, -0.9, -0.4, 0, 0, 0.1, 0.6, 1.2];
const measured = lambdaHistogram(values, 'logit');
const world = (key: string, centre: number): LambdaReference => ({
  key,
  label: key,
  shown: true,
  histogram: { ...measured, counts: measured.counts.map((_, bin) => 4 * Math.exp(-((bin - centre) ** 2) / 8)) },
});
const worlds = [world('additive', 16), world('failures', 13), world('stages', 19), world('placebo', 16)];

describe('layout of the lambda histogram', () => {
  it('shows as much of the axis as holds anything, the same on both sides, with 0 in a middle bin', () => {
    expect(shownSide(measured, [])).toBe(5);
    const { slots } = layoutLambda(measured, worlds, 700, 320, 0);
    expect(slots[0].from).toBeCloseTo(-slots[slots.length - 1].to);
    const middle = slots[(slots.length - 1) / 2];
    expect([middle.from, middle.to]).toEqual([-0.25, 0.25]);
    expect(countIn(measured, middle)).toBe(3);
  });
  it('gives what lies beyond the bins a bar of its own at the edge', () => {
    const wide: LambdaHistogram = { ...measured, above: 2 };
    const { slots, right } = layoutLambda(wide, [], 700, 320, 0);
    expect(slots).toHaveLength(34);
    expect(slots[33]).toMatchObject({ from: 8.25, to: Infinity, bin: -1 });
    expect(slots[33].x1).toBeCloseTo(right);
    expect(countIn(wide, slots[33])).toBe(2);
    expect(countIn(wide, slots[0])).toBe(0);
  });
  it('keeps every bar inside the plot', () => {
    for (const scale of ['logit', 'probability', 'log-failure'] as const) {
      const one = lambdaHistogram([-0.3, 0, 0.2], scale);
      const layout = layoutLambda(one, [], 358, 240, 40);
      for (const slot of layout.slots) {
        expect(slot.x0).toBeGreaterThanOrEqual(layout.left - 1e-6);
        expect(slot.x1).toBeLessThanOrEqual(layout.right + 1e-6);
        expect(layout.y(countIn(one, slot))).toBeGreaterThanOrEqual(layout.top);
      }
      expect(one.bins).toEqual(LAMBDA_BINS[scale]);
    }
  });
  it('finds the bar under a position and the bars of a range', () => {
    const { slots } = layoutLambda(measured, [], 700, 320, 0);
    expect(slotAt(slots, slots[3].x0 + 1)).toBe(3);
    expect(slotAt(slots, -100)).toBe(0);
    expect(slotAt(slots, 9999)).toBe(slots.length - 1);
    expect(slotsOf(slots, rangeOf(slots, 6, 2))).toEqual([2, 6]);
    expect(slotsOf(slots, [0.3, 0.31])).toEqual([6, 6]);
    expect(slotsOf(slots, [50, 60])).toEqual([10, 10]);
  });
  it('counts the questions of a range', () => {
    expect(countBetween(measured, [-0.25, 0.25])).toBe(3);
    expect(countBetween(measured, [-8.25, -0.25])).toBe(3);
    expect(countBetween({ ...measured, below: 4 }, [-Infinity, Infinity])).toBe(12);
  });
  it('moves the ends of a range by keys, never past each other', () => {
    const { slots } = layoutLambda(measured, [], 700, 320, 0);
    expect(moveEnd(slots, null, 'from', 'ArrowRight')).toEqual([slots[1].from, slots[10].to]);
    expect(moveEnd(slots, rangeOf(slots, 1, 10), 'from', 'Home')).toBeNull();
    expect(moveEnd(slots, rangeOf(slots, 4, 4), 'from', 'ArrowRight')).toEqual(rangeOf(slots, 4, 4));
    expect(moveEnd(slots, rangeOf(slots, 4, 5), 'to', 'PageDown')).toEqual(rangeOf(slots, 4, 4));
    expect(moveEnd(slots, null, 'to', 'x')).toBeUndefined();
  });
});

describe('labels of the lambda histogram', () => {
  it('stand beside their curves without covering each other', () => {
    const labels = placeDirect(worlds, layoutLambda(measured, worlds, 1200, 320, 0)) ?? [];
    expect(labels).toHaveLength(4);
    expect(labels.find(({ key }) => key === 'failures')?.anchor).toBe('end');
    expect(labels.find(({ key }) => key === 'stages')?.anchor).toBe('start');
    for (const side of ['start', 'end']) {
      const heights = labels.filter(({ anchor }) => anchor === side).map(({ y }) => y).sort((a, b) => a - b);
      expect(heights[1] - heights[0]).toBeGreaterThanOrEqual(17);
    }
  });
  it('go over the plot where there is no room beside', () => {
    const long = worlds.map((one) => ({ ...one, label: 'x'.repeat(60) }));
    expect(placeDirect(long, layoutLambda(measured, worlds, 500, 320, 0))).toBeNull();
    const key = placeKey(long, 358);
    expect(new Set(key.labels.map(({ y }) => y)).size).toBe(4);
    expect(placeKey([], 358).height).toBe(0);
  });
  it('touch the curve at their height', () => {
    const points = [{ x: 0, y: 100 }, { x: 10, y: 50 }, { x: 20, y: 100 }];
    expect(flankAt(points, 75, 'left')).toBe(5);
    expect(flankAt(points, 75, 'right')).toBe(15);
    expect(flankAt(points, 10, 'left')).toBeNull();
  });
});

describe('words of the lambda histogram', () => {
  it('names ranges and what lies beyond', () => {
    expect(rangeWords([-0.75, -0.25], 0.5, 'logit')).toBe('−0.75 to −0.25 logit');
    expect(rangeWords([8.25, Infinity], 0.5, 'logit')).toBe('above 8.25 logit');
  });
  it('tells the figures, and every bin to the table', () => {
    expect(describeLambda({ measured, references: worlds, ties: 2, median: -0.2, unit: 'logit' })).toContain('8 questions, median −0.20 logit; 2 are exactly 0.');
    const table = lambdaHistogramTable({ measured, references: worlds, unit: 'logit' });
    expect(table.rows).toHaveLength(35);
    expect(table.rows.every((row) => row.length === table.columns.length)).toBe(true);
  });
});
