import { describe, expect, it } from 'vitest';
import { beyond, columnX, ellipsise, excludesZero, hitTest, layoutMap, moveTo, ROW_HEIGHT, rowsAround, scrollToShow, visibleRows } from './lambda-layout.ts';

describe('layout of the lambda map', () => {
  it('fills the width at every size and prints values where they fit', () => {
    for (const width of [358, 560, 800, 1400, 2400]) {
      const layout = layoutMap(width, 6, 4);
      expect(columnX(layout, 6)).toBeCloseTo(width);
      expect(layout.columnWidth).toBeGreaterThan(40);
      expect(layout.showValues).toBe(true);
    }
    expect(layoutMap(358, 6, 4)).toMatchObject({ showText: false, upright: true });
    expect(layoutMap(1400, 6, 4)).toMatchObject({ showText: true, upright: false });
    expect(layoutMap(280, 6, 4).showValues).toBe(false);
  });
  it('shows only rows in view, the partly visible ones too', () => {
    expect(visibleRows(0, 240, 5000)).toEqual({ first: 0, end: 10 });
    expect(visibleRows(12, 240, 5000)).toEqual({ first: 0, end: 11 });
    expect(visibleRows(5000 * ROW_HEIGHT - 240, 240, 5000)).toEqual({ first: 4990, end: 5000 });
    expect(visibleRows(0, 240, 3)).toEqual({ first: 0, end: 3 });
    expect(visibleRows(9e6, 240, 3)).toEqual({ first: 3, end: 3 });
  });
  it('finds the cell under a point', () => {
    const layout = layoutMap(1400, 6, 4);
    const x = columnX(layout, 4) + 3;
    expect(hitTest(layout, x, 1, 48, 5000)).toEqual({ row: 2, column: 4 });
    expect(hitTest(layout, 5, 1, 0, 5000)).toEqual({ row: 0, column: -1 });
    expect(hitTest(layout, 1399, 1, 0, 5000)).toEqual({ row: 0, column: 5 });
    expect(hitTest(layout, 5, 100, 0, 2)).toBeNull();
    expect(hitTest(layout, 5, -1, 240, 5000)).toBeNull();
  });
  it('moves by keys inside the rows', () => {
    const from = { row: 5, column: 2 };
    expect(moveTo(from, 'ArrowDown', 100, 6, 20)).toEqual({ row: 6, column: 2 });
    expect(moveTo(from, 'PageUp', 100, 6, 20)).toEqual({ row: 0, column: 2 });
    expect(moveTo(from, 'PageDown', 100, 6, 0)).toEqual({ row: 6, column: 2 });
    expect(moveTo(from, 'End', 100, 6, 20)).toEqual({ row: 99, column: 2 });
    expect(moveTo({ row: 5, column: -1 }, 'ArrowLeft', 100, 6, 20)).toEqual({ row: 5, column: -1 });
    expect(moveTo({ row: 5, column: 5 }, 'ArrowRight', 100, 6, 20)).toEqual({ row: 5, column: 5 });
    expect(moveTo(from, 'x', 100, 6, 20)).toBeNull();
    expect(moveTo(from, 'ArrowDown', 0, 6, 20)).toBeNull();
  });
  it('scrolls no further than it must', () => {
    expect(scrollToShow(2, 0, 240)).toBe(0);
    expect(scrollToShow(10, 0, 240)).toBe(24);
    expect(scrollToShow(2, 480, 240)).toBe(48);
  });
  it('gives assistive technology a window of rows', () => {
    expect(rowsAround(0, 5000)).toEqual({ first: 0, end: 11 });
    expect(rowsAround(4999, 5000)).toEqual({ first: 4989, end: 5000 });
    expect(rowsAround(0, 0).end).toBe(0);
  });
  it('cuts texts to the room there is', () => {
    const measure = (text: string) => text.length;
    expect(ellipsise('who wrote it?', 20, measure)).toBe('who wrote it?');
    expect(ellipsise('who wrote it?', 8, measure)).toBe('who wro…');
    expect(ellipsise('who wrote it?', 5, measure)).toBe('who…');
    expect(ellipsise('who wrote it?', 0, measure)).toBe('');
  });
  it('tells values beyond the domain and intervals off 0', () => {
    expect([beyond(4.1, 4), beyond(-4.1, 4), beyond(4, 4)]).toEqual([1, -1, 0]);
    expect([excludesZero({ low: 0.1, high: 1 }), excludesZero({ low: -1, high: -0.1 }), excludesZero({ low: 0, high: 1 })]).toEqual([true, true, false]);
  });
});
