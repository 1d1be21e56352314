import { TensorProto_DataType } from 'onnx-buf';
import { floatToHalf } from '../../half-floats.ts';
import { quantileAt, quantileValues } from './random-weights.ts';
import { DATA_TYPE, type FloatType, type Matrix, type StreamedTensor } from './tensors.ts';

/** Block size of the published 4-bit files. */
export const BLOCK = 32;

/** Blocks of one piece: 512 kB of nibbles. */
const PIECE_BLOCKS = 1 << 15;

export interface BlockNames {
  readonly data: string;
  readonly scales: string;
  readonly zeroPoints: string;
}

export interface BlockTensors {
  readonly data: StreamedTensor;
  readonly scales: StreamedTensor;
  readonly zeroPoints: StreamedTensor;
}

/** Scales and zero points of all blocks, kept from the writing of the data to that of the zero points. */
interface Kept {
  readonly scales: Float32Array<ArrayBuffer>;
  readonly zeros: Uint8Array<ArrayBuffer>;
}

/**
 * Rounds blocks [first, first + count) from minimum to maximum with 0 exact, as onnxruntime's quantiser does.
 * @param bytes where the packed values go
 */
function quantiseBlocks(bytes: Uint8Array, { scales, zeros }: Kept, values: Float32Array, key: number, bits: 4 | 8, first: number, count: number): void {
  const levels = bits === 4 ? 15 : 255;
  const quantiles = new Uint16Array(BLOCK);
  const rounded = new Uint8Array(BLOCK);
  let at = 0;
  for (let block = first; block < first + count; block += 1) {
    let least = 65_535;
    let most = 0;
    for (let index = 0; index < BLOCK; index += 1) {
      const quantile = quantileAt(key, block * BLOCK + index);
      quantiles[index] = quantile;
      if (quantile < least) least = quantile;
      if (quantile > most) most = quantile;
    }
    // The table of values ascends, so the least quantile has the least value.
    const low = Math.min(values[least], 0);
    const scale = Math.fround((Math.max(values[most], 0) - low) / levels);
    const zero = Math.min(levels, Math.round(-low / scale));
    scales[block] = scale;
    zeros[block] = zero;
    const inverse = 1 / scale;
    for (let index = 0; index < BLOCK; index += 1) {
      const value = Math.floor(values[quantiles[index]] * inverse + zero + 0.5);
      rounded[index] = value < 0 ? 0 : value > levels ? levels : value;
    }
    if (bits === 8) bytes.set(rounded, at);
    else for (let index = 0; index < BLOCK; index += 2) bytes[at + (index >> 1)] = rounded[index] | (rounded[index + 1] << 4);
    at += (BLOCK * bits) / 8;
  }
}

/**
 * W [rows, columns] rounded in blocks of 32 along the columns, as MatMulNBits and GatherBlockQuantized store it:
 * data uint8 [rows, blocks, 32·bits/8] (4 bits: low nibble = even column), scales [rows · blocks] in the type of the
 * activations, zero points packed the same way [rows · ceil(blocks·bits/8)]. value = (q − zero)·scale.
 * @throws RangeError where blocks do not divide the columns
 */
export function blockQuantised(names: BlockNames, { weights, rows, columns }: Matrix, bits: 4 | 8, type: FloatType): BlockTensors {
  if (columns % BLOCK !== 0) throw new RangeError(`${names.data} has ${columns} columns, which blocks of ${BLOCK} do not divide.`);
  const perRow = columns / BLOCK;
  const total = rows * perRow;
  const bytes = (BLOCK * bits) / 8;
  const zeroRow = Math.ceil((perRow * bits) / 8);
  let kept: Kept | null = null;

  function* data(): Iterable<Uint8Array> {
    const values = quantileValues(weights);
    const piece = new Uint8Array(Math.min(PIECE_BLOCKS, total) * bytes);
    kept = { scales: new Float32Array(total), zeros: new Uint8Array(total) };
    for (let first = 0; first < total; first += PIECE_BLOCKS) {
      const count = Math.min(PIECE_BLOCKS, total - first);
      quantiseBlocks(piece, kept, values, weights.key, bits, first, count);
      yield piece.subarray(0, count * bytes);
    }
  }

  /** Files hold data, scales and zero points in this order; in any other one the blocks are rounded once more. */
  const parameters = (): Kept => {
    if (!kept) for (const piece of data()) piece.fill(0);
    return kept!;
  };

  function packedZeros(): Uint8Array {
    const { zeros } = parameters();
    kept = null;
    if (bits === 8) return zeros;
    const packed = new Uint8Array(rows * zeroRow);
    for (let row = 0; row < rows; row += 1) {
      for (let block = 0; block < perRow; block += 1) packed[row * zeroRow + (block >> 1)] |= zeros[row * perRow + block] << (4 * (block & 1));
    }
    return packed;
  }

  const scaleBytes = (): Uint8Array => new Uint8Array((type === 'float32' ? parameters().scales : Uint16Array.from(parameters().scales, floatToHalf)).buffer);
  const uint8 = TensorProto_DataType.UINT8;
  return {
    data: { name: names.data, dims: [rows, perRow, bytes], dataType: uint8, byteLength: total * bytes, chunks: data },
    scales: { name: names.scales, dims: [total], dataType: DATA_TYPE[type], byteLength: total * (type === 'float32' ? 4 : 2), chunks: () => [scaleBytes()] },
    zeroPoints: { name: names.zeroPoints, dims: [rows * zeroRow], dataType: uint8, byteLength: rows * zeroRow, chunks: () => [packedZeros()] },
  };
}
