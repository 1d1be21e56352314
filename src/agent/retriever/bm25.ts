import MiniSearch from 'minisearch';
import type { FoundPassage, Passage, Retriever } from '../types.ts';
import type { Bm25Settings } from './bm25-settings.ts';
import { workSlices } from './slices.ts';

const TERMS = {
  ascii: /[a-z0-9]+/g,
  // Marks belong to the letter before them: Devanagari's vowels, and accents that have no composed form.
  unicode: /[\p{L}\p{N}\p{M}]+/gu,
} as const;

/** The terms of a text in order, repeats included, stop words left out. */
export function termsOf(text: string, settings: Bm25Settings, stopWords: ReadonlySet<string> = new Set(settings.stopWords)): string[] {
  const lower = (settings.terms === 'unicode' ? text.normalize('NFC') : text).toLowerCase();
  return (lower.match(TERMS[settings.terms]) ?? []).filter((term) => !stopWords.has(term));
}

interface Entry {
  readonly index: number;
  readonly contents: string;
}

/**
 * MiniSearch's inverted index without its ranking, which no option makes plain BM25: `search` multiplies the sum by the
 * number of matched terms, takes a field's length as its number of different terms, orders ties by term, and makes an
 * object for every passage that holds any term (on 100,000 passages ten times the time of the sum itself).
 */
class InvertedIndex extends MiniSearch<Entry> {
  constructor(tokenize: (text: string) => string[]) {
    super({ idField: 'index', fields: ['contents'], tokenize, processTerm: (term) => term });
  }

  /** How often the term stands in each passage, by the passage's number; passages are numbered in the order they came. */
  postings(term: string): ReadonlyMap<number, number> | undefined {
    return this._index.get(term)?.get(this._fieldIds['contents']);
  }
}

/**
 * Passages and their BM25 index: Σ over query terms, repeats included, of
 * ln(1 + (N − n + ½)/(n + ½)) · f·(k1 + 1)/(f + k1·(1 − b + b·length/mean length)), title and text as one field.
 */
export class Bm25Index {
  readonly passages: readonly Passage[];
  readonly settings: Bm25Settings;
  readonly #stopWords: ReadonlySet<string>;
  readonly #index: InvertedIndex;
  /** k1·(1 − b + b·length/mean length) of each passage. */
  readonly #norms: Float64Array;
  /** Sums of one search; all zero between searches. */
  readonly #scores: Float64Array;
  #titles: ReadonlyMap<string, readonly number[]> | null = null;

  private constructor(passages: readonly Passage[], settings: Bm25Settings, stopWords: ReadonlySet<string>, index: InvertedIndex, lengths: Uint32Array) {
    this.passages = passages;
    this.settings = settings;
    this.#stopWords = stopWords;
    this.#index = index;
    const { k1, b } = settings;
    const mean = lengths.reduce((sum, length) => sum + length, 0) / Math.max(1, lengths.length);
    this.#norms = Float64Array.from(lengths, (length) => k1 * (1 - b + (mean === 0 ? 0 : (b * length) / mean)));
    this.#scores = new Float64Array(passages.length);
  }

  /**
   * Indexes the passages in slices of some 40 ms, between which the thread's other work runs.
   * @param options progress as a fraction of the passages; abort
   * @throws the signal's reason once it is aborted
   */
  static async build(passages: readonly Passage[], settings: Bm25Settings, { onProgress, signal }: { readonly onProgress?: (fraction: number) => void; readonly signal?: AbortSignal } = {}): Promise<Bm25Index> {
    signal?.throwIfAborted();
    const stopWords = new Set(settings.stopWords);
    const lengths = new Uint32Array(passages.length);
    let current = 0;
    const index = new InvertedIndex((text) => {
      const terms = termsOf(text, settings, stopWords);
      lengths[current] = terms.length;
      return terms;
    });
    const pause = workSlices(signal);
    for (const [number, { title, text }] of passages.entries()) {
      current = number;
      index.add({ index: number, contents: `${title} ${text}` });
      const rest = pause();
      if (rest) {
        onProgress?.((number + 1) / passages.length);
        await rest;
      }
    }
    onProgress?.(1);
    return new Bm25Index(passages, settings, stopWords, index, lengths);
  }

  /** The best passages, best first, ties to the earlier one. A passage without any query term is left out. */
  search(query: string, topK: number): readonly FoundPassage[] {
    const scores = this.#scores;
    const [count, { k1 }] = [this.passages.length, this.settings];
    const touched: number[] = [];
    for (const term of termsOf(query, this.settings, this.#stopWords)) {
      const postings = this.#index.postings(term);
      if (postings === undefined) continue;
      const idf = Math.log(1 + (count - postings.size + 0.5) / (postings.size + 0.5));
      for (const [passage, frequency] of postings) {
        if (scores[passage] === 0) touched.push(passage);
        scores[passage] += (idf * frequency * (k1 + 1)) / (frequency + this.#norms[passage]);
      }
    }
    const best: number[] = [];
    const isBefore = (a: number, b: number): boolean => scores[a] > scores[b] || (scores[a] === scores[b] && a < b);
    for (const passage of touched) {
      if (best.length >= topK && (topK <= 0 || !isBefore(passage, best[best.length - 1]))) continue;
      let at = best.length;
      while (at > 0 && isBefore(passage, best[at - 1])) at--;
      best.splice(at, 0, passage);
      if (best.length > topK) best.pop();
    }
    const found = best.map((passage) => ({ ...this.passages[passage], score: scores[passage] }));
    for (const passage of touched) scores[passage] = 0;
    return found;
  }

  /** Passages with exactly this title, in order. */
  titled(title: string): readonly Passage[] {
    if (this.#titles === null) {
      const titles = new Map<string, number[]>();
      this.passages.forEach((passage, index) => {
        const list = titles.get(passage.title);
        if (list === undefined) titles.set(passage.title, [index]);
        else list.push(index);
      });
      this.#titles = titles;
    }
    return (this.#titles.get(title) ?? []).map((index) => this.passages[index]);
  }
}

/** @param description what is searched, as the page names it */
export function bm25Retriever(index: Bm25Index, description: string): Retriever {
  return {
    description,
    search(query, topK, signal) {
      // A rejected promise in place of a throw, as with the retrievers that wait.
      return new Promise((resolve) => {
        signal?.throwIfAborted();
        resolve(index.search(query, topK));
      });
    },
  };
}
