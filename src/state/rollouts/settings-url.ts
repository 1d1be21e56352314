import type { QuestionChoice } from '../../agent/choices.ts';
import { BUNDLED_QUESTIONS } from '../../agent/datasets.ts';
import { ENVIRONMENTS } from '../../agent/environment.ts';
import type { Dialect } from '../../agent/types.ts';
import { choice, decimal, flag, name, whole, writeUrl, type UrlField, type UrlFields } from '../../core/url-config.ts';
import type { RolloutRunConfig, WriterChoice } from '../../lab/rollout-events.ts';
import { cannotHold, questionsName, questionsOf, retrieverFields, retrieverOf, retrieverToUrl, SERVER_PATIENCE, type RetrieverUrlConfig } from '../choices-url.ts';
import { createUrlStore, readAddress, type UrlState } from '../url-store.ts';
import { DEFAULT_ROLLOUT_SETTINGS, useRolloutSettings } from './settings-store.ts';
import type { RolloutSettings } from './types.ts';
import { formatWriters, parseWriters } from './writers-text.ts';

/** The settings as they stand in the address of #/rollouts. −1: the dialect's own limit. */
interface RolloutUrlConfig extends RetrieverUrlConfig {
  readonly questions: string;
  readonly timeout: number;
  readonly retries: number;
  readonly dialect: Dialect;
  /** False: Qwen3's thinking is switched off. */
  readonly thinking: boolean;
  readonly searches: number;
  readonly turn: number;
  readonly tokens: number;
  readonly observation: number;
  readonly passages: number;
  readonly temperature: number;
  readonly topp: number;
  readonly topk: number;
  readonly writers: readonly WriterChoice[];
  readonly samples: number;
  readonly max: number;
  readonly inorder: boolean;
  readonly batch: number;
  readonly provider: RolloutRunConfig['provider'];
  readonly alternatives: number;
  readonly stream: number;
  readonly parity: number;
  readonly seed: number;
}

const D = DEFAULT_ROLLOUT_SETTINGS;
const DEFAULT_QUESTIONS = D.questions.kind === 'bundled' ? D.questions.name : BUNDLED_QUESTIONS[0].name;

const writersField: UrlField<readonly WriterChoice[]> = {
  default: D.writers,
  parse: (text) => {
    const value = parseWriters(text);
    return value === null ? null : { value };
  },
  format: formatWriters,
};

const FIELDS: UrlFields<RolloutUrlConfig> = {
  questions: name(DEFAULT_QUESTIONS),
  ...retrieverFields(D.retriever),
  timeout: whole(1000, 600_000, SERVER_PATIENCE.timeoutMs),
  retries: whole(0, 10, SERVER_PATIENCE.retries),
  dialect: choice(['world', 'search-r1', 'qwen'], D.environment.dialect),
  thinking: flag(true),
  searches: whole(-1, 64, -1),
  turn: whole(-1, 131_072, -1),
  tokens: whole(-1, 131_072, -1),
  observation: whole(-1, 131_072, -1),
  passages: whole(-1, 64, -1),
  temperature: decimal(0, 10, D.sampling.temperature),
  topp: decimal(0, 1, D.sampling.topP),
  topk: whole(0, 1_000_000, D.sampling.topK),
  writers: writersField,
  samples: whole(1, 1024, D.samples),
  max: whole(0, 100_000, D.maxQuestions),
  inorder: flag(D.inOrder),
  batch: whole(1, 256, D.batch),
  provider: choice(['auto', 'wasm', 'webgpu'], D.provider),
  alternatives: whole(0, 50, D.alternatives),
  stream: whole(0, 64, D.stream),
  parity: whole(-1, 100_000, D.parity),
  seed: whole(0, 4_294_967_295, D.seed),
};

export const useRolloutUrl = createUrlStore();

export function rolloutQuery(settings: RolloutSettings, unknown: UrlState['unknown']): string {
  return writeUrl(FIELDS, toUrl(settings), unknown);
}

export function currentRolloutQuery(): string {
  return rolloutQuery(useRolloutSettings.getState(), useRolloutUrl.getState().unknown);
}

/** Takes over what an address says. Files that a person opened stay where the address names them or names nothing. */
export function applyRolloutQuery(query: string): void {
  const { config, params, autoStart, reports, unknown } = readAddress(FIELDS, query);
  const before = useRolloutSettings.getState();
  const missing: string[] = [];
  const settings = {
    ...fromUrl(config),
    questions: questionSetOf(config.questions, before.questions, params.has('questions'), missing),
    retriever: retrieverOf(config, before.retriever, params, missing, { timeoutMs: config.timeout, retries: config.retries }),
    writers: config.writers.map((writer) => withFiles(writer, before.writers, missing)),
  };
  useRolloutSettings.setState(settings);
  useRolloutUrl.setState({ autoStart, reports: [...reports, ...missing], unknown });
}

function questionSetOf(wanted: string, before: QuestionChoice, named: boolean, missing: string[]): QuestionChoice {
  if (before.kind === 'file' && !named) return before;
  return questionsOf(wanted, [before], missing) ?? (before.kind === 'asked' ? D.questions : before);
}

/** The adapters' files that are open here already, where the address names the same. */
function withFiles(writer: WriterChoice, before: readonly WriterChoice[], missing: string[]): WriterChoice {
  const { adapters } = writer;
  if (adapters.kind !== 'files') return writer;
  const open = before.find((other) => other.adapters.kind === 'files' && other.adapters.name === adapters.name && other.adapters.files.length > 0);
  if (open) return { ...writer, adapters: open.adapters };
  missing.push(cannotHold('adapters', adapters.name));
  return writer;
}

function toUrl(settings: RolloutSettings): RolloutUrlConfig {
  const { questions, retriever, environment, sampling, writers, samples, maxQuestions, inOrder, batch, provider, alternatives, stream, parity, seed } = settings;
  const own = ENVIRONMENTS[environment.dialect];
  const limit = (key: 'maxSearches' | 'maxTurnTokens' | 'maxTokens' | 'maxObservationTokens' | 'topK'): number => (environment[key] === own[key] ? -1 : environment[key]);
  const server = retriever.kind === 'server' ? retriever : null;
  return {
    questions: questions.kind === 'asked' ? DEFAULT_QUESTIONS : questionsName(questions),
    ...retrieverToUrl(retriever, D.retriever),
    timeout: server?.timeoutMs ?? SERVER_PATIENCE.timeoutMs,
    retries: server?.retries ?? SERVER_PATIENCE.retries,
    dialect: environment.dialect,
    thinking: environment.thinking !== false,
    searches: limit('maxSearches'),
    turn: limit('maxTurnTokens'),
    tokens: limit('maxTokens'),
    observation: limit('maxObservationTokens'),
    passages: limit('topK'),
    temperature: sampling.temperature,
    topp: sampling.topP,
    topk: sampling.topK,
    writers,
    samples,
    max: maxQuestions,
    inorder: inOrder,
    batch,
    provider,
    alternatives,
    stream,
    parity,
    seed,
  };
}

function fromUrl(config: RolloutUrlConfig): Omit<RolloutSettings, 'questions' | 'retriever' | 'writers'> {
  const own = ENVIRONMENTS[config.dialect];
  const limit = (value: number, preset: number): number => (value < 0 ? preset : value);
  const { temperature, topp, topk, samples, max, inorder, batch, provider, alternatives, stream, parity, seed } = config;
  return {
    environment: {
      ...own,
      ...(config.thinking ? {} : { thinking: false }),
      maxSearches: limit(config.searches, own.maxSearches),
      maxTurnTokens: limit(config.turn, own.maxTurnTokens),
      maxTokens: limit(config.tokens, own.maxTokens),
      maxObservationTokens: limit(config.observation, own.maxObservationTokens),
      topK: limit(config.passages, own.topK),
    },
    sampling: { temperature, topP: topp, topK: topk },
    samples,
    maxQuestions: max,
    inOrder: inorder,
    batch,
    provider,
    alternatives,
    stream,
    parity,
    seed,
  };
}
