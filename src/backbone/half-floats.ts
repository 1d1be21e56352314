const FLOAT = new Float32Array(1);
const BITS = new Uint32Array(FLOAT.buffer);

/** The bits of the half nearest to a number, ties to even; beyond 65,504 infinity. */
export function floatToHalf(value: number): number {
  FLOAT[0] = value;
  const bits = BITS[0];
  const sign = (bits >>> 16) & 0x8000;
  const magnitude = bits & 0x7fffffff;
  if (magnitude > 0x7f800000) return sign | 0x7e00; // NaN
  if (magnitude >= 0x47800000) return sign | 0x7c00; // 2^16 and above
  if (magnitude < 0x38800000) {
    // Below 2^-14 halves are multiples of 2^-24: adding 0.5 puts such a multiple into the last bits of the significand.
    FLOAT[0] = Math.abs(value) + 0.5;
    return sign | (BITS[0] - 0x3f000000);
  }
  // Half of the last kept bit, less one where that bit is even; a carry runs on into the exponent as it should.
  return sign | ((magnitude - 0x38000000 + 0x0fff + ((magnitude >>> 13) & 1)) >>> 13);
}

/** Little-endian f16 bytes of floats. */
export function floatsToHalves(values: ArrayLike<number>): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(values.length * 2);
  for (let index = 0; index < values.length; index += 1) {
    const half = floatToHalf(values[index]);
    bytes[2 * index] = half & 0xff;
    bytes[2 * index + 1] = half >>> 8;
  }
  return bytes;
}
