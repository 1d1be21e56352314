import { readBlob } from './lazy-bytes.ts';
import { BackboneError, type Sliceable } from './types.ts';

/** One field of a message: `value` of a varint or fixed number, or the byte range [start, end) of a length-delimited one. */
export interface WireField {
  readonly number: number;
  readonly wire: 0 | 1 | 2 | 5;
  /** Varint as a signed 64-bit integer (exact to 2^53); for the other wires 0. */
  readonly value: number;
  readonly start: number;
  readonly end: number;
}

/** The longest field header: a tag of at most 5 bytes and a varint of at most 10. */
const MAX_HEADER = 15;

/**
 * A message as a window onto a blob. Windows are read one at a time and only where headers stand: a field that is
 * skipped costs no read, so a model of 774 MB with 626 initialisers is walked in 0.2 s with 24 MB read.
 */
export class BlobWindow {
  readonly size: number;
  readonly #blob: Sliceable;
  readonly #windowBytes: number;
  #start = 0;
  #bytes = new Uint8Array(0);
  /** Bytes read so far, for tests and reports. */
  bytesRead = 0;

  constructor(blob: Sliceable, windowBytes = 64 * 1024) {
    this.#blob = blob;
    this.#windowBytes = windowBytes;
    this.size = blob.size;
  }

  /** Bytes [start, end) as a view that the next call may replace; fewer where the blob ends before. */
  async view(start: number, end: number): Promise<Uint8Array> {
    if (start < this.#start || end > this.#start + this.#bytes.length) {
      const length = Math.max(this.#windowBytes, end - start);
      this.#bytes = await readBlob(this.#blob, start, Math.min(this.size, start + length), 'The ONNX file');
      this.#start = start;
      this.bytesRead += this.#bytes.length;
    }
    return this.#bytes.subarray(start - this.#start, end - this.#start);
  }
}

/** Reads the varint at `at`; `next` is the offset behind it. Negative int64 come out negative. */
export function readVarint(bytes: Uint8Array, at: number, base: number): { readonly value: number; readonly next: number } {
  let low = 0;
  let high = 0;
  let next = at;
  for (let index = 0; index < 10; index += 1) {
    if (next >= bytes.length) throw new BackboneError(`The file breaks off inside a number at byte ${base + next}: it is truncated.`);
    const byte = bytes[next];
    next += 1;
    // 28 bits fit the low word, the fifth byte straddles, the rest belongs to the high word.
    if (index < 4) low |= (byte & 0x7f) << (7 * index);
    else if (index === 4) {
      low |= (byte & 0x0f) << 28;
      high |= (byte & 0x70) >> 4;
    } else high |= (byte & 0x7f) << (7 * index - 32);
    if (byte < 0x80) return { value: (high | 0) * 2 ** 32 + (low >>> 0), next };
  }
  throw new BackboneError(`No number ends within 10 bytes at byte ${base + at}: this is not a protobuf file, or it is damaged.`);
}

/** Parses the header at `at` of a message whose `bytes` begin at file offset `base`; `limit` is the message's end in the file. */
function readHeader(bytes: Uint8Array, at: number, base: number, limit: number): WireField {
  const tag = readVarint(bytes, at, base);
  const number = Math.floor(tag.value / 8);
  const wire = tag.value & 7;
  if (number < 1 || tag.value >= 2 ** 32 || tag.value < 0) {
    throw new BackboneError(`Byte ${base + at} does not begin a field (tag ${tag.value}): this is not a protobuf file, or it is damaged.`);
  }
  const offset = base + tag.next;
  switch (wire) {
    case 0: {
      const { value, next } = readVarint(bytes, tag.next, base);
      return { number, wire, value, start: offset, end: base + next };
    }
    case 1:
    case 5: {
      const end = offset + (wire === 1 ? 8 : 4);
      if (end > limit) throw new BackboneError(`Field ${number} at byte ${base + at} needs ${end - offset} bytes and only ${limit - offset} are left: the file is truncated.`);
      return { number, wire, value: 0, start: offset, end };
    }
    case 2: {
      const length = readVarint(bytes, tag.next, base);
      const start = base + length.next;
      if (length.value < 0 || start + length.value > limit) {
        throw new BackboneError(`Field ${number} at byte ${base + at} says it has ${length.value} bytes and only ${Math.max(0, limit - start)} are left: the file is truncated or damaged.`);
      }
      return { number, wire, value: 0, start, end: start + length.value };
    }
    default:
      throw new BackboneError(`Field ${number} at byte ${base + at} has wire type ${wire}, which ONNX files do not use: this is not an ONNX file, or it is damaged.`);
  }
}

/** Walks the fields of the message at [start, end) of a blob; contents are read only by the caller. */
export async function* walkBlob(window: BlobWindow, start = 0, end = window.size): AsyncGenerator<WireField> {
  let at = start;
  while (at < end) {
    const header = await window.view(at, Math.min(end, at + MAX_HEADER));
    const field = readHeader(header, 0, at, end);
    yield field;
    at = field.end;
  }
}

/** Walks the fields of a message in memory; `start` and `end` of the fields are offsets into `bytes`. */
export function* walkBytes(bytes: Uint8Array, start = 0, end = bytes.length): Generator<WireField> {
  const message = end === bytes.length ? bytes : bytes.subarray(0, end);
  let at = start;
  while (at < end) {
    const field = readHeader(message, at, 0, end);
    yield field;
    at = field.end;
  }
}

const decoder = new TextDecoder('utf-8');

/** The field's contents as text. */
export function fieldText(bytes: Uint8Array, field: WireField): string {
  return decoder.decode(bytes.subarray(field.start, field.end));
}

/** A repeated integer field, packed or one value a field, appended to `values`. */
export function appendIntegers(bytes: Uint8Array, field: WireField, values: number[]): void {
  if (field.wire === 0) {
    values.push(field.value);
    return;
  }
  let at = field.start;
  const message = bytes.subarray(0, field.end);
  while (at < field.end) {
    const { value, next } = readVarint(message, at, 0);
    values.push(value);
    at = next;
  }
}

/** A fixed32 field as a float. */
export function fieldFloat(bytes: Uint8Array, field: WireField): number {
  return new DataView(bytes.buffer, bytes.byteOffset + field.start, 4).getFloat32(0, true);
}
