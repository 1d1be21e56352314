import * as z from 'zod';
import { RetrieverError } from '../types.ts';
import { readCorpus } from './corpus.ts';
import type { Corpus } from './corpus.ts';
import type { RecordOptions } from './records.ts';
import type { StorageFolder } from './storage-folder.ts';

/** A corpus kept in browser storage. */
export interface StoredCorpus {
  readonly name: string;
  readonly passages: number;
  readonly bytes: number;
  /** ISO 8601. */
  readonly added: string;
}

const CARD = '.card.json';
const DATA = '.corpus';
/** Left free for the browser's own bookkeeping and the page's other data, bytes. */
const RESERVE = 4 * 1024 * 1024;

const card = z.object({ version: z.literal(1), name: z.string(), passages: z.int().min(0), bytes: z.int().min(0), added: z.string() });

interface Entry extends StoredCorpus {
  readonly key: string;
}

/**
 * Corpora in a folder: the file as it was given, and a card with its name and counts. The index is not kept: for 100,000
 * passages of 100 words MiniSearch's JSON is 101 MB and takes 9 s to write and 13 s to read with a peak of 1 GB,
 * 10 s of it in one piece, while indexing anew takes 23 to 33 s (two cores, shared) in slices.
 */
export class CorpusStore {
  readonly #folder: StorageFolder;

  constructor(folder: StorageFolder) {
    this.#folder = folder;
  }

  /** By name. What is not a corpus is passed over. */
  async list(): Promise<readonly StoredCorpus[]> {
    return (await this.#entries()).map(({ name, passages, bytes, added }) => ({ name, passages, bytes, added }));
  }

  /**
   * Keeps a corpus file under a name; one that has the name already is replaced.
   * @throws RetrieverError when the file holds no passage, or does not fit into what the browser still allows; the
   * signal's reason once it is aborted, and nothing is kept then
   */
  async save(name: string, file: Blob, options: RecordOptions = {}): Promise<StoredCorpus> {
    if (name.trim() === '') throw new RetrieverError('The corpus has no name.', 'Give it one.');
    await this.#requireSpace(name, file.size);
    const { passages } = await readCorpus(file, options);
    const earlier = (await this.#entries()).filter((entry) => entry.name === name);
    const stored = { name, passages: passages.length, bytes: file.size, added: new Date().toISOString() };
    const key = crypto.randomUUID();
    try {
      await this.#folder.write(key + DATA, file);
      options.signal?.throwIfAborted();
      // The card comes last: a corpus without one was broken off and is removed with the next change.
      await this.#folder.write(key + CARD, new Blob([JSON.stringify({ version: 1, ...stored })]));
    } catch (error) {
      await this.#remove(key);
      if (error instanceof Error && error.name === 'QuotaExceededError') throw this.#tooLarge(name, file.size, await this.#folder.free());
      throw error;
    }
    for (const { key: old } of earlier) await this.#remove(old);
    return stored;
  }

  /** @throws RetrieverError when there is none of that name */
  async open(name: string): Promise<Blob> {
    const entry = (await this.#entries()).find((candidate) => candidate.name === name);
    const file = entry === undefined ? null : await this.#folder.read(entry.key + DATA);
    if (file === null) throw new RetrieverError(`There is no corpus "${name}" in this browser's storage.`, 'Choose another one, or open its file again.');
    return file;
  }

  /** @throws as `open`, and as `readCorpus` */
  async read(name: string, options: RecordOptions = {}): Promise<Corpus> {
    return readCorpus(await this.open(name), options);
  }

  /** Removes a corpus, and what broken-off writing has left behind. One that does not exist is no error. */
  async remove(name: string): Promise<void> {
    const entries = await this.#entries();
    for (const { key } of entries.filter((entry) => entry.name === name)) await this.#remove(key);
    const kept = new Set(entries.map(({ key }) => key));
    for (const file of await this.#folder.names()) if (file.endsWith(DATA) && !kept.has(file.slice(0, -DATA.length))) await this.#folder.remove(file);
  }

  async #entries(): Promise<readonly Entry[]> {
    const entries: Entry[] = [];
    for (const file of await this.#folder.names()) {
      if (!file.endsWith(CARD)) continue;
      const parsed = parseCard(await (await this.#folder.read(file))?.text());
      if (parsed !== null) entries.push({ key: file.slice(0, -CARD.length), ...parsed });
    }
    return entries.sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  async #remove(key: string): Promise<void> {
    // The card first: without it nothing is listed that is half gone.
    await this.#folder.remove(key + CARD);
    await this.#folder.remove(key + DATA);
  }

  async #requireSpace(name: string, bytes: number): Promise<void> {
    const free = await this.#folder.free();
    if (free !== null && bytes + RESERVE > free) throw this.#tooLarge(name, bytes, free);
  }

  #tooLarge(name: string, bytes: number, free: number | null): RetrieverError {
    const room = free === null ? 'more than the browser allows this page' : `but the browser allows this page only ${megabytes(Math.max(0, free - RESERVE))} more`;
    return new RetrieverError(`The corpus "${name}" needs ${megabytes(bytes)}, ${room}.`, 'Remove another corpus, free space on the disk, or open the file each time without keeping it.');
  }
}

function parseCard(text: string | undefined): StoredCorpus | null {
  if (text === undefined) return null;
  try {
    const parsed = card.safeParse(JSON.parse(text));
    return parsed.success ? parsed.data : null;
  } catch {
    return null;
  }
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(bytes < 1e7 ? 1 : 0)} MB`;
}
