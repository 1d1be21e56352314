import { BackboneError, type BytePatch, type BytePlace, type LazyBytes, type Sliceable } from './types.ts';

function checkedRange(what: string, byteLength: number, start: number, end: number): void {
  if (start < 0 || end < start || end > byteLength) {
    throw new BackboneError(`${what}: bytes ${start} to ${end} were asked for, and there are ${byteLength}.`);
  }
}

/**
 * Bytes [start, end) of a blob in memory.
 * @throws BackboneError where the browser can no longer read the file (moved, changed or on a removed disk).
 */
export async function readBlob(blob: Sliceable, start: number, end: number, what: string): Promise<Uint8Array<ArrayBuffer>> {
  let bytes: Uint8Array<ArrayBuffer>;
  try {
    bytes = new Uint8Array(await blob.slice(start, end).arrayBuffer());
  } catch (error) {
    if (error instanceof BackboneError) throw error;
    throw new BackboneError(`${what} could not be read (${error instanceof Error ? error.message : String(error)}); choose the files again.`);
  }
  if (bytes.length !== end - start) {
    throw new BackboneError(`${what}: only ${bytes.length} of ${end - start} bytes at ${start} could be read; the file changed or is truncated.`);
  }
  return bytes;
}

/**
 * Bytes [offset, offset + byteLength) of a blob, read when asked.
 * @param file which of a model's files the blob is (types.ts, BytePlace); undefined where it is none of them
 * @throws BackboneError at once when the blob is too short: a truncated download shows before minutes of loading.
 */
export function blobBytes(blob: Sliceable, offset: number, byteLength: number, what: string, file?: BytePlace['file']): LazyBytes {
  if (offset + byteLength > blob.size) {
    throw new BackboneError(`${what} ends at byte ${offset + byteLength}, but its file has only ${blob.size} bytes: the file is truncated.`);
  }
  return {
    byteLength,
    place: file === undefined ? null : { file, offset },
    async read(start = 0, end = byteLength) {
      checkedRange(what, byteLength, start, end);
      return readBlob(blob, offset + start, offset + end, what);
    },
  };
}

/** Bytes that are in memory already. Each read is a copy, as it is for a blob. */
export function memoryBytes(bytes: Uint8Array, what: string): LazyBytes {
  return {
    byteLength: bytes.length,
    place: null,
    read(start = 0, end = bytes.length) {
      checkedRange(what, bytes.length, start, end);
      return Promise.resolve(Uint8Array.from(bytes.subarray(start, end)));
    },
  };
}

/**
 * Puts those patches that touch bytes [place.offset, …) of a model's file over these bytes; of patches that overlap the
 * later ones count.
 */
export function applyPatches(bytes: Uint8Array, place: BytePlace, patches: readonly BytePatch[]): void {
  for (const patch of patches) {
    if (patch.file !== place.file) continue;
    const from = Math.max(place.offset, patch.offset);
    const to = Math.min(place.offset + bytes.length, patch.offset + patch.bytes.length);
    if (from < to) bytes.set(patch.bytes.subarray(from - patch.offset, to - patch.offset), from - place.offset);
  }
}

/** The same bytes as the patches leave them. Bytes that stand in no file have nothing to patch. */
export function patchedBytes(lazy: LazyBytes, patches: readonly BytePatch[]): LazyBytes {
  const { place, byteLength } = lazy;
  if (!place) return lazy;
  const own = patches.filter(({ file, offset, bytes }) => file === place.file && offset < place.offset + byteLength && place.offset < offset + bytes.length);
  if (own.length === 0) return lazy;
  return {
    byteLength,
    place,
    async read(start = 0, end = byteLength) {
      const bytes = await lazy.read(start, end);
      applyPatches(bytes, { file: place.file, offset: place.offset + start }, own);
      return bytes;
    },
  };
}
