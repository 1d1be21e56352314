import { z } from 'zod';
import { sha256Text } from '../sha256.ts';
import { BackboneError, type BackboneSource } from '../types.ts';
import { SourceError } from './source-error.ts';
import { isPlainPath, type Folder, type RemoteModel } from './types.ts';
import type { Variant } from './variants.ts';

/**
 * Models are kept in the origin private file system, in parts: every range of a download is a file of its own, and a
 * model's file is a Blob over its parts.
 *
 * Why not the Cache API, which web-llm and transformers.js use: it takes an answer whole, so that a break or a reload
 * loses all of a file of 800 MB, and ranges would have to be put together in it once more. Why parts: a file of the
 * origin private file system that is written at several places at once must be held by one worker, and createWritable
 * copies all that is there for every change; a part is written once, appears whole or not at all, and needs no lock.
 * Both give Blobs that the browser reads from disk by slices; nothing is ever in memory whole.
 */
const fileEntry = z.object({
  path: z.string().refine(isPlainPath),
  size: z.number().int().nonnegative().nullable(),
  sha256: z.string().nullable(),
  gitOid: z.string().nullable(),
  /** What the server called this version, where it gives no hash. */
  etag: z.string().nullable(),
});

const manifest = z.object({
  format: z.literal('seesaw.kept-model'),
  version: z.literal(1),
  key: z.string().regex(/^[0-9a-f]{16}$/),
  /** As runs and records name the backbone. */
  name: z.string(),
  kind: z.enum(['hub', 'address']),
  root: z.string(),
  revision: z.string().nullable(),
  commit: z.string().nullable(),
  model: z.string(),
  label: z.string(),
  partBytes: z.number().int().positive(),
  /** ISO date of the download. */
  added: z.string(),
  /** All files are there and verified. */
  complete: z.boolean(),
  files: z.array(fileEntry),
});

export type Manifest = z.infer<typeof manifest>;
export type KeptFile = z.infer<typeof fileEntry>;

/** Size of one part and of one range request: large enough that a request's latency does not count, small enough that a break loses little. */
export const PART_BYTES = 8 * 2 ** 20;

export interface KeptModel {
  readonly key: string;
  readonly name: string;
  readonly label: string;
  /** What is stored of it now. */
  readonly bytes: number;
  /** All of it; null where the server did not tell. */
  readonly total: number | null;
  readonly complete: boolean;
  readonly added: string;
  readonly root: string;
  readonly commit: string | null;
}

/** "org/name@commit model_q4": a record that names it tells exactly which file was used. */
export function keptName({ kind, name, commit, root }: RemoteModel, { path }: Pick<Variant, 'path'>): string {
  const file = path.slice(path.lastIndexOf('/') + 1).replace(/\.onnx$/, '');
  return kind === 'hub' ? `${name}@${commit ?? ''} ${file}` : `${root.replace(/^https?:\/\//, '').replace(/\/$/, '')} ${file}`;
}

export async function keyOf({ root }: Pick<RemoteModel, 'root'>, { path }: Pick<Variant, 'path'>): Promise<string> {
  return (await sha256Text(`${root}\n${path}`)).slice(0, 16);
}

export function newManifest(key: string, model: RemoteModel, variant: Variant, partBytes: number): Manifest {
  const { kind, root, revision, commit } = model;
  const files = variant.files.map((file) => ({ ...file, etag: null }));
  return { format: 'seesaw.kept-model', version: 1, key, name: keptName(model, variant), kind, root, revision, commit, model: variant.path, label: variant.label, partBytes, added: new Date().toISOString(), complete: false, files };
}

export class KeptModels {
  readonly #folder: Folder;

  constructor(folder: Folder) {
    this.#folder = folder;
  }

  async list(): Promise<KeptModel[]> {
    const names = await this.#folder.names();
    const manifests = await Promise.all(names.filter((name) => name.endsWith('.json')).map((name) => this.#read(name)));
    const models = await Promise.all(
      manifests
        .filter((one) => one !== null)
        .map(async ({ key, name, label, complete, added, files, root, commit }) => {
          const total = files.reduce<number | null>((sum, { size }) => (sum === null || size === null ? null : sum + size), 0);
          const bytes = complete && total !== null ? total : await this.#stored(key, names);
          return { key, name, label, bytes, total, complete, added, root, commit };
        }),
    );
    return models.sort((a, b) => b.added.localeCompare(a.added));
  }

  async find(key: string): Promise<Manifest | null> {
    return this.#read(`${key}.json`);
  }

  async save(one: Manifest): Promise<void> {
    await this.#write(`${one.key}.json`, new Blob([JSON.stringify(one)]));
  }

  /** Deletes a model and whatever was loaded of it. */
  async delete(key: string): Promise<void> {
    const names = await this.#folder.names();
    // The manifest goes last: parts that nothing names could never be listed or deleted.
    for (const name of names) if (name.startsWith(`${key}.`) && !name.endsWith('.json')) await this.#folder.remove(name);
    await this.#folder.remove(`${key}.json`);
  }

  free(): Promise<number | null> {
    return this.#folder.free();
  }

  async writePart(key: string, file: number, part: number, contents: Uint8Array<ArrayBuffer>): Promise<void> {
    await this.#write(partName(key, file, part), new Blob([contents]));
  }

  async readPart(key: string, file: number, part: number): Promise<Blob | null> {
    return this.#folder.read(partName(key, file, part));
  }

  /** The names of what is stored of a model: asking once is quicker than asking for every part. */
  async partNames(key: string): Promise<ReadonlySet<string>> {
    return new Set((await this.#folder.names()).filter((name) => name.startsWith(`${key}.`)));
  }

  async dropFile(key: string, file: number): Promise<void> {
    for (const name of await this.#folder.names()) if (name.startsWith(`${key}.${file}.`)) await this.#folder.remove(name);
  }

  /**
   * A file over its parts, read from disk by slices.
   * @throws BackboneError where a part is missing or has another size
   */
  async open({ key, partBytes, files }: Manifest, path: string): Promise<Blob> {
    const index = files.findIndex((file) => file.path === path);
    const size = index < 0 ? null : files[index].size;
    if (size === null) throw new BackboneError(`${path} is missing in the kept model; its files are ${files.map((file) => file.path).join(', ')}.`);
    const parts: Blob[] = [];
    for (let at = 0; at < size; at += partBytes) {
      const part = await this.readPart(key, index, at / partBytes);
      if (part?.size !== Math.min(partBytes, size - at)) throw new SourceError('damaged', `${path} is no longer whole in this browser’s storage.`, 'Delete the kept model and load it again.');
      parts.push(part);
    }
    return new Blob(parts);
  }

  /** A kept model as a source. @throws SourceError when it is gone or incomplete */
  source(key: string, name: string): BackboneSource {
    let found: Promise<Manifest> | null = null;
    const load = async (): Promise<Manifest> => {
      const one = await this.find(key);
      if (!one) throw new SourceError('missing', `“${name}” is no longer kept in this browser.`, 'Load it again from where it came.');
      if (!one.complete) throw new SourceError('missing', `“${name}” is not loaded completely.`, 'Open the models and let the download go on.');
      return one;
    };
    const whole = (): Promise<Manifest> => (found ??= load());
    return {
      name,
      list: async () => (await whole()).files.map(({ path }) => path),
      open: async (path) => this.open(await whole(), path),
    };
  }

  async #read(name: string): Promise<Manifest | null> {
    const blob = await this.#folder.read(name);
    if (!blob) return null;
    try {
      return manifest.parse(JSON.parse(await blob.text()));
    } catch {
      // Not of this page, or of a version that no longer exists: nothing that could be used.
      return null;
    }
  }

  async #stored(key: string, names: readonly string[]): Promise<number> {
    const parts = names.filter((name) => name.startsWith(`${key}.`) && !name.endsWith('.json'));
    const sizes = await Promise.all(parts.map(async (name) => (await this.#folder.read(name))?.size ?? 0));
    return sizes.reduce((sum, size) => sum + size, 0);
  }

  async #write(name: string, contents: Blob): Promise<void> {
    try {
      await this.#folder.write(name, contents);
    } catch (error) {
      if (error instanceof Error && error.name === 'QuotaExceededError') {
        throw new SourceError('storage', 'The browser’s storage for this page is full.', 'Delete a kept model, or free space on the disk; what is already loaded is kept.');
      }
      throw error;
    }
  }
}

export function partName(key: string, file: number, part: number): string {
  return `${key}.${file}.${part}`;
}
