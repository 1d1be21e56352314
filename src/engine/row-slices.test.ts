import { describe, expect, it } from 'vitest';
import type { MatmulArguments } from '../gpu/kernels/matmul.ts';
import { rowSlices } from './row-slices.ts';

const buffer = {} as GPUBuffer;

function matmul(m: number, out: number, input: number): MatmulArguments {
  const weight = { kind: 'float', out, in: input, half: false, transposed: false, data: { buffer, offset: 0, size: out * input * 4 } } as const;
  return { weight, m, x: { buffer, offset: 512, size: m * input * 4 }, y: { buffer, offset: 0, size: m * out * 4 }, accumulate: true, alpha: 0.5 };
}

describe('slices of a matmul’s rows', () => {
  it.each([
    ['the gate of Qwen2.5-0.5B over 4,096 tokens', 4096, 4864, 896, 5e8],
    ['an adapter of 16 columns', 4096, 16, 896, 1e7],
    ['rows of 12 floats, of which 16 are needed for an aligned offset', 1000, 12, 20, 1],
  ])('of %s: every row once, offsets that can be bound, work within the limit', (_, m, out, input, limit) => {
    const slices = rowSlices(matmul(m, out, input), input, out, limit);
    let row = 0;
    for (const slice of slices) {
      expect([slice.x.offset - 512, slice.y.offset]).toEqual([row * input * 4, row * out * 4]);
      expect([slice.x.offset % 256, slice.y.offset % 256]).toEqual([0, 0]);
      expect([slice.x.size, slice.y.size]).toEqual([slice.m * input * 4, slice.m * out * 4]);
      expect([slice.accumulate, slice.alpha]).toEqual([true, 0.5]);
      expect(2 * slice.m * out * input <= limit || slice.m <= 64).toBe(true);
      row += slice.m;
    }
    expect(row).toBe(m);
    expect(slices.length).toBeGreaterThan(1);
  });

  it('of a matmul within the limit is itself', () => {
    const args = matmul(100, 16, 16);
    expect(rowSlices(args, 16, 16, 1e9)).toEqual([args]);
  });

  it('never exceed the workgroups of one dimension', () => {
    expect(Math.max(...rowSlices(matmul(400_000, 4, 4), 4, 4, 1e15).map(({ m }) => m))).toBeLessThanOrEqual(65_535 * 4);
  });
});
