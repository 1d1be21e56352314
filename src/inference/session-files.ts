import { applyPatches, readBlob } from '../backbone/lazy-bytes.ts';
import { BackboneError, type BytePatch } from '../backbone/types.ts';

/** One file of a model as onnxruntime takes its external data. */
export interface SessionFile {
  readonly path: string;
  readonly data: Uint8Array;
}

/** What JavaScript's memory can be asked for in one piece everywhere; real files beyond it come with external data. */
const MAX_BYTES = 2 ** 31 - 1;

/** onnxruntime-web's offsets into a file have 32 bits (but for its JSPI build). */
export const LARGEST_FILE = 2 ** 32 - 1;

/** Read at a time where a file has to be read whole. */
const CHUNK = 64 * 2 ** 20;

/**
 * A file whose bytes are read when onnxruntime asks for them, one initialiser at a time, so that it never stands in
 * JavaScript's memory: what onnxruntime-web 1.30 does with external data is `byteLength`, then `subarray(start, end)` of
 * each initialiser, whose bytes it copies (`mountExternalData` in its loader). It must be a Uint8Array to be taken as it is.
 */
class FileOnDisk extends Uint8Array {
  readonly #file: Blob;
  readonly #patches: readonly BytePatch[];

  constructor(file: Blob, patches: readonly BytePatch[]) {
    super(0);
    this.#file = file;
    this.#patches = patches;
  }

  override get byteLength(): number {
    return this.#file.size;
  }

  override subarray(start = 0, end = this.#file.size): Uint8Array<ArrayBuffer> {
    const bytes = new Uint8Array(new FileReaderSync().readAsArrayBuffer(this.#file.slice(start, end)));
    applyPatches(bytes, { file: null, offset: start }, this.#patches);
    return bytes;
  }
}

/**
 * A file as external data, with the patches that are its own.
 * @param name how the patches call it: null is the graph's own file
 * @throws BackboneError where it cannot be read, has 4 GiB or more, or 2 GiB in a place without `FileReaderSync` (outside workers)
 */
export async function sessionFile(path: string, name: string | null, file: Blob, patches: readonly BytePatch[]): Promise<SessionFile> {
  const own = patches.filter((patch) => patch.file === name).map((patch) => ({ ...patch, file: null }));
  const limit = typeof FileReaderSync === 'undefined' ? MAX_BYTES : LARGEST_FILE;
  if (file.size > limit) {
    throw new BackboneError(`The model's file${name === null ? '' : ` ${name}`} has ${(file.size / 2 ** 30).toFixed(1)} GiB, and onnxruntime-web takes at most ${Math.round(limit / 2 ** 30)} GiB in one; choose a smaller export (model_q4.onnx), or one whose data is in several files.`);
  }
  if (typeof FileReaderSync !== 'undefined') return { path, data: new FileOnDisk(file, own) };
  const data = new Uint8Array(file.size);
  for (let start = 0; start < file.size; start += CHUNK) data.set(await readBlob(file, start, Math.min(file.size, start + CHUNK), 'The model'), start);
  applyPatches(data, { file: null, offset: 0 }, own);
  return { path, data };
}
