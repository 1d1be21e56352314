import { create } from 'zustand';
import { BUNDLED_CORPORA, BUNDLED_QUESTIONS } from '../../agent/datasets.ts';
import type { QuestionChoice, RetrieverChoice } from '../../agent/choices.ts';
import { ENVIRONMENTS } from '../../agent/environment.ts';
import type { Dialect } from '../../agent/types.ts';
import { SCALES, type Scale } from '../../core/leas/accuracy.ts';
import { choice, decimal, flag, name, readUrl, whole, writeUrl, type UrlField, type UrlFields } from '../../core/url-config.ts';
import type { LeasModels, LeasSet } from '../../lab/leas-events.ts';
import { DEFAULT_LEAS, DEFAULT_TRAINED, useLeasSettings } from './settings-store.ts';
import type { LeasSettings } from './types.ts';

/** The settings as they stand in the address of #/leas. */
interface LeasUrlConfig {
  readonly models: LeasModels['kind'];
  readonly seeds: readonly number[];
  readonly rank: number;
  readonly steps: number;
  readonly questions: number;
  readonly tsamples: number;
  readonly train: readonly string[];
  readonly sets: readonly string[];
  readonly max: number;
  readonly samples: number;
  readonly beside: number;
  readonly temperature: number;
  readonly seed: number;
  readonly corpus: string;
  readonly dialect: Dialect;
  readonly batch: number;
  readonly provider: LeasSettings['provider'];
  readonly keep: boolean;
  readonly scale: Scale;
  readonly clip: number;
  readonly aseed: number;
  readonly draws: number;
}

/** More training runs or sets than anybody waits for. */
const MOST = 16;

const D = DEFAULT_LEAS;
const T = DEFAULT_TRAINED;
const nameOf = (set: QuestionChoice): string => (set.kind === 'asked' ? set.question : set.name);

/** A list with `~` between its entries, each of which `parse` must understand. */
function list<Entry>(fallback: readonly Entry[], parse: (text: string) => Entry | null, format: (entry: Entry) => string): UrlField<readonly Entry[]> {
  return {
    default: fallback,
    parse: (text) => {
      const entries = text.split('~').filter((part) => part !== '').slice(0, MOST).map(parse);
      return entries.length > 0 && entries.every((entry) => entry !== null) ? { value: entries } : null;
    },
    format: (entries) => entries.map(format).join('~'),
  };
}

const word = name('');
const words = (fallback: readonly string[]) => list(fallback, (text) => word.parse(text)?.value ?? null, String);
const bounded = (field: UrlField<number>) => (text: string): number | null => field.parse(text)?.value ?? null;

const FIELDS: UrlFields<LeasUrlConfig> = {
  models: choice(['bundled', 'train', 'given'], 'bundled'),
  seeds: list(T.seeds, bounded(whole(0, 4_294_967_295, 1)), String),
  rank: whole(2, 512, T.totalRank),
  steps: whole(1, 100_000, T.training.steps),
  questions: whole(1, 4096, T.training.questions),
  tsamples: whole(2, 1024, T.training.samples),
  train: words(T.trainSets.map(nameOf)),
  sets: words(D.sets.map(({ questions }) => nameOf(questions))),
  max: whole(0, 100_000, D.sets[0].maxQuestions),
  samples: whole(1, 1024, D.samples),
  beside: whole(0, 1024, D.comparisonSamples),
  temperature: decimal(0.01, 10, D.temperature),
  seed: whole(0, 4_294_967_295, D.seed),
  corpus: name(D.retriever.kind === 'bundled' ? D.retriever.corpus : BUNDLED_CORPORA[0].name),
  dialect: choice(['world', 'search-r1', 'qwen'], D.environment.dialect),
  batch: whole(1, 1024, D.batch),
  provider: choice(['auto', 'wasm', 'webgpu'], D.provider),
  keep: flag(D.keep),
  scale: choice(SCALES, D.analysis.scale),
  /** 0: ½ is added instead. */
  clip: decimal(0, 0.4999, 0),
  aseed: whole(0, 4_294_967_295, D.analysis.seed),
  draws: whole(100, 20_000, D.analysis.draws),
};

const START_KEY = 'run';

interface LeasUrlState {
  /** `run=1`: the run is to start by itself, a wish of this visit. */
  readonly autoStart: boolean;
  /** What the address held that was clamped, unknown or not understood. */
  readonly reports: readonly string[];
  readonly unknown: readonly (readonly [string, string])[];
}

export const useLeasUrl = create<LeasUrlState>()(() => ({ autoStart: false, reports: [], unknown: [] }));

export function leasQuery(settings: LeasSettings, unknown: LeasUrlState['unknown']): string {
  return writeUrl(FIELDS, toUrl(settings), unknown);
}

export function currentLeasQuery(): string {
  return leasQuery(useLeasSettings.getState(), useLeasUrl.getState().unknown);
}

/** Takes over what an address says. Files that a person opened stay where the address names them or names nothing. */
export function applyLeasQuery(query: string): void {
  const params = new URLSearchParams(query);
  const autoStart = params.get(START_KEY) === '1';
  params.delete(START_KEY);
  const { config, reports, unknown } = readUrl(FIELDS, params.toString());
  const before = useLeasSettings.getState();
  const missing: string[] = [];
  useLeasSettings.setState({
    models: modelsOf(config, before.models, missing),
    sets: setsOf(config, before.sets, params.has('sets'), missing),
    samples: config.samples,
    comparisonSamples: config.beside,
    temperature: config.temperature,
    seed: config.seed,
    retriever: retrieverOf(config.corpus, before.retriever, params.has('corpus'), missing),
    environment: before.environment.dialect === config.dialect ? before.environment : ENVIRONMENTS[config.dialect],
    batch: config.batch,
    provider: config.provider,
    keep: config.keep,
    // The same object where nothing changes, for the analysis is made anew when it does.
    analysis: sameAnalysis(before.analysis, { ...before.analysis, scale: config.scale, epsilon: config.clip === 0 || config.scale === 'probability' ? null : config.clip, seed: config.aseed, draws: config.draws }),
  });
  useLeasUrl.setState({ autoStart, reports: [...reports, ...missing], unknown });
}

function sameAnalysis(before: LeasSettings['analysis'], after: LeasSettings['analysis']): LeasSettings['analysis'] {
  return JSON.stringify(before) === JSON.stringify(after) ? before : after;
}

function modelsOf(config: LeasUrlConfig, before: LeasModels, missing: string[]): LeasModels {
  if (before.kind === 'given' && config.models !== 'train') return before;
  if (config.models === 'given') missing.push('The link was made with opened adapters, which a link cannot hold: open them here too.');
  if (config.models !== 'train') return { kind: 'bundled' };
  const { rank, steps, questions, tsamples: samples, seeds, train } = config;
  const held = before.kind === 'train' ? before : T;
  return { ...held, seeds, totalRank: rank - (rank % 2), training: { ...held.training, steps, questions, samples }, trainSets: train.map((wanted) => questionsOf(wanted, held.trainSets, missing) ?? T.trainSets[0]) };
}

function setsOf(config: LeasUrlConfig, before: readonly LeasSet[], named: boolean, missing: string[]): readonly LeasSet[] {
  if (!named && before.some(({ questions }) => questions.kind === 'file')) return before.map((set) => ({ ...set, maxQuestions: config.max }));
  const found = config.sets.map((wanted) => questionsOf(wanted, before.map(({ questions }) => questions), missing)).filter((questions) => questions !== null);
  return (found.length === 0 ? D.sets.map(({ questions }) => questions) : found).map((questions, index) => ({ label: labelOf(index), questions, maxQuestions: config.max }));
}

/** A, B, C … */
export function labelOf(index: number): string {
  return String.fromCharCode(65 + (index % 26));
}

function questionsOf(wanted: string, held: readonly QuestionChoice[], missing: string[]): QuestionChoice | null {
  const open = held.find((set) => set.kind === 'file' && set.name === wanted);
  if (open) return open;
  if (BUNDLED_QUESTIONS.some((set) => set.name === wanted)) return { kind: 'bundled', name: wanted };
  missing.push(`The link was made with the questions “${wanted}”, which a link cannot hold: open the file here too.`);
  return null;
}

function retrieverOf(corpus: string, before: RetrieverChoice, named: boolean, missing: string[]): RetrieverChoice {
  if (before.kind !== 'bundled' && !named) return before;
  if (BUNDLED_CORPORA.some((known) => known.name === corpus)) return { kind: 'bundled', corpus };
  if (before.kind === 'file' && before.name === corpus) return before;
  missing.push(`The link was made with the corpus “${corpus}”, which a link cannot hold: open the file here too.`);
  return before;
}

function toUrl({ models, sets, samples, comparisonSamples, temperature, seed, retriever, environment, batch, provider, keep, analysis }: LeasSettings): LeasUrlConfig {
  const { seeds, totalRank, training, trainSets } = models.kind === 'train' ? models : T;
  return {
    models: models.kind,
    seeds, rank: totalRank, steps: training.steps, questions: training.questions, tsamples: training.samples, train: trainSets.map(nameOf),
    sets: sets.map(({ questions }) => nameOf(questions)),
    max: sets.at(0)?.maxQuestions ?? D.sets[0].maxQuestions,
    samples, beside: comparisonSamples, temperature, seed,
    corpus: retriever.kind === 'bundled' ? retriever.corpus : retriever.kind === 'file' ? retriever.name : FIELDS.corpus.default,
    dialect: environment.dialect,
    batch, provider, keep,
    scale: analysis.scale, clip: analysis.epsilon ?? 0, aseed: analysis.seed, draws: analysis.draws,
  };
}
