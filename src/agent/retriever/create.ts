import type { LineProblem } from '../../core/trajectory/types.ts';
import type { RetrieverChoice } from '../choices.ts';
import { BUNDLED_CORPORA } from '../datasets.ts';
import { fetchFile } from '../fetch-file.ts';
import { RetrieverError } from '../types.ts';
import type { Retriever } from '../types.ts';
import { GENERAL_SETTINGS, parseEnvironmentSettings } from './bm25-settings.ts';
import type { Bm25Settings } from './bm25-settings.ts';
import { Bm25Index, bm25Retriever } from './bm25.ts';
import { readCorpus } from './corpus.ts';
import { serverRetriever } from './server.ts';
import { browserStorage } from './storage-folder.ts';
import type { StorageFolder } from './storage-folder.ts';
import { CorpusStore } from './store.ts';

export interface CreateOptions {
  /** Fraction in [0, 1] of reading and indexing together, and what is being done, in words. */
  readonly progress?: (fraction: number, detail: string) => void;
  readonly signal?: AbortSignal;
  /** Where stored corpora are. Default: the browser's storage. */
  readonly storage?: StorageFolder;
  /** Keep a corpus file that was opened, so that it can be chosen by name later. Default: false. */
  readonly keep?: boolean;
}

export interface CreatedRetriever {
  readonly retriever: Retriever;
  /** null for a server, which does not tell. */
  readonly passages: number | null;
  /** Lines of the corpus that could not be used. */
  readonly problems: readonly LineProblem[];
  /** For gold passages (gold.ts); null for a server. */
  readonly index: Bm25Index | null;
}

/** Reading takes about this share of the time of reading and indexing. */
const READING = 0.1;

/**
 * The retriever of a choice, ready to be asked.
 * @param base address of the page, for what comes with it
 * @throws RetrieverError for an unknown corpus, one without passages, or an address that cannot be used; the signal's
 * reason once it is aborted
 */
export async function createRetriever(choice: RetrieverChoice, base: string, options: CreateOptions = {}): Promise<CreatedRetriever> {
  const { signal } = options;
  signal?.throwIfAborted();
  switch (choice.kind) {
    case 'server':
      return { retriever: serverRetriever(choice.url, choice), passages: null, problems: [], index: null };
    case 'bundled': {
      const corpus = BUNDLED_CORPORA.find(({ name }) => name === choice.corpus);
      if (corpus === undefined) throw new RetrieverError(`There is no bundled corpus "${choice.corpus}".`, `Choose one of ${BUNDLED_CORPORA.map(({ name }) => name).join(', ')}.`);
      const [file, settings] = await Promise.all([
        fetchFile(new URL(corpus.url, base).href, signal),
        corpus.environment === null ? GENERAL_SETTINGS : fetchFile(new URL(corpus.environment, base).href, signal).then(async (blob) => parseEnvironmentSettings(await blob.text())),
      ]);
      return indexed(corpus.title, file, settings, options);
    }
    case 'file': {
      const created = await indexed(choice.name, choice.blob, GENERAL_SETTINGS, options);
      return options.keep === true ? { ...created, problems: [...created.problems, ...(await keep(choice.name, choice.blob, options))] } : created;
    }
    case 'stored':
      return indexed(choice.name, await new CorpusStore(options.storage ?? (await browserStorage())).open(choice.name), GENERAL_SETTINGS, options);
  }
}

/** A corpus that cannot be kept can still be searched: what is in the way is told as a problem. */
async function keep(name: string, file: Blob, { signal, storage }: CreateOptions): Promise<readonly LineProblem[]> {
  try {
    await new CorpusStore(storage ?? (await browserStorage())).save(name, file, signal === undefined ? {} : { signal });
    return [];
  } catch (error) {
    signal?.throwIfAborted();
    const reason = error instanceof RetrieverError ? `${error.message} ${error.remedy}` : error instanceof Error ? error.message : String(error);
    return [{ line: 0, reason: `The corpus was not kept in this browser: ${reason}` }];
  }
}

async function indexed(name: string, file: Blob, settings: Bm25Settings, { progress, signal }: CreateOptions): Promise<CreatedRetriever> {
  const abort = signal === undefined ? {} : { signal };
  const { passages, problems } = await readCorpus(file, { ...abort, onProgress: (fraction) => progress?.(fraction * READING, `Reading ${name}`) });
  const count = passages.length.toLocaleString('en');
  const index = await Bm25Index.build(passages, settings, { ...abort, onProgress: (fraction) => progress?.(READING + fraction * (1 - READING), `Indexing ${count} passages of ${name}`) });
  return { retriever: bm25Retriever(index, `BM25 over ${count} passages of ${name}`), passages: passages.length, problems, index };
}
