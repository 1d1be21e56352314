import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { halfToFloat, halvesToFloats } from './dequantise.ts';
import { floatsToHalves, floatToHalf } from './half-floats.ts';

describe('halves of floats', () => {
  it('are the very bits of what a half holds, for all 65,536 of them', () => {
    const wrong = Array.from({ length: 65_536 }, (_, bits) => bits).filter((bits) => !Number.isNaN(halfToFloat(bits)) && floatToHalf(halfToFloat(bits)) !== bits);
    expect(wrong).toEqual([]);
    expect(halfToFloat(floatToHalf(NaN))).toBeNaN();
  });

  it('are the nearest, and of two as near the even one', () => {
    fc.assert(
      fc.property(fc.float({ noNaN: true, noDefaultInfinity: true, min: -60_000, max: 60_000 }), (value) => {
        const bits = floatToHalf(value);
        const [below, above] = [halfToFloat(bits - 1), halfToFloat(bits + 1)];
        const error = Math.abs(halfToFloat(bits) - value);
        for (const other of [below, above]) if (Number.isFinite(other)) expect(error).toBeLessThanOrEqual(Math.abs(other - value));
      }),
    );
    // Half-way between 1 and 1 + 2^-10, and between that and the next.
    expect([floatToHalf(1 + 2 ** -11), floatToHalf(1 + 3 * 2 ** -11)]).toEqual([0x3c00, 0x3c02]);
    expect([floatToHalf(65_519), floatToHalf(65_520), floatToHalf(2 ** -25), floatToHalf(1.5 * 2 ** -24)]).toEqual([0x7bff, 0x7c00, 0, 2]);
  });

  it('stand in little-endian bytes', () => {
    expect([...floatsToHalves([1, -2])]).toEqual([0, 0x3c, 0, 0xc0]);
    expect([...halvesToFloats(floatsToHalves([0.5, 3]))]).toEqual([0.5, 3]);
  });
});
