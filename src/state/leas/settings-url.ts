import { SCALES, type Scale } from '../../core/leas/accuracy.ts';
import { choice, decimal, flag, name, whole, writeUrl, type UrlField, type UrlFields } from '../../core/url-config.ts';
import type { LeasModels, LeasSet } from '../../lab/leas-events.ts';
import { environmentFields, environmentOf, environmentToUrl, type EnvironmentUrlConfig, questionsName, questionsOf, retrieverFields, retrieverOf, retrieverToUrl, type RetrieverUrlConfig } from '../choices-url.ts';
import { createUrlStore, listField, readAddress, type UrlState } from '../url-store.ts';
import { DEFAULT_LEAS, DEFAULT_TRAINED, useLeasSettings } from './settings-store.ts';
import type { LeasSettings } from './types.ts';

/** The settings as they stand in the address of #/leas. */
interface LeasUrlConfig extends RetrieverUrlConfig, EnvironmentUrlConfig {
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

const word = name('');
const words = (fallback: readonly string[]) => listField(MOST, fallback, (text) => word.parse(text)?.value ?? null, String);
const bounded = (field: UrlField<number>) => (text: string): number | null => field.parse(text)?.value ?? null;

const FIELDS: UrlFields<LeasUrlConfig> = {
  models: choice(['bundled', 'train', 'given'], 'bundled'),
  seeds: listField(MOST, T.seeds, bounded(whole(0, 4_294_967_295, 1)), String),
  rank: whole(2, 512, T.totalRank),
  steps: whole(1, 100_000, T.training.steps),
  questions: whole(1, 4096, T.training.questions),
  tsamples: whole(2, 1024, T.training.samples),
  train: words(T.trainSets.map(questionsName)),
  sets: words(D.sets.map(({ questions }) => questionsName(questions))),
  max: whole(0, 100_000, D.sets[0].maxQuestions),
  samples: whole(1, 1024, D.samples),
  beside: whole(0, 1024, D.comparisonSamples),
  temperature: decimal(0.01, 10, D.temperature),
  seed: whole(0, 4_294_967_295, D.seed),
  ...retrieverFields(D.retriever),
  ...environmentFields(D.environment),
  batch: whole(1, 1024, D.batch),
  provider: choice(['auto', 'wasm', 'webgpu'], D.provider),
  keep: flag(D.keep),
  scale: choice(SCALES, D.analysis.scale),
  /** 0: ½ is added instead. */
  clip: decimal(0, 0.4999, 0),
  aseed: whole(0, 4_294_967_295, D.analysis.seed),
  draws: whole(100, 20_000, D.analysis.draws),
};

export const useLeasUrl = createUrlStore();

export function leasQuery(settings: LeasSettings, unknown: UrlState['unknown']): string {
  return writeUrl(FIELDS, toUrl(settings), unknown);
}

export function currentLeasQuery(): string {
  return leasQuery(useLeasSettings.getState(), useLeasUrl.getState().unknown);
}

/** Takes over what an address says. Files that a person opened stay where the address names them or names nothing. */
export function applyLeasQuery(query: string): void {
  const { config, params, autoStart, reports, unknown } = readAddress(FIELDS, query);
  const before = useLeasSettings.getState();
  const missing: string[] = [];
  useLeasSettings.setState({
    models: modelsOf(config, before.models, missing),
    sets: setsOf(config, before.sets, params.has('sets'), missing),
    samples: config.samples,
    comparisonSamples: config.beside,
    temperature: config.temperature,
    seed: config.seed,
    retriever: retrieverOf(config, before.retriever, params, missing),
    environment: environmentOf(config, before.environment),
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

function toUrl({ models, sets, samples, comparisonSamples, temperature, seed, retriever, environment, batch, provider, keep, analysis }: LeasSettings): LeasUrlConfig {
  const { seeds, totalRank, training, trainSets } = models.kind === 'train' ? models : T;
  return {
    models: models.kind,
    seeds, rank: totalRank, steps: training.steps, questions: training.questions, tsamples: training.samples, train: trainSets.map(questionsName),
    sets: sets.map(({ questions }) => questionsName(questions)),
    max: sets.at(0)?.maxQuestions ?? D.sets[0].maxQuestions,
    samples, beside: comparisonSamples, temperature, seed,
    ...retrieverToUrl(retriever, D.retriever),
    ...environmentToUrl(environment),
    batch, provider, keep,
    scale: analysis.scale, clip: analysis.epsilon ?? 0, aseed: analysis.seed, draws: analysis.draws,
  };
}
