import { transposedBytes } from './lazy-layout.ts';
import { bitsOf, type FloatMatrix, type FloatTensor, type LazyBytes, type QuantisedMatrix, type WeightMatrix } from './types.ts';

/** One IEEE 754 half-precision number (its 16 bits) as a number. */
export function halfToFloat(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction === 0 ? sign * Infinity : NaN;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

let halves: Float32Array | null = null;

/** All 65,536 halves, made once: a look-up is about 20 times faster than the arithmetic, and 272 MB files have 143 M. */
function halfTable(): Float32Array {
  halves ??= Float32Array.from({ length: 65_536 }, (_, bits) => halfToFloat(bits));
  return halves;
}

/** Little-endian f16 bytes as f32 (Float16Array is not everywhere yet). */
export function halvesToFloats(bytes: Uint8Array): Float32Array<ArrayBuffer> {
  const table = halfTable();
  const floats = new Float32Array(bytes.length >> 1);
  for (let index = 0; index < floats.length; index += 1) floats[index] = table[bytes[2 * index] | (bytes[2 * index + 1] << 8)];
  return floats;
}

/** Little-endian f32 bytes as floats, whatever their alignment. */
export function bytesToFloats(bytes: Uint8Array): Float32Array<ArrayBuffer> {
  return new Float32Array(Uint8Array.from(bytes).buffer);
}

/** Elements [start, end) of a float tensor as f32; the whole by default. */
export async function floatValues(tensor: FloatTensor, start = 0, end?: number): Promise<Float32Array<ArrayBuffer>> {
  const width = tensor.storage === 'f32' ? 4 : 2;
  const bytes = await tensor.bytes.read(start * width, end === undefined ? tensor.bytes.byteLength : end * width);
  return tensor.storage === 'f32' ? bytesToFloats(bytes) : halvesToFloats(bytes);
}

async function quantisedRows(matrix: QuantisedMatrix, from: number, to: number): Promise<Float32Array<ArrayBuffer>> {
  const { columns, block } = matrix;
  const bits = bitsOf(matrix);
  const blocks = columns / block;
  const rowBytes = (columns * bits) / 8;
  const zeroRow = Math.ceil((blocks * bits) / 8);
  const data = await matrix.data.read(from * rowBytes, to * rowBytes);
  const scales = await floatValues(matrix.scales, from * blocks, to * blocks);
  const zeros = matrix.zeroPoints ? await matrix.zeroPoints.read(from * zeroRow, to * zeroRow) : null;
  const number = (bytes: Uint8Array, row: number, index: number): number => (bits === 8 ? bytes[row + index] : (bytes[row + (index >> 1)] >> (4 * (index & 1))) & 15);
  const values = new Float32Array((to - from) * columns);
  for (let row = 0; row < to - from; row += 1) {
    for (let index = 0; index < blocks; index += 1) {
      const scale = scales[row * blocks + index];
      const zero = zeros ? number(zeros, row * zeroRow, index) : 2 ** (bits - 1);
      for (let k = index * block; k < (index + 1) * block; k += 1) values[row * columns + k] = (number(data, row * rowBytes, k) - zero) * scale;
    }
  }
  return values;
}

/** A float matrix's bytes as [rows, columns], however it is stored. */
export function rowMajorBytes(matrix: FloatMatrix): LazyBytes {
  const { rows, columns, transposed, tensor } = matrix;
  return transposed ? transposedBytes(tensor.bytes, columns, rows, tensor.storage === 'f32' ? 4 : 2) : tensor.bytes;
}

/** Rows [from, to) of W as f32 [to − from, columns], row-major, on the CPU: the reference for kernels and golden checks. */
export async function dequantiseRows(matrix: WeightMatrix, from = 0, to = matrix.rows): Promise<Float32Array<ArrayBuffer>> {
  if (matrix.kind !== 'float') return quantisedRows(matrix, from, to);
  const { rows, columns, tensor } = matrix;
  return floatValues({ storage: tensor.storage, shape: [rows, columns], bytes: rowMajorBytes(matrix) }, from * columns, to * columns);
}
