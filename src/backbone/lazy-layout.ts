import type { LazyBytes } from './types.ts';

/** Bytes of a file in another layout, made when they are read: the weights of a 544 MB table are never all in memory. */

/** Pieces of a row that are read at a time while a matrix is turned round. */
const ROWS_AT_ONCE = 64;
/** A run of whole rows is read in one piece up to this size. */
const PIECE_BYTES = 4 * 2 ** 20;

/** Every byte with the bits of `mask` turned over: 0x80 makes int8 s the uint8 s + 128, 0x88 two int4 two uint4. */
export function flippedBytes(bytes: LazyBytes, mask: number): LazyBytes {
  return {
    byteLength: bytes.byteLength,
    place: null,
    async read(start, end) {
      const read = await bytes.read(start, end);
      for (let i = 0; i < read.length; i += 1) read[i] ^= mask;
      return read;
    },
  };
}

/** One element of a few bytes, `count` times. */
export function repeatedBytes(element: LazyBytes, count: number): LazyBytes {
  const width = element.byteLength;
  const byteLength = width * count;
  return {
    byteLength,
    place: null,
    async read(start = 0, end = byteLength) {
      const one = await element.read();
      return Uint8Array.from({ length: end - start }, (_, i) => one[(start + i) % width]);
    },
  };
}

/** `byteLength` times the same byte. */
export function constantBytes(value: number, byteLength: number): LazyBytes {
  return { byteLength, place: null, read: (start = 0, end = byteLength) => Promise.resolve(new Uint8Array(end - start).fill(value)) };
}

/**
 * A matrix stored [rows, columns], elements of `width` bytes, as [columns, rows]. A read takes the pieces of the stored
 * rows that it needs, 64 at a time, so that beside its own result it holds 64 pieces.
 * @throws RangeError for a read that does not begin and end with a row of the result
 */
export function transposedBytes(stored: LazyBytes, rows: number, columns: number, width: number): LazyBytes {
  const rowBytes = rows * width;
  return {
    byteLength: rowBytes * columns,
    place: null,
    async read(start = 0, end = rowBytes * columns) {
      if (start % rowBytes !== 0 || end % rowBytes !== 0) throw new RangeError(`Bytes ${start} to ${end} are no whole rows of ${rowBytes} bytes.`);
      const first = start / rowBytes;
      const count = end / rowBytes - first;
      const result = new Uint8Array(end - start);
      const whole = count === columns;
      const step = whole ? Math.max(1, Math.min(ROWS_AT_ONCE, Math.floor(PIECE_BYTES / (columns * width)))) : ROWS_AT_ONCE;
      for (let row = 0; row < rows; row += step) {
        const many = Math.min(step, rows - row);
        const piece = whole ? await stored.read(row * columns * width, (row + many) * columns * width) : await pieces(row, many, first, count);
        turn(piece, many, count, width, result, row, rows);
      }
      return result;
    },
  };

  async function pieces(row: number, many: number, first: number, count: number): Promise<Uint8Array<ArrayBuffer>> {
    const joined = new Uint8Array(many * count * width);
    await Promise.all(
      Array.from({ length: many }, async (_, i) => {
        const at = ((row + i) * columns + first) * width;
        joined.set(await stored.read(at, at + count * width), i * count * width);
      }),
    );
    return joined;
  }
}

/** `piece` [many, count] into columns row … row + many − 1 of `result` [count, rows]. */
function turn(piece: Uint8Array, many: number, count: number, width: number, result: Uint8Array, row: number, rows: number): void {
  const typed = (bytes: Uint8Array): Uint8Array | Uint16Array | Uint32Array => {
    const length = bytes.byteLength / width;
    return width === 4 ? new Uint32Array(bytes.buffer, bytes.byteOffset, length) : width === 2 ? new Uint16Array(bytes.buffer, bytes.byteOffset, length) : bytes;
  };
  const [from, to] = [typed(piece), typed(result)];
  for (let column = 0; column < count; column += 1) {
    const at = column * rows + row;
    for (let i = 0; i < many; i += 1) to[at + i] = from[i * count + column];
  }
}

/**
 * Nibbles [rows, columns] that are packed without regard to rows, as int4 tensors are, with each row begun at a byte.
 * @throws RangeError for a read that does not begin and end with a row of the result
 */
export function rowAlignedNibbles(packed: LazyBytes, rows: number, columns: number): LazyBytes {
  if (columns % 2 === 0) return packed;
  const rowBytes = (columns + 1) / 2;
  return {
    byteLength: rows * rowBytes,
    place: null,
    async read(start = 0, end = rows * rowBytes) {
      if (start % rowBytes !== 0 || end % rowBytes !== 0) throw new RangeError(`Bytes ${start} to ${end} are no whole rows of ${rowBytes} bytes.`);
      const [first, last] = [start / rowBytes, end / rowBytes];
      const from = Math.floor((first * columns) / 2);
      const source = await packed.read(from, Math.ceil((last * columns) / 2));
      const result = new Uint8Array(end - start);
      for (let row = first; row < last; row += 1) {
        for (let column = 0; column < columns; column += 1) {
          const nibble = row * columns + column;
          const value = (source[(nibble >> 1) - from] >> (4 * (nibble & 1))) & 15;
          result[(row - first) * rowBytes + (column >> 1)] |= value << (4 * (column & 1));
        }
      }
      return result;
    },
  };
}
