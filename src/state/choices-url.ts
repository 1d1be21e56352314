import type { QuestionChoice, RetrieverChoice } from '../agent/choices.ts';
import { BUNDLED_CORPORA, BUNDLED_QUESTIONS } from '../agent/datasets.ts';
import { ENVIRONMENTS } from '../agent/environment.ts';
import type { Dialect, EnvironmentSettings } from '../agent/types.ts';
import { choice, flag, name, type UrlFields } from '../core/url-config.ts';

/** Where is searched, as it stands in an address: at most one of the three is not at its default. */
export interface RetrieverUrlConfig {
  readonly corpus: string;
  /** Name of a corpus in this browser's storage. */
  readonly stored: string;
  /** Address of a server. */
  readonly retriever: string;
}

/** How long a server is waited for, and how often it is asked again. */
export interface Patience {
  readonly timeoutMs: number;
  readonly retries: number;
}

/** A server's patience where the address says nothing. */
export const SERVER_PATIENCE: Patience = { timeoutMs: 30_000, retries: 2 };

const corpusOf = (retriever: RetrieverChoice): string => (retriever.kind === 'bundled' ? retriever.corpus : BUNDLED_CORPORA[0].name);

/** The fields of `RetrieverUrlConfig`. */
export function retrieverFields(fallback: RetrieverChoice): UrlFields<RetrieverUrlConfig> {
  return { corpus: name(corpusOf(fallback)), stored: name(''), retriever: name('', 2000) };
}

export function retrieverToUrl(retriever: RetrieverChoice, fallback: RetrieverChoice): RetrieverUrlConfig {
  return {
    corpus: retriever.kind === 'file' ? retriever.name : corpusOf(retriever.kind === 'bundled' ? retriever : fallback),
    stored: retriever.kind === 'stored' ? retriever.name : '',
    retriever: retriever.kind === 'server' ? retriever.url : '',
  };
}

/**
 * What an address means by a retriever. An opened file stays where the address names it or names nothing.
 * @param patience of a server as the address says it; null where it says none, so that the server at hand keeps its own
 * @param missing takes a sentence for what a link cannot hold
 */
export function retrieverOf({ corpus, stored, retriever }: RetrieverUrlConfig, before: RetrieverChoice, params: URLSearchParams, missing: string[], patience: Patience | null = null): RetrieverChoice {
  if (retriever !== '') {
    if (patience === null && before.kind === 'server' && before.url === retriever) return before;
    return { kind: 'server', url: retriever, ...(patience ?? SERVER_PATIENCE) };
  }
  if (stored !== '') return { kind: 'stored', name: stored };
  if (before.kind === 'file' && (!params.has('corpus') || before.name === corpus)) return before;
  if (BUNDLED_CORPORA.some((known) => known.name === corpus)) return { kind: 'bundled', corpus };
  missing.push(cannotHold('corpus', corpus));
  return before;
}

/** How prompts are written, as it stands in an address; limits of one's own stand in none. */
export interface EnvironmentUrlConfig {
  readonly dialect: Dialect;
  /** False: the backbone's thinking is switched off. */
  readonly thinking: boolean;
}

/** The fields of `EnvironmentUrlConfig`. */
export function environmentFields({ dialect }: EnvironmentSettings): UrlFields<EnvironmentUrlConfig> {
  return { dialect: choice(['world', 'search-r1', 'qwen'], dialect), thinking: flag(true) };
}

export function environmentToUrl({ dialect, thinking }: EnvironmentSettings): EnvironmentUrlConfig {
  return { dialect, thinking: thinking !== false };
}

/** The environment that an address means: the same object where it says nothing new, so that limits of one's own stay. */
export function environmentOf({ dialect, thinking }: EnvironmentUrlConfig, before: EnvironmentSettings): EnvironmentSettings {
  const own = before.dialect === dialect ? before : ENVIRONMENTS[dialect];
  return (own.thinking !== false) === thinking ? own : { ...own, thinking: thinking ? undefined : false };
}

/** What stands in an address for a question set. */
export function questionsName(questions: QuestionChoice): string {
  return questions.kind === 'asked' ? questions.question : questions.name;
}

/**
 * The question set that an address names: one of the opened files, or one that comes with the page; null where neither is.
 * @param missing takes a sentence for what a link cannot hold
 */
export function questionsOf(wanted: string, held: readonly QuestionChoice[], missing: string[]): QuestionChoice | null {
  const open = held.find((set) => set.kind === 'file' && set.name === wanted);
  if (open) return open;
  if (BUNDLED_QUESTIONS.some((set) => set.name === wanted)) return { kind: 'bundled', name: wanted };
  missing.push(cannotHold('questions', wanted));
  return null;
}

/** A sentence for a file that a link names. */
export function cannotHold(what: string, label: string): string {
  return `The link was made with the ${what} “${label}”, which a link cannot hold: open the file here too.`;
}
