import * as z from 'zod';
import { RetrieverError } from '../types.ts';

/** What BM25 leaves open. */
export interface Bm25Settings {
  readonly k1: number;
  readonly b: number;
  readonly stopWords: readonly string[];
  /** Terms of the lower-cased text: runs of a–z and 0–9, or of any script's letters, digits and marks. */
  readonly terms: 'ascii' | 'unicode';
}

/** For corpora that come without settings: Lucene's parameters and English stop words. Accents are kept. */
export const GENERAL_SETTINGS: Bm25Settings = {
  k1: 1.2,
  b: 0.75,
  stopWords: 'a an and are as at be but by for if in into is it no not of on or such that the their then there these they this to was will with'.split(' '),
  terms: 'unicode',
};

/** The formula is named in words; another one must be refused, not ranked with this one. */
const environment = z.looseObject({
  retriever: z.looseObject({
    kind: z.literal('bm25'),
    k1: z.number().min(0),
    b: z.number().min(0).max(1),
    idf: z.literal('ln(1 + (N - n + 0.5) / (n + 0.5))'),
    numerator: z.literal('k1 + 1'),
    fields: z.literal("title + ' ' + text as one field"),
    terms: z.literal('[a-z0-9]+ of the lower-cased text'),
    stop_words: z.array(z.string()),
  }),
});

/**
 * The retriever's part of an environment.json.
 * @throws RetrieverError when it is not JSON or describes another retriever
 */
export function parseEnvironmentSettings(text: string): Bm25Settings {
  const remedy = 'Reload the page; if this stays, the page is served incompletely.';
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new RetrieverError('environment.json is not JSON.', remedy);
  }
  const parsed = environment.safeParse(value);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    throw new RetrieverError(`environment.json describes another retriever than this BM25 (${issue.path.join('.')}: ${issue.message}).`, remedy);
  }
  const { k1, b, stop_words: stopWords } = parsed.data.retriever;
  return { k1, b, stopWords, terms: 'ascii' };
}
