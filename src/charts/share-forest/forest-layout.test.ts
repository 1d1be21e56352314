import { describe, expect, it } from 'vitest';
import { describeShares, shareTable } from './describe.ts';
import { layoutForest, shareDomain, type ShareRow } from './forest-layout.ts';

const row = (key: string, kind: ShareRow['kind'], share: number | null, half: number | null): ShareRow => ({ key, label: key, kind, share, low: share === null || half === null ? null : share - half, high: share === null || half === null ? null : share + half });
const ROWS = [row('HotpotQA', 'measured', 0.61, 0.05), row('MuSiQue', 'measured', null, null), row('placebo', 'placebo', 0.5, 0.05), row('7B NQ', 'published', 0.661, null)];

describe('share forest', () => {
  it('keeps 50 % and every interval inside round ends', () => {
    expect(shareDomain([])).toEqual([0.4, 0.6]);
    const [low, high] = shareDomain([...ROWS, row('far', 'world', 0.93, 0.06)]);
    expect(low).toBeLessThanOrEqual(0.4);
    expect(high).toBe(1);
  });
  it('stands rows of one kind under one heading, in order, inside the plot', () => {
    const layout = layoutForest(ROWS, 900);
    expect(layout.lines.map((line) => (line.type === 'heading' ? line.kind : line.row.key))).toEqual(['measured', 'HotpotQA', 'MuSiQue', 'placebo', 'placebo', 'published', '7B NQ']);
    const heights = layout.lines.map(({ y }) => y);
    expect(heights).toEqual([...heights].sort((a, b) => a - b));
    expect(Math.max(...heights)).toBeLessThan(layout.bottom);
  });
  it('puts names over the marks where there is little room', () => {
    expect(layoutForest(ROWS, 358).stacked).toBe(true);
    expect(layoutForest(ROWS, 900).stacked).toBe(false);
  });
  it('tells the shares and on which side of one half they lie', () => {
    expect(describeShares(ROWS)).toBe('HotpotQA: 61.0 % negative, above 50 %.');
    expect(describeShares([])).toContain('No share');
    expect(shareTable(ROWS).rows[1]).toEqual(['MuSiQue', 'measured', '', '', '', '']);
  });
});
