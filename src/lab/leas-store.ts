import * as z from 'zod';
import type { StorageFolder } from '../agent/retriever/storage-folder.ts';
import { SPAN_KINDS } from '../core/trajectory/types.ts';
import type { LeasKeeper } from './leas-parts.ts';

/**
 * A file is JSON Lines: a header, then a line for each cell and question with its rollouts. Files are written once under
 * a name of their own and never changed, so that nothing kept is ever lost to a later write.
 */
const SUFFIX = '.rollouts';
/** Hexadecimal digits of the fingerprint that a file's name begins with, so that only fitting files are read. */
const PREFIX = 24;
/** Left free for the browser's own bookkeeping and the page's other data, bytes. */
const RESERVE = 4 * 1024 * 1024;

const headerSchema = z.object({ version: z.literal(1), fingerprint: z.string(), saved: z.string() });
const storedSchema = z.object({
  sample: z.int().min(0),
  reward: z.union([z.literal(0), z.literal(1)]),
  f1: z.number(),
  hit: z.boolean(),
  wellFormed: z.boolean(),
  searches: z.int().min(0),
  answer: z.string().nullable(),
  spans: z.array(z.tuple([z.int().min(0).max(3), z.enum(SPAN_KINDS), z.string()])),
});
const lineSchema = z.object({ key: z.string(), rollouts: z.array(storedSchema) });

/** A rollout of a cell and question; spans are role, kind and text. */
export type StoredRollout = Readonly<z.infer<typeof storedSchema>>;

export interface KeptRollouts {
  /** By key; every sample once. */
  readonly rollouts: ReadonlyMap<string, readonly StoredRollout[]>;
  readonly notes: readonly string[];
}

/** A file of rollouts. */
export interface KeptFile {
  readonly id: string;
  readonly bytes: number;
}

export class LeasStoreError extends Error {
  override readonly name = 'LeasStoreError';
  readonly remedy: string;
  constructor(message: string, remedy: string) {
    super(message);
    this.remedy = remedy;
  }
}

/** Finished rollouts in a folder. */
export class LeasStore implements LeasKeeper {
  /** Name of its folder in the browser's storage. */
  static readonly folder = 'leas';
  readonly #folder: StorageFolder;

  constructor(folder: StorageFolder) {
    this.#folder = folder;
  }

  async list(): Promise<readonly KeptFile[]> {
    const files: KeptFile[] = [];
    for (const id of await this.#names()) {
      const file = await this.#folder.read(id);
      if (file !== null) files.push({ id, bytes: file.size });
    }
    return files;
  }

  async bytes(): Promise<number> {
    return (await this.list()).reduce((sum, { bytes }) => sum + bytes, 0);
  }

  /** @param fingerprints those that are forgotten; everything where none are given */
  async forget(fingerprints?: Iterable<string>): Promise<void> {
    const wanted = fingerprints === undefined ? null : [...fingerprints].map(prefixOf);
    for (const name of await this.#names()) if (wanted === null || wanted.some((prefix) => name.startsWith(prefix))) await this.#folder.remove(name);
  }

  async load(fingerprint: string, wanted: ReadonlySet<string>): Promise<KeptRollouts> {
    const found = new Map<string, Map<number, StoredRollout>>();
    let files = 0;
    let lines = 0;
    for (const name of await this.#names()) {
      if (!name.startsWith(prefixOf(fingerprint))) continue;
      const file = await this.#folder.read(name);
      if (file === null) continue;
      const [header, ...rest] = (await file.text()).split('\n');
      if (parsed(headerSchema, header)?.fingerprint !== fingerprint) {
        files += 1;
        continue;
      }
      for (const text of rest) {
        if (text === '') continue;
        const line = parsed(lineSchema, text);
        if (line === null) lines += 1;
        else if (wanted.has(line.key)) {
          const samples = found.get(line.key) ?? new Map<number, StoredRollout>();
          found.set(line.key, samples);
          for (const rollout of line.rollouts) if (!samples.has(rollout.sample)) samples.set(rollout.sample, rollout);
        }
      }
    }
    const notes: string[] = [];
    if (files > 0) notes.push(`${files === 1 ? 'A file' : `${files} files`} of kept rollouts could not be read; what was in ${files === 1 ? 'it' : 'them'} is written anew.`);
    if (lines > 0) notes.push(`${lines === 1 ? 'A line' : `${lines} lines`} of kept rollouts could not be read; ${lines === 1 ? 'its' : 'their'} rollouts are written anew.`);
    return { rollouts: new Map([...found].map(([key, samples]) => [key, [...samples.values()]])), notes };
  }

  async save(fingerprint: string, rollouts: ReadonlyMap<string, readonly StoredRollout[]>): Promise<void> {
    const header: z.infer<typeof headerSchema> = { version: 1, fingerprint, saved: new Date().toISOString() };
    const lines = [header, ...[...rollouts].map(([key, own]) => ({ key, rollouts: own }))].map((line) => `${JSON.stringify(line)}\n`);
    const file = new Blob(lines, { type: 'application/jsonl' });
    const free = await this.#folder.free();
    if (free !== null && file.size + RESERVE > free) throw full(file.size);
    const name = `${prefixOf(fingerprint)}${crypto.randomUUID()}${SUFFIX}`;
    try {
      await this.#folder.write(name, file);
    } catch (error) {
      await this.#folder.remove(name);
      if (error instanceof Error && error.name === 'QuotaExceededError') throw full(file.size);
      throw error;
    }
  }

  async #names(): Promise<readonly string[]> {
    return (await this.#folder.names()).filter((name) => name.endsWith(SUFFIX)).sort();
  }
}

function prefixOf(fingerprint: string): string {
  return `${fingerprint.slice(0, PREFIX)}-`;
}

/** Null for what is not JSON of this form (a file that was cut off, another version). */
function parsed<Value>(schema: z.ZodType<Value>, text: string): Value | null {
  try {
    return schema.safeParse(JSON.parse(text)).data ?? null;
  } catch {
    return null;
  }
}

function full(bytes: number): LeasStoreError {
  return new LeasStoreError(`${(bytes / 1e6).toFixed(1)} MB of finished rollouts do not fit into what the browser allows this page.`, 'Forget kept rollouts, checkpoints or stored corpora; the run goes on, and its rollouts are in its record.');
}
