import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { dequantiseRows, halfToFloat, halvesToFloats } from './dequantise.ts';
import { memoryBytes } from './lazy-bytes.ts';
import type { FloatTensor, WeightMatrix } from './types.ts';

const floats = (values: readonly number[], shape: readonly number[]): FloatTensor => ({ storage: 'f32', shape, bytes: memoryBytes(new Uint8Array(Float32Array.from(values).buffer), 'test') });

describe('halves', () => {
  it.each([
    [0x0000, 0], [0x3c00, 1], [0xc000, -2], [0x7bff, 65504], [0x0400, 2 ** -14], [0x0001, 2 ** -24], [0x3555, 0.333251953125], [0x7c00, Infinity], [0xfc00, -Infinity],
  ])('%s is %f', (bits, value) => {
    expect(halfToFloat(bits)).toBe(value);
    expect(halvesToFloats(Uint8Array.of(bits & 255, bits >> 8))[0]).toBe(value);
  });

  it('keeps NaN and the sign of zero', () => {
    expect(halfToFloat(0x7e00)).toBeNaN();
    expect(Object.is(halfToFloat(0x8000), -0)).toBe(true);
  });
});

/** Packs q [rows][columns] and zero points [rows][blocks] as MatMulNBits has them, two a byte, the low nibble first. */
function pack(rows: readonly (readonly number[])[]): Uint8Array {
  return Uint8Array.from(rows.flatMap((row) => Array.from({ length: Math.ceil(row.length / 2) }, (_, i) => row[2 * i] | ((row[2 * i + 1] ?? 0) << 4))));
}

describe('dequantiseRows', () => {
  it('computes a hand-made example with an odd number of blocks', async () => {
    // 2 rows, 48 columns, blocks of 16: 3 blocks a row, so a row of zero points takes 2 bytes.
    const q = [0, 1].map((row) => Array.from({ length: 48 }, (_, k) => (k + 5 * row) % 16));
    const zero = [[8, 0, 15], [3, 8, 1]];
    const scale = [0.5, 2, -1, 0.25, 1, 4];
    const base = { kind: 'q4', rows: 2, columns: 48, block: 16, data: memoryBytes(pack(q), 'q'), scales: floats(scale, [2, 3]) } as const;
    const withZeros = await dequantiseRows({ ...base, zeroPoints: memoryBytes(pack(zero), 'z') });
    expect(withZeros[0]).toBe((0 - 8) * 0.5);
    expect(withZeros[17]).toBe((1 - 0) * 2);
    expect(withZeros[47]).toBe((15 - 15) * -1);
    expect(withZeros[32]).toBe((0 - 15) * -1);
    expect(withZeros[48]).toBe((5 - 3) * 0.25);
    expect(withZeros[95]).toBe((4 - 1) * 4);
    const withoutZeros = await dequantiseRows({ ...base, zeroPoints: null });
    expect(withoutZeros[47]).toBe((15 - 8) * -1);
  });

  it('gives (q − zero)·scale for any shape, and the same rows when asked for a range', async () => {
    const shape = fc.record({ rows: fc.integer({ min: 1, max: 5 }), blocks: fc.integer({ min: 1, max: 5 }), block: fc.constantFrom(16, 32), seed: fc.integer({ min: 1, max: 1e6 }) });
    await fc.assert(
      fc.asyncProperty(shape, async ({ rows, blocks, block, seed }) => {
        let state = seed;
        const next = (): number => (state = (state * 48271) % 2147483647);
        const columns = blocks * block;
        const q = Array.from({ length: rows }, () => Array.from({ length: columns }, () => next() % 16));
        const zero = Array.from({ length: rows }, () => Array.from({ length: blocks }, () => next() % 16));
        const scale = Array.from({ length: rows * blocks }, () => Math.fround(next() / 2 ** 31));
        const matrix: WeightMatrix = { kind: 'q4', rows, columns, block, data: memoryBytes(pack(q), 'q'), scales: floats(scale, [rows, blocks]), zeroPoints: memoryBytes(pack(zero), 'z') };
        const values = await dequantiseRows(matrix);
        const expected = q.flatMap((row, r) => row.map((value, k) => Math.fround((value - zero[r][Math.floor(k / block)]) * scale[r * blocks + Math.floor(k / block)])));
        expect([...values]).toEqual(expected);
        expect([...(await dequantiseRows(matrix, rows - 1, rows))]).toEqual(expected.slice((rows - 1) * columns));
      }),
      { numRuns: 40 },
    );
  });

  it('turns a matrix stored [in, out] round', async () => {
    const matrix: WeightMatrix = { kind: 'float', rows: 3, columns: 2, transposed: true, tensor: floats([1, 2, 3, 4, 5, 6], [2, 3]) };
    expect([...(await dequantiseRows(matrix))]).toEqual([1, 4, 2, 5, 3, 6]);
    expect([...(await dequantiseRows(matrix, 1, 2))]).toEqual([2, 5]);
  });

  it('reads float rows by their range', async () => {
    const half: FloatTensor = { storage: 'f16', shape: [2, 2], bytes: memoryBytes(Uint8Array.of(0, 0x3c, 0, 0x40, 0, 0xc0, 0, 0x38), 'test') };
    expect([...(await dequantiseRows({ kind: 'float', rows: 2, columns: 2, transposed: false, tensor: half }, 1))]).toEqual([-2, 0.5]);
  });
});
