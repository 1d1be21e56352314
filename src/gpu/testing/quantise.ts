import { Random } from '../../core/random.ts';

/** A random matrix of 4 or 8 bits as MatMulNBits packs it, and its values. */
export interface QuantisedMatrix {
  readonly data: Uint8Array<ArrayBuffer>;
  readonly scales: Float32Array<ArrayBuffer>;
  /** [rows, ⌈blocks · bits / 8⌉]; null: every zero point is 8, or 128. */
  readonly zeros: Uint8Array<ArrayBuffer> | null;
  readonly values: Float64Array;
}

export function randomQuantised(kind: 'q4' | 'q8', seed: number, rows: number, columns: number, block: number, zeroPoints: boolean, scale = 0.1): QuantisedMatrix {
  const random = new Random(seed);
  const bits = kind === 'q4' ? 4 : 8;
  const blocks = columns / block;
  const zeroBytes = Math.ceil((blocks * bits) / 8);
  const data = Uint8Array.from({ length: (rows * columns * bits) / 8 }, () => random.integer(256));
  const scales = Float32Array.from({ length: rows * blocks }, () => scale * (0.25 + random.uniform()));
  const zeros = zeroPoints ? Uint8Array.from({ length: rows * zeroBytes }, () => random.integer(256)) : null;
  const number = (bytes: Uint8Array, start: number, index: number): number => {
    if (bits === 8) return bytes[start + index];
    const pair = bytes[start + (index >> 1)];
    return index % 2 === 0 ? pair & 15 : pair >> 4;
  };
  const values = new Float64Array(rows * columns);
  for (let row = 0; row < rows; row += 1) {
    for (let column = 0; column < columns; column += 1) {
      const b = Math.floor(column / block);
      const zero = zeros ? number(zeros, row * zeroBytes, b) : 2 ** (bits - 1);
      values[row * columns + column] = (number(data, (row * columns * bits) / 8, column) - zero) * scales[row * blocks + b];
    }
  }
  return { data, scales, zeros, values };
}

/** f16 bits of a number that f16 can hold: round to nearest, ties to even; subnormals and overflow are not asked for. */
function halfBits(value: number): number {
  if (value === 0) return 0;
  const sign = value < 0 ? 0x8000 : 0;
  const magnitude = Math.abs(value);
  const exponent = Math.max(-14, Math.floor(Math.log2(magnitude)));
  const unit = 2 ** (exponent - 10);
  const steps = magnitude / unit;
  const floor = Math.floor(steps);
  const rest = steps - floor;
  const rounded = rest > 0.5 || (rest === 0.5 && floor % 2 === 1) ? floor + 1 : floor;
  return sign | (rounded + ((exponent + 14) << 10));
}

/** Bytes of f16 values, and the values as f16 holds them. */
export function halves(values: ArrayLike<number>): { bytes: Uint8Array<ArrayBuffer>; values: Float64Array } {
  const bits = Uint16Array.from({ length: values.length }, (_, i) => halfBits(values[i]));
  const held = Float64Array.from(bits, (half) => {
    const exponent = (half >> 10) & 31;
    const magnitude = exponent === 0 ? (half & 1023) * 2 ** -24 : (1 + (half & 1023) / 1024) * 2 ** (exponent - 15);
    return half & 0x8000 ? -magnitude : magnitude;
  });
  return { bytes: new Uint8Array(bits.buffer), values: held };
}
