import { z } from 'zod';
import { bytesToFloats, halvesToFloats } from './dequantise.ts';
import { blobBytes, readBlob } from './lazy-bytes.ts';
import { BackboneError, type LazyBytes } from './types.ts';

const DTYPE_SIZE = { F64: 8, F32: 4, F16: 2, BF16: 2, I64: 8, I32: 4, I16: 2, I8: 1, U64: 8, U32: 4, U16: 2, U8: 1, BOOL: 1 } as const;
type DType = keyof typeof DTYPE_SIZE;

export interface SafeTensor {
  readonly dtype: DType;
  readonly shape: readonly number[];
  readonly bytes: LazyBytes;
}

export interface SafetensorsFile {
  readonly tensors: ReadonlyMap<string, SafeTensor>;
  readonly metadata: Readonly<Record<string, string>>;
}

const count = z.number().int().nonnegative();
const entry = z.object({
  dtype: z.enum(['F64', 'F32', 'F16', 'BF16', 'I64', 'I32', 'I16', 'I8', 'U64', 'U32', 'U16', 'U8', 'BOOL']),
  shape: z.array(count),
  data_offsets: z.tuple([count, count]),
});
const metadataEntry = z.record(z.string(), z.string());

/** The format's own limit. */
const MAX_HEADER = 100_000_000;

/**
 * Reads the header of a safetensors file; contents stay in the blob.
 * @param path name of the file for messages
 * @throws BackboneError for a truncated or malformed file, naming the tensor
 */
export async function openSafetensors(blob: Blob, path = 'The safetensors file'): Promise<SafetensorsFile> {
  if (blob.size < 8) throw new BackboneError(`${path} has ${blob.size} bytes; a safetensors file has at least 8.`);
  const prefix = await readBlob(blob, 0, 8, path);
  const length = Number(new DataView(prefix.buffer).getBigUint64(0, true));
  if (length > MAX_HEADER || 8 + length > blob.size) throw new BackboneError(`${path} says its header has ${length} bytes and has ${blob.size} in all: it is truncated or not a safetensors file.`);
  let json: unknown;
  try {
    json = JSON.parse(new TextDecoder().decode(await readBlob(blob, 8, 8 + length, path)));
  } catch (error) {
    if (error instanceof BackboneError) throw error;
    throw new BackboneError(`The header of ${path} is not JSON: it is not a safetensors file.`);
  }
  const entries = z.record(z.string(), z.unknown()).safeParse(json);
  if (!entries.success) throw new BackboneError(`The header of ${path} is not an object of tensors.`);
  const tensors = new Map<string, SafeTensor>();
  let metadata: Record<string, string> = {};
  for (const [name, value] of Object.entries(entries.data)) {
    if (name === '__metadata__') {
      metadata = metadataEntry.catch({}).parse(value);
      continue;
    }
    const parsed = entry.safeParse(value);
    if (!parsed.success) throw new BackboneError(`${path}: the entry of "${name}" is malformed (${parsed.error.issues[0].message}).`);
    const { dtype, shape, data_offsets } = parsed.data;
    const [start, end] = data_offsets;
    const expected = shape.reduce((product, dim) => product * dim, 1) * DTYPE_SIZE[dtype];
    if (end - start !== expected) throw new BackboneError(`${path}: "${name}" is ${dtype} [${shape.join(', ')}], which takes ${expected} bytes, and has ${end - start}.`);
    tensors.set(name, { dtype, shape, bytes: blobBytes(blob, 8 + length + start, expected, `"${name}" of ${path}`) });
  }
  return { tensors, metadata };
}

/** A float tensor's values as f32. @throws BackboneError for integer types */
export async function safeTensorFloats(tensor: SafeTensor, name: string): Promise<Float32Array<ArrayBuffer>> {
  const bytes = await tensor.bytes.read();
  switch (tensor.dtype) {
    case 'F32':
      return bytesToFloats(bytes);
    case 'F16':
      return halvesToFloats(bytes);
    case 'BF16': {
      // bfloat16 is the upper half of an f32.
      const words = new Uint32Array(bytes.length / 2);
      for (let index = 0; index < words.length; index += 1) words[index] = (bytes[2 * index] << 16) | (bytes[2 * index + 1] << 24);
      return new Float32Array(words.buffer);
    }
    case 'F64':
      return Float32Array.from(new Float64Array(bytes.buffer));
    default:
      throw new BackboneError(`"${name}" is ${tensor.dtype}; float values are expected.`);
  }
}

/** A float tensor's values in double precision. */
export async function safeTensorDoubles(tensor: SafeTensor, name: string): Promise<Float64Array> {
  return tensor.dtype === 'F64' ? new Float64Array((await tensor.bytes.read()).buffer) : Float64Array.from(await safeTensorFloats(tensor, name));
}

/**
 * Writes f32 (or f64) tensors. Names are sorted and the header padded with spaces to 8 bytes, so equal contents give
 * equal bytes.
 */
export function writeSafetensors(
  tensors: ReadonlyMap<string, { readonly shape: readonly number[]; readonly values: Float32Array | Float64Array }>,
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array<ArrayBuffer> {
  const names = [...tensors.keys()].sort();
  const header: Record<string, unknown> = Object.keys(metadata).length > 0 ? { __metadata__: metadata } : {};
  let offset = 0;
  for (const name of names) {
    const { shape, values } = tensors.get(name)!;
    header[name] = { dtype: values instanceof Float64Array ? 'F64' : 'F32', shape, data_offsets: [offset, offset + values.byteLength] };
    offset += values.byteLength;
  }
  const json = new TextEncoder().encode(JSON.stringify(header));
  const padded = Math.ceil(json.length / 8) * 8;
  const file = new Uint8Array(8 + padded + offset).fill(0x20, 8, 8 + padded);
  new DataView(file.buffer).setBigUint64(0, BigInt(padded), true);
  file.set(json, 8);
  let at = 8 + padded;
  for (const name of names) {
    const { values } = tensors.get(name)!;
    file.set(new Uint8Array(values.buffer, values.byteOffset, values.byteLength), at);
    at += values.byteLength;
  }
  return file;
}
