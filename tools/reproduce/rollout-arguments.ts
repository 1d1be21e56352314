import { resolve } from 'node:path';
import { BUNDLED_CORPORA, BUNDLED_QUESTIONS } from '../../src/agent/datasets.ts';
import type { Dialect } from '../../src/agent/types.ts';
import { isFile, modelFolder, outFolder, UsageError, wholeNumber } from './checks.ts';

/** A set that comes with the page, or a file. */
export type NamedOrFile = { readonly kind: 'bundled'; readonly name: string } | { readonly kind: 'file'; readonly path: string };

export interface RolloutArguments {
  readonly experiment: 'rollouts';
  /** Folder in the Hugging Face layout; null: the bundled backbone. */
  readonly model: string | null;
  readonly questions: NamedOrFile;
  /** Null where a server is asked. */
  readonly corpus: NamedOrFile | null;
  /** Address of a Search-R1 retriever; null where a corpus is searched. */
  readonly retriever: string | null;
  readonly dialect: Dialect;
  readonly samples: number;
  /** 0: all. */
  readonly maxQuestions: number;
  readonly temperature: number;
  readonly batch: number;
  readonly provider: 'auto' | 'wasm' | 'webgpu';
  readonly inOrder: boolean;
  readonly seed: number;
  readonly out: string;
}

export const ROLLOUT_OPTIONS = {
  questions: { type: 'string' },
  samples: { type: 'string' },
  'max-questions': { type: 'string' },
  temperature: { type: 'string' },
  corpus: { type: 'string' },
  retriever: { type: 'string' },
  model: { type: 'string' },
  dialect: { type: 'string' },
  batch: { type: 'string' },
  provider: { type: 'string' },
  'in-order': { type: 'boolean' },
  seed: { type: 'string' },
  out: { type: 'string' },
} as const;

type Values = { readonly [Key in keyof typeof ROLLOUT_OPTIONS]?: (typeof ROLLOUT_OPTIONS)[Key]['type'] extends 'boolean' ? boolean : string };

const DIALECTS = ['world', 'search-r1', 'qwen'] as const;
const PROVIDERS = ['auto', 'wasm', 'webgpu'] as const;

function oneOf<const Word extends string>(words: readonly Word[], text: string, option: string): Word {
  const found = words.find((word) => word === text);
  if (found === undefined) throw new UsageError(`${option} takes ${words.slice(0, -1).join(', ')} or ${words[words.length - 1]}, not "${text}".`);
  return found;
}

function positive(text: string, option: string): number {
  const value = wholeNumber(text, option);
  if (value === 0) throw new UsageError(`${option} takes a whole number from 1 on, not 0.`);
  return value;
}

function namedOrFile(text: string, names: readonly string[], option: string): NamedOrFile {
  if (isFile(text)) return { kind: 'file', path: resolve(text) };
  if (names.includes(text)) return { kind: 'bundled', name: text };
  throw new UsageError(`${option} ${text} is neither a file nor one of ${names.join(', ')}.`);
}

function server(text: string): string {
  const address = URL.canParse(text) ? new URL(text) : null;
  if (address?.protocol !== 'http:' && address?.protocol !== 'https:') throw new UsageError(`--retriever takes an address such as http://127.0.0.1:8000/retrieve, not "${text}".`);
  return text;
}

function temperatureOf(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !(value >= 0) || value > 10) throw new UsageError(`--temperature takes a number from 0 to 10, not "${text}".`);
  return value;
}

/** The corpus that was named, else the one that belongs to a bundled set. */
function corpusOf(text: string | undefined, questions: NamedOrFile): NamedOrFile {
  if (text !== undefined) return namedOrFile(text, BUNDLED_CORPORA.map(({ name }) => name), '--corpus');
  const set = questions.kind === 'bundled' ? BUNDLED_QUESTIONS.find(({ name }) => name === questions.name) : undefined;
  if (!set) throw new UsageError('Questions from a file need a --corpus or a --retriever to search.');
  return { kind: 'bundled', name: set.corpus };
}

/** @throws UsageError with a sentence */
export function rolloutArguments(values: Values): RolloutArguments {
  if (values.corpus !== undefined && values.retriever !== undefined) throw new UsageError('Give either --corpus or --retriever, not both.');
  const out = outFolder(values.out);
  const model = modelFolder(values.model, '--model');
  const questions = namedOrFile(values.questions ?? BUNDLED_QUESTIONS[0].name, BUNDLED_QUESTIONS.map(({ name }) => name), '--questions');
  return {
    experiment: 'rollouts',
    model,
    questions,
    corpus: values.retriever === undefined ? corpusOf(values.corpus, questions) : null,
    retriever: values.retriever === undefined ? null : server(values.retriever),
    dialect: oneOf(DIALECTS, values.dialect ?? (model === null ? 'world' : 'search-r1'), '--dialect'),
    samples: positive(values.samples ?? '4', '--samples'),
    maxQuestions: wholeNumber(values['max-questions'] ?? '0', '--max-questions'),
    temperature: temperatureOf(values.temperature ?? '1'),
    batch: positive(values.batch ?? '8', '--batch'),
    provider: oneOf(PROVIDERS, values.provider ?? 'auto', '--provider'),
    inOrder: values['in-order'] ?? false,
    seed: wholeNumber(values.seed ?? '1', '--seed'),
    out,
  };
}
