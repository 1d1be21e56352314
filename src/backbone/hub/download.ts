import { loadPart } from './part-download.ts';
import { newManifest, keyOf, PART_BYTES, partName, type KeptModels, type Manifest } from './kept-models.ts';
import { RateMeter } from './rate-meter.ts';
import type { Access, Patience, Wait } from './request.ts';
import { SourceError } from './source-error.ts';
import { FileStream } from './file-stream.ts';
import { fileAddress, type RemoteModel } from './types.ts';
import type { Variant } from './variants.ts';
import { verifyFile } from './verify.ts';

export interface DownloadProgress {
  readonly phase: 'loading' | 'checking';
  /** Of all files; what an earlier download left counts. */
  readonly bytes: number;
  /** Null where the server does not tell every size. */
  readonly total: number | null;
  readonly perSecond: number;
  readonly secondsLeft: number | null;
  /** What the user should know meanwhile; null when all is well. */
  readonly note: string | null;
}

export interface DownloadOptions {
  readonly access: Access;
  readonly onProgress?: (progress: DownloadProgress) => void;
  /** Range requests under way at once. */
  readonly parallel?: number;
  readonly partBytes?: number;
  readonly stallMs?: number;
  readonly wait?: Wait;
}

/** Four requests fill most lines; each holds one part (8 MiB) in memory until it is stored. */
const PARALLEL = 4;

interface Task {
  readonly file: number;
  readonly part: number;
}

/**
 * Loads a variant of a model into the storage and verifies it. What is there already, from a download that was paused,
 * failed or interrupted by a reload, is not loaded again.
 * @returns the kept model's manifest
 * @throws SourceError; the signal's reason when it was aborted, which leaves what was loaded in place
 */
export async function downloadModel(model: RemoteModel, variant: Variant, kept: KeptModels, options: DownloadOptions): Promise<Manifest> {
  const download = new Download(await beginManifest(model, variant, kept, options.partBytes ?? PART_BYTES), kept, options);
  return download.run();
}

/** The manifest of an earlier download where its files are the same; else a new one, and what no longer fits is deleted. */
async function beginManifest(model: RemoteModel, variant: Variant, kept: KeptModels, partBytes: number): Promise<Manifest> {
  const key = await keyOf(model, variant);
  const known = await kept.find(key);
  const fresh = newManifest(key, model, variant, known?.partBytes ?? partBytes);
  if (!known) return fresh;
  const files = fresh.files.map((file, index) => {
    const old = known.files.at(index);
    const same = old?.path === file.path && (old.size === file.size || file.size === null) && old.sha256 === file.sha256 && old.gitOid === file.gitOid;
    return { file: same ? old : file, same };
  });
  for (const [index, { same }] of files.entries()) if (!same) await kept.dropFile(key, index);
  return { ...fresh, complete: known.complete && files.every(({ same }) => same) && files.length === known.files.length, files: files.map(({ file }) => file) };
}

class Download {
  readonly #kept: KeptModels;
  readonly #options: DownloadOptions;
  readonly #meter = new RateMeter();
  readonly #stop = new AbortController();
  #manifest: Manifest;
  #bytes = 0;
  #checked = 0;
  #note: string | null = null;
  /** Files that come in one stream, because their server knows no ranges or no size. */
  readonly #streamed = new Set<number>();
  readonly #changed = new Set<number>();
  #saving: Promise<void> = Promise.resolve();

  constructor(manifest: Manifest, kept: KeptModels, options: DownloadOptions) {
    this.#manifest = manifest;
    this.#kept = kept;
    this.#options = options;
  }

  async run(): Promise<Manifest> {
    if (this.#manifest.complete) return this.#manifest;
    const tasks = await this.#missing();
    await this.#requireRoom();
    await this.#kept.save(this.#manifest);
    this.#tell();
    const { parallel = PARALLEL } = this.#options;
    const next = (): Task | undefined => tasks.shift();
    const failures: unknown[] = [];
    await Promise.all(
      Array.from({ length: parallel }, async () => {
        try {
          for (let task = next(); task; task = next()) await this.#load(task);
        } catch (error) {
          failures.push(error);
          // The others stop too, and are waited for: nothing is written once the download has ended.
          this.#stop.abort(error);
        }
      }),
    );
    await this.#saving;
    if (failures.length > 0) {
      await this.#forgetChanged();
      // The first reason is the one that is told.
      throw failures[0];
    }
    await this.#verify();
    this.#manifest = { ...this.#manifest, complete: true };
    await this.#kept.save(this.#manifest);
    return this.#manifest;
  }

  get #access(): Access {
    const { access } = this.#options;
    return { ...access, signal: access.signal ? AbortSignal.any([access.signal, this.#stop.signal]) : this.#stop.signal };
  }

  #patience(signal: AbortSignal | undefined): Patience {
    const { wait } = this.#options;
    return {
      ...(signal ? { signal } : {}),
      ...(wait ? { wait } : {}),
      onRetry: (error, milliseconds) => {
        this.#note = `${error.message} Trying again in ${Math.ceil(milliseconds / 1000)} s.`;
        this.#tell();
      },
    };
  }

  /** Parts that are not stored yet, files in their order; small files come first, so that a wrong one shows early. */
  async #missing(): Promise<Task[]> {
    const { key, partBytes, files } = this.#manifest;
    const names = await this.#kept.partNames(key);
    const tasks: Task[] = [];
    for (const [file, { size }] of files.entries()) {
      if (size === null) tasks.push({ file, part: 0 });
      else {
        for (let part = 0; part * partBytes < size; part += 1) {
          if (names.has(partName(key, file, part))) this.#bytes += Math.min(partBytes, size - part * partBytes);
          else tasks.push({ file, part });
        }
        // An empty file has no parts and is there.
      }
    }
    return tasks.sort((a, b) => (files[a.file].size ?? 0) - (files[b.file].size ?? 0) || a.file - b.file || a.part - b.part);
  }

  get #total(): number | null {
    return this.#manifest.files.reduce<number | null>((sum, { size }) => (sum === null || size === null ? null : sum + size), 0);
  }

  async #requireRoom(): Promise<void> {
    const free = await this.#kept.free();
    const missing = this.#total === null ? 0 : this.#total - this.#bytes;
    if (free === null || missing <= free) return;
    const mega = (bytes: number): string => `${Math.ceil(bytes / 2 ** 20)} MiB`;
    throw new SourceError('storage', `The model needs ${mega(missing)} more, and this browser lets the page store ${mega(Math.max(0, free))}.`, 'Delete a kept model, free space on the disk, or choose a smaller variant.');
  }

  async #load({ file, part }: Task): Promise<void> {
    const { key, partBytes, files } = this.#manifest;
    const { path, size } = files[file];
    if (this.#streamed.has(file)) return;
    if (size === null) return this.#stream(file, null);
    const access = this.#access;
    const start = part * partBytes;
    const loaded = await loadPart(
      {
        url: fileAddress(this.#manifest, path),
        what: path,
        start,
        end: Math.min(size, start + partBytes),
        size,
        onAnswer: (response) => this.#sameVersion(file, response),
        onBytes: (bytes) => this.#count(bytes),
        ...(this.#options.stallMs === undefined ? {} : { stallMs: this.#options.stallMs }),
      },
      access,
      this.#patience(access.signal),
    );
    if ('response' in loaded) {
      if (this.#streamed.has(file)) await loaded.response.body?.cancel();
      else await this.#stream(file, loaded.response);
      return;
    }
    await this.#kept.writePart(key, file, part, loaded);
  }

  /** The file in one go, from its beginning; parts that are stored are passed over. */
  async #stream(file: number, first: Response | null): Promise<void> {
    this.#streamed.add(file);
    const { key, partBytes, files } = this.#manifest;
    const { path, size } = files[file];
    if (size !== null) this.#note = `The server of ${path} cannot send parts of a file: it comes in one piece, and after a break from its beginning.`;
    const access = this.#access;
    const stream = new FileStream({
      url: fileAddress(this.#manifest, path),
      what: path,
      size,
      partBytes,
      stored: await this.#kept.partNames(key).then((names) => (part) => size !== null && names.has(partName(key, file, part))),
      write: (part, bytes) => this.#kept.writePart(key, file, part, bytes),
      onAnswer: (response) => this.#sameVersion(file, response),
      onBytes: (bytes) => this.#count(bytes),
      ...(this.#options.stallMs === undefined ? {} : { stallMs: this.#options.stallMs }),
    });
    const length = await stream.load(first, access, this.#patience(access.signal));
    if (size === null) this.#update(file, { size: length });
  }

  /** Without a hash the ETag tells one version from another. */
  #sameVersion(file: number, response: Response): void {
    this.#note = this.#streamed.has(file) ? this.#note : null;
    const { path, sha256, gitOid, etag } = this.#manifest.files[file];
    const now = response.headers.get('etag');
    if (sha256 !== null || gitOid !== null || now === null) return;
    if (etag === null) this.#update(file, { etag: now });
    else if (etag !== now) {
      this.#changed.add(file);
      throw new SourceError('changed', `${path} changed on the server since its first part was loaded.`, 'Press Try again: it is then loaded from its beginning.');
    }
  }

  /** What was loaded of another version of a file is of no use. */
  async #forgetChanged(): Promise<void> {
    for (const file of this.#changed) {
      await this.#kept.dropFile(this.#manifest.key, file);
      this.#update(file, { etag: null });
    }
    await this.#saving;
  }

  #update(file: number, change: { readonly size?: number; readonly etag?: string | null }): void {
    this.#manifest = { ...this.#manifest, files: this.#manifest.files.map((one, index) => (index === file ? { ...one, ...change } : one)) };
    // One after another: the newest must be the last. What is not saved is only loaded again.
    this.#saving = this.#saving.then(() => this.#kept.save(this.#manifest)).catch(() => undefined);
  }

  async #verify(): Promise<void> {
    this.#note = null;
    for (const [index, file] of this.#manifest.files.entries()) {
      const blob = await this.#kept.open(this.#manifest, file.path);
      try {
        await verifyFile(blob, file, (bytes) => {
          this.#checked += bytes;
          this.#tell('checking');
        }, this.#options.access.signal);
      } catch (error) {
        if (error instanceof SourceError && error.fault === 'damaged') await this.#kept.dropFile(this.#manifest.key, index);
        throw error;
      }
    }
  }

  #count(bytes: number): void {
    this.#bytes += bytes;
    this.#meter.add(this.#bytes);
    this.#tell();
  }

  #tell(phase: DownloadProgress['phase'] = 'loading'): void {
    const bytes = phase === 'loading' ? this.#bytes : this.#checked;
    const { perSecond } = this.#meter;
    const total = this.#total;
    const secondsLeft = phase === 'loading' && total !== null && perSecond > 0 ? (total - bytes) / perSecond : null;
    this.#options.onProgress?.({ phase, bytes, total, perSecond: phase === 'loading' ? perSecond : 0, secondsLeft, note: this.#note });
  }
}
