import { armSchema } from '../../core/record/seesaw-schema.ts';
import { choice, decimal, name, whole, writeUrl, type UrlField, type UrlFields } from '../../core/url-config.ts';
import { armProblem, type Arm } from '../../training/arms.ts';
import type { Denominator, TrainingSettings } from '../../training/settings.ts';
import { cannotHold, environmentFields, environmentOf, environmentToUrl, type EnvironmentUrlConfig, questionsName, questionsOf, retrieverFields, retrieverOf, retrieverToUrl, type RetrieverUrlConfig } from '../choices-url.ts';
import { createUrlStore, listField, readAddress, type UrlState } from '../url-store.ts';
import { DEFAULT_SEESAW_SETTINGS, useSeesawSettings } from './settings-store.ts';
import type { SeesawSettings } from './types.ts';

/** The settings as they stand in the address of #/seesaw. */
interface SeesawUrlConfig extends RetrieverUrlConfig, EnvironmentUrlConfig {
  readonly arms: readonly string[];
  readonly own: readonly Arm[];
  readonly rank: number;
  readonly seeds: readonly number[];
  readonly steps: number;
  readonly questions: number;
  readonly samples: number;
  readonly temperature: number;
  readonly rates: readonly number[];
  readonly beta1: number;
  readonly beta2: number;
  readonly decay: number;
  readonly clip: number;
  readonly warmup: number;
  readonly schedule: TrainingSettings['schedule'];
  readonly denominator: Denominator;
  readonly ratio: number;
  readonly kl: number;
  readonly epochs: number;
  readonly micro: number;
  /** Name of given trajectories; '' for rollouts of its own. */
  readonly given: string;
  readonly train: readonly string[];
  readonly eval: string;
  readonly evalmax: number;
  readonly evalsamples: number;
  readonly evalevery: number;
  readonly evalseed: number;
  readonly batch: number;
  readonly provider: SeesawSettings['provider'];
  readonly keep: number;
}

/** More runs than anybody waits for. */
const MOST = 64;

const D = DEFAULT_SEESAW_SETTINGS;
const T = D.training;

const words = (fallback: readonly string[]): UrlField<readonly string[]> => listField(MOST, fallback, (text) => text.slice(0, 200), (text) => text.replaceAll('~', '-'));

function seedOf(text: string): number | null {
  const seed = Number(text);
  return /^\d+$/.test(text) && seed <= 4_294_967_295 ? seed : null;
}

function rateOf(text: string): number | null {
  const rate = Number(text);
  return text.trim() !== '' && rate >= 0 && rate <= 10 ? rate : null;
}

const ownArms: UrlField<readonly Arm[]> = {
  default: [],
  parse: (text) => {
    try {
      const arms = armSchema.array().max(MOST).safeParse(JSON.parse(text));
      return arms.success && arms.data.every((arm) => armProblem(arm) === null) ? { value: arms.data } : null;
    } catch {
      // Not JSON: somebody cut the address.
      return null;
    }
  },
  format: (arms) => (arms.length === 0 ? '' : JSON.stringify(arms)),
};

const FIELDS: UrlFields<SeesawUrlConfig> = {
  arms: words(D.arms),
  own: ownArms,
  rank: whole(2, 256, D.totalRank),
  seeds: listField(MOST, D.seeds, seedOf, String),
  steps: whole(1, 100_000, T.steps),
  questions: whole(1, 4096, T.questions),
  samples: whole(1, 1024, T.samples),
  temperature: decimal(0, 10, T.temperature),
  rates: listField(MOST, T.rates, rateOf, String),
  beta1: decimal(0, 0.9999, T.adam.beta1),
  beta2: decimal(0, 0.99999, T.adam.beta2),
  decay: decimal(0, 10, T.adam.decay),
  clip: decimal(0, 1000, T.clipNorm),
  warmup: whole(0, 100_000, T.warmUp),
  schedule: choice(['constant', 'cosine'], T.schedule),
  denominator: choice(['sum', 'response', 'ability'], T.denominator),
  ratio: decimal(0, 10, T.clipRatio),
  kl: decimal(0, 10, T.kl),
  epochs: whole(1, 64, T.epochs),
  micro: whole(64, 1_000_000, T.microBatchTokens),
  given: name(''),
  train: words(D.trainSets.map(questionsName)),
  ...retrieverFields(D.retriever),
  ...environmentFields(D.environment),
  eval: name(questionsName(D.evaluation.questions)),
  evalmax: whole(0, 100_000, D.evaluation.maxQuestions),
  evalsamples: whole(1, 1024, D.evaluation.samples),
  evalevery: whole(0, 100_000, D.evaluation.every),
  evalseed: whole(0, 4_294_967_295, D.evaluation.seed),
  batch: whole(1, 1024, D.batch),
  provider: choice(['auto', 'wasm', 'webgpu'], D.provider),
  keep: whole(0, 100_000, D.checkpointEvery),
};

/** `autoStart`: training is to start by itself. */
export const useSeesawUrl = createUrlStore();

export function seesawQuery(settings: SeesawSettings, unknown: UrlState['unknown']): string {
  return writeUrl(FIELDS, toUrl(settings), unknown);
}

export function currentSeesawQuery(): string {
  return seesawQuery(useSeesawSettings.getState(), useSeesawUrl.getState().unknown);
}

/** Takes over what an address says. Files that a person opened stay where the address names them or names nothing. */
export function applySeesawQuery(query: string): void {
  const { config, params, autoStart, reports, unknown } = readAddress(FIELDS, query);
  const before = useSeesawSettings.getState();
  const missing: string[] = [];
  const held = [...before.trainSets, before.evaluation.questions];
  const question = (wanted: string) => questionsOf(wanted, held, missing);
  const trainSets = !params.has('train') && before.trainSets.some(({ kind }) => kind === 'file') ? before.trainSets : config.train.map(question).filter((set) => set !== null);
  const evaluated = !params.has('eval') && before.evaluation.questions.kind === 'file' ? before.evaluation.questions : question(config.eval);
  useSeesawSettings.setState({
    ...fromUrl(config),
    // Limits of one's own stand in no address.
    environment: environmentOf(config, before.environment),
    objective: objectiveOf(config.given, before.objective, params, missing),
    trainSets: trainSets.length > 0 ? trainSets : D.trainSets,
    retriever: retrieverOf(config, before.retriever, params, missing),
    evaluation: { questions: evaluated ?? D.evaluation.questions, maxQuestions: config.evalmax, samples: config.evalsamples, every: config.evalevery, seed: config.evalseed },
  });
  useSeesawUrl.setState({ autoStart, reports: [...reports, ...missing], unknown });
}

function objectiveOf(given: string, before: SeesawSettings['objective'], params: URLSearchParams, missing: string[]): SeesawSettings['objective'] {
  if (before.kind === 'supervised' && (!params.has('given') || before.name === given)) return before;
  if (given !== '') missing.push(`${cannotHold('trajectories', given)} Until then its arms learn from rollouts of their own.`);
  return { kind: 'grpo' };
}

function toUrl({ arms, ownArms: own, totalRank, seeds, objective, training, trainSets, retriever, environment, evaluation, batch, provider, checkpointEvery }: SeesawSettings): SeesawUrlConfig {
  const { steps, questions, samples, temperature, rates, adam, clipNorm, warmUp, schedule, denominator, clipRatio, kl, epochs, microBatchTokens } = training;
  return {
    arms, own, rank: totalRank, seeds, steps, questions, samples, temperature, rates,
    beta1: adam.beta1, beta2: adam.beta2, decay: adam.decay,
    clip: clipNorm, warmup: warmUp, schedule, denominator, ratio: clipRatio, kl, epochs, micro: microBatchTokens,
    given: objective.kind === 'supervised' ? objective.name : '',
    train: trainSets.map(questionsName),
    ...retrieverToUrl(retriever, D.retriever),
    ...environmentToUrl(environment),
    eval: questionsName(evaluation.questions), evalmax: evaluation.maxQuestions, evalsamples: evaluation.samples, evalevery: evaluation.every, evalseed: evaluation.seed,
    batch, provider, keep: checkpointEvery,
  };
}

function fromUrl(config: SeesawUrlConfig): Omit<SeesawSettings, 'objective' | 'environment' | 'trainSets' | 'retriever' | 'evaluation'> {
  const { arms, own, rank, seeds, steps, questions, samples, temperature, rates, beta1, beta2, decay, clip, warmup, schedule, denominator, ratio, kl, epochs, micro, batch, provider, keep } = config;
  return {
    arms, ownArms: own, seeds, batch, provider,
    totalRank: rank - (rank % 2),
    training: { steps, questions, samples, temperature, rates, adam: { ...T.adam, beta1, beta2, decay }, clipNorm: clip, warmUp: warmup, schedule, denominator, clipRatio: ratio, kl, epochs, microBatchTokens: micro },
    checkpointEvery: keep,
  };
}
