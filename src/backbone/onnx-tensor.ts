import { blobBytes, memoryBytes } from './lazy-bytes.ts';
import { appendIntegers, fieldFloat, fieldText, walkBlob, walkBytes, type BlobWindow, type WireField } from './protobuf.ts';
import { BackboneError, type LazyBytes, type Sliceable } from './types.ts';

/** Opens an external data file by the location that a model names, relative to the model. */
export type ExternalResolver = (location: string) => Promise<Blob>;

export interface OnnxTensor {
  readonly name: string;
  readonly dims: readonly number[];
  /** TensorProto.DataType. */
  readonly dataType: number;
  /** Contents in the layout of raw_data; null where they stand in a field that no weight uses (strings, int64_data). */
  readonly bytes: LazyBytes | null;
}

/** TensorProto.DataType → name and bytes per element, for those that models hold. */
const DATA_TYPES: Readonly<Partial<Record<number, { readonly name: string; readonly size: number }>>> = {
  1: { name: 'float32', size: 4 },
  2: { name: 'uint8', size: 1 },
  3: { name: 'int8', size: 1 },
  4: { name: 'uint16', size: 2 },
  5: { name: 'int16', size: 2 },
  6: { name: 'int32', size: 4 },
  7: { name: 'int64', size: 8 },
  9: { name: 'bool', size: 1 },
  10: { name: 'float16', size: 2 },
  11: { name: 'float64', size: 8 },
  12: { name: 'uint32', size: 4 },
  13: { name: 'uint64', size: 8 },
  16: { name: 'bfloat16', size: 2 },
  21: { name: 'uint4', size: 0.5 },
  22: { name: 'int4', size: 0.5 },
};

/** The type's name for a message. */
export function dataTypeName(dataType: number): string {
  return DATA_TYPES[dataType]?.name ?? `data type ${dataType}`;
}

export function elementCount(dims: readonly number[]): number {
  return dims.reduce((product, dim) => product * dim, 1);
}

interface ExternalData {
  location: string;
  offset: number;
  length: number | null;
}

function readExternalEntry(bytes: Uint8Array, external: ExternalData): void {
  let key = '';
  let value = '';
  for (const field of walkBytes(bytes)) {
    if (field.number === 1) key = fieldText(bytes, field);
    if (field.number === 2) value = fieldText(bytes, field);
  }
  if (key === 'location') external.location = value;
  if (key === 'offset') external.offset = Number(value);
  if (key === 'length') external.length = Number(value);
}

/** float_data, int32_data, double_data as raw bytes: int32_data also holds float16, bfloat16, uint8 … one a number. */
function typedData(fields: readonly { readonly field: WireField; readonly bytes: Uint8Array }[], dataType: number): Uint8Array | null {
  const size = DATA_TYPES[dataType]?.size;
  if (size === undefined || size < 1) return null;
  const values: number[] = [];
  for (const { field, bytes } of fields) {
    const inner = { ...field, start: 0, end: bytes.length };
    if (field.number === 5) {
      if (field.wire === 0) values.push(field.value);
      else appendIntegers(bytes, inner, values);
    } else if (field.wire === 5) values.push(fieldFloat(bytes, inner));
    else for (let at = 0; at + 4 <= bytes.length; at += 4) values.push(new DataView(bytes.buffer, bytes.byteOffset + at, 4).getFloat32(0, true));
  }
  const raw = new Uint8Array(values.length * size);
  const view = new DataView(raw.buffer);
  values.forEach((value, index) => {
    if (dataType === 1) view.setFloat32(index * 4, value, true);
    else if (size === 1) view.setUint8(index, value & 0xff);
    else if (size === 2) view.setUint16(index * 2, value & 0xffff, true);
    else if (size === 4) view.setInt32(index * 4, value, true);
  });
  return raw;
}

async function externalBytes(external: ExternalData, expected: number | null, what: string, resolve: ExternalResolver): Promise<LazyBytes> {
  if (external.location === '') throw new BackboneError(`${what} is external data without a file name.`);
  const blob = await resolve(external.location);
  const length = external.length ?? expected ?? blob.size - external.offset;
  if (!Number.isSafeInteger(external.offset) || external.offset < 0 || !Number.isSafeInteger(length) || length < 0) {
    throw new BackboneError(`${what} names an impossible place in ${external.location} (offset ${external.offset}, length ${length}).`);
  }
  return blobBytes(blob, external.offset, length, `${what} in ${external.location}`, external.location);
}

/**
 * Reads the TensorProto at [start, end) of a file; `raw_data` stays there.
 * @throws BackboneError when dimensions, type and number of bytes do not fit together
 */
export async function readTensor(window: BlobWindow, blob: Sliceable, start: number, end: number, resolve: ExternalResolver): Promise<OnnxTensor> {
  let name = '';
  let dataType = 0;
  let raw: WireField | null = null;
  let isExternal = false;
  const dims: number[] = [];
  const external: ExternalData = { location: '', offset: 0, length: null };
  const typed: { field: WireField; bytes: Uint8Array }[] = [];
  for await (const field of walkBlob(window, start, end)) {
    if (field.number === 9 && field.wire === 2) {
      raw = field;
      continue;
    }
    if (field.number === 2) dataType = field.value;
    if (field.number === 14) isExternal = field.value === 1;
    if (field.number === 1 && field.wire === 0) dims.push(field.value);
    if (field.number === 5 && field.wire === 0) typed.push({ field, bytes: new Uint8Array(0) });
    if (![1, 4, 5, 8, 13].includes(field.number) || field.wire === 0) continue;
    // Copied, because the next header read may replace the window.
    const bytes = Uint8Array.from(await window.view(field.start, field.end));
    const inner = { ...field, start: 0, end: bytes.length };
    if (field.number === 1) appendIntegers(bytes, inner, dims);
    else if (field.number === 8) name = fieldText(bytes, inner);
    else if (field.number === 13) readExternalEntry(bytes, external);
    else typed.push({ field, bytes });
  }
  const what = `Tensor "${name}" at byte ${start}`;
  if (dims.some((dim) => dim < 0 || !Number.isSafeInteger(dim))) throw new BackboneError(`${what} has impossible dimensions [${dims.join(', ')}].`);
  const size = DATA_TYPES[dataType]?.size;
  const expected = size === undefined ? null : Math.ceil(elementCount(dims) * size);

  let bytes: LazyBytes | null = null;
  if (isExternal) bytes = await externalBytes(external, expected, what, resolve);
  else if (raw) bytes = blobBytes(blob, raw.start, raw.end - raw.start, what, null);
  else if (typed.length > 0) {
    const data = typedData(typed, dataType);
    if (data) bytes = memoryBytes(data, what);
  } else if (expected === 0) bytes = memoryBytes(new Uint8Array(0), what);
  if (bytes && expected !== null && bytes.byteLength !== expected) {
    throw new BackboneError(`${what} is ${dataTypeName(dataType)} [${dims.join(', ')}], which takes ${expected} bytes, and the file holds ${bytes.byteLength}.`);
  }
  return { name, dims, dataType, bytes };
}
