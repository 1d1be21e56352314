import { describe, expect, it } from 'vitest';
import { gridBoxes } from './grid.ts';

describe('a grid cut into boxes', () => {
  it.each([
    ['whole where it is within the limit', [5, 4, 3], 60],
    ['by z', [5, 4, 3], 20],
    ['by several of z', [5, 4, 7], 45],
    ['by y', [5, 4, 3], 11],
    ['by x', [5, 4, 3], 2],
    ['into single workgroups where each exceeds it', [5, 4, 3], 0.5],
  ] as const)('%s: every workgroup once, none beyond the limit', (_, grid, limit) => {
    const seen = new Map<string, number>();
    for (const { from, size } of gridBoxes(grid, 1, limit)) {
      expect(size[0] * size[1] * size[2]).toBeLessThanOrEqual(Math.max(1, limit));
      for (let z = 0; z < size[2]; z += 1) for (let y = 0; y < size[1]; y += 1) for (let x = 0; x < size[0]; x += 1) {
        const key = [from[0] + x, from[1] + y, from[2] + z].join(' ');
        seen.set(key, (seen.get(key) ?? 0) + 1);
      }
    }
    expect(seen.size).toBe(grid[0] * grid[1] * grid[2]);
    expect([...new Set(seen.values())]).toEqual([1]);
  });

  it('at 65,535 workgroups a side, whatever the limit', () => {
    const boxes = gridBoxes([1, 200_000, 70_000], 0, 1e12);
    expect(boxes).toHaveLength(4 * 2);
    expect(Math.max(...boxes.flatMap(({ size }) => [...size]))).toBe(65_535);
    expect(boxes.reduce((sum, { size }) => sum + size[0] * size[1] * size[2], 0)).toBe(200_000 * 70_000);
  });
});
