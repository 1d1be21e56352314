import { TensorProto_DataType } from 'onnx-buf';
import { floatToHalf } from '../../half-floats.ts';
import { quantileAt, quantileValues } from './random-weights.ts';
import type { FloatType, Matrix, StreamedTensor } from './tensors.ts';
import { DATA_TYPE } from './tensors.ts';

/** Block size of the published 4-bit files. */
export const BLOCK = 32;

/** Blocks of one piece: 512 kB of nibbles. */
const PIECE_BLOCKS = 1 << 15;

export interface BlockNames {
  readonly data: string;
  readonly scales: string;
  readonly zeroPoints: string;
}

/** Scale and zero point of a block whose least and greatest quantile are given: as onnxruntime rounds, 0 is exact. */
function blockScale(least: number, most: number, levels: number): { readonly scale: number; readonly zero: number } {
  const low = Math.min(least, 0);
  const scale = Math.fround((Math.max(most, 0) - low) / levels);
  return { scale, zero: scale === 0 ? 0 : Math.max(0, Math.min(levels, Math.round(-low / scale))) };
}

/** Calls `visit` for each block of rows [from, to) with the quantiles of its elements, in order. */
function visitBlocks(key: number, first: number, count: number, visit: (block: number, quantiles: Uint16Array, least: number, most: number) => void): void {
  const quantiles = new Uint16Array(BLOCK);
  for (let block = 0; block < count; block += 1) {
    let least = 65_535;
    let most = 0;
    const start = (first + block) * BLOCK;
    for (let index = 0; index < BLOCK; index += 1) {
      const quantile = quantileAt(key, start + index);
      quantiles[index] = quantile;
      if (quantile < least) least = quantile;
      if (quantile > most) most = quantile;
    }
    visit(block, quantiles, least, most);
  }
}

/**
 * W [rows, columns] rounded in blocks of 32 along the columns, as MatMulNBits and GatherBlockQuantized store it:
 * data uint8 [rows, blocks, 32·bits/8] (4 bits: low nibble = even column), scales [rows · blocks] in the type of the
 * activations, zero points packed the same way [rows · ceil(blocks·bits/8)]. value = (q − zero)·scale.
 */
export function blockQuantised(names: BlockNames, { weights, rows, columns }: Matrix, bits: 4 | 8, type: FloatType): { readonly data: StreamedTensor; readonly scales: StreamedTensor; readonly zeroPoints: StreamedTensor } {
  if (columns % BLOCK !== 0) throw new RangeError(`${names.data} has ${columns} columns, which blocks of ${BLOCK} do not divide.`);
  const perRow = columns / BLOCK;
  const total = rows * perRow;
  const levels = bits === 4 ? 15 : 255;
  const bytes = (BLOCK * bits) / 8;
  const zeroRow = Math.ceil((perRow * bits) / 8);
  const { key } = weights;

  function* data(): Iterable<Uint8Array> {
    const values = quantileValues(weights);
    const piece = new Uint8Array(Math.min(PIECE_BLOCKS, total) * bytes);
    for (let first = 0; first < total; first += PIECE_BLOCKS) {
      const count = Math.min(PIECE_BLOCKS, total - first);
      visitBlocks(key, first, count, (block, quantiles, least, most) => {
        const { scale, zero } = blockScale(values[least], values[most], levels);
        const inverse = scale === 0 ? 0 : 1 / scale;
        const at = block * bytes;
        const quantise = (index: number): number => Math.max(0, Math.min(levels, Math.round(values[quantiles[index]] * inverse) + zero));
        if (bits === 8) for (let index = 0; index < BLOCK; index += 1) piece[at + index] = quantise(index);
        else for (let index = 0; index < BLOCK; index += 2) piece[at + (index >> 1)] = quantise(index) | (quantise(index + 1) << 4);
      });
      yield piece.subarray(0, count * bytes);
    }
  }

  function* scales(): Iterable<Uint8Array> {
    const values = quantileValues(weights);
    const piece = type === 'float32' ? new Float32Array(Math.min(PIECE_BLOCKS, total)) : new Uint16Array(Math.min(PIECE_BLOCKS, total));
    for (let first = 0; first < total; first += PIECE_BLOCKS) {
      const count = Math.min(PIECE_BLOCKS, total - first);
      visitBlocks(key, first, count, (block, _, least, most) => {
        const { scale } = blockScale(values[least], values[most], levels);
        piece[block] = type === 'float32' ? scale : floatToHalf(scale);
      });
      yield new Uint8Array(piece.buffer, 0, count * piece.BYTES_PER_ELEMENT);
    }
  }

  function* zeroPoints(): Iterable<Uint8Array> {
    const values = quantileValues(weights);
    const piece = new Uint8Array(zeroRow);
    for (let row = 0; row < rows; row += 1) {
      piece.fill(0);
      visitBlocks(key, row * perRow, perRow, (block, _, least, most) => {
        const { zero } = blockScale(values[least], values[most], levels);
        if (bits === 8) piece[block] = zero;
        else piece[block >> 1] |= zero << (4 * (block & 1));
      });
      yield piece;
    }
  }

  const uint8 = TensorProto_DataType.UINT8;
  return {
    data: { name: names.data, dims: [rows, perRow, bytes], dataType: uint8, byteLength: total * bytes, chunks: data },
    scales: { name: names.scales, dims: [total], dataType: DATA_TYPE[type], byteLength: total * (type === 'float32' ? 4 : 2), chunks: scales },
    zeroPoints: { name: names.zeroPoints, dims: [rows * zeroRow], dataType: uint8, byteLength: rows * zeroRow, chunks: zeroPoints },
  };
}
