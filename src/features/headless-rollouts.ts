import { BUNDLED_CORPORA, BUNDLED_QUESTIONS } from '../agent/datasets.ts';
import { ENVIRONMENTS } from '../agent/environment.ts';
import type { Dialect } from '../agent/types.ts';
import { sha256Blob } from '../backbone/sha256.ts';
import type { QuestionChoice, RetrieverChoice, RolloutRunConfig, RolloutSummary } from '../lab/rollout-events.ts';
import { SERVER_PATIENCE } from '../state/choices-url.ts';
import { useRolloutRun } from '../state/rollouts/run-store.ts';
import { setRolloutSettings } from '../state/rollouts/settings-store.ts';
import type { RolloutProgress, RolloutState } from '../state/rollouts/types.ts';
import { deviceName, type Session } from '../state/session.ts';
import type { HeadlessStatus } from './headless.ts';

/** What `npm run reproduce -- rollouts` asks for. Null questions or corpus: the file of the input, or (corpus) a server. */
export interface HeadlessRolloutOptions {
  readonly questions: string | null;
  readonly corpus: string | null;
  readonly retriever: string | null;
  readonly dialect: Dialect;
  readonly samples: number;
  readonly maxQuestions: number;
  readonly temperature: number;
  readonly batch: number;
  readonly provider: RolloutRunConfig['provider'];
  readonly inOrder: boolean;
  readonly seed: number;
}

export interface HeadlessRolloutResult {
  readonly summaries: readonly RolloutSummary[];
  readonly labels: readonly string[];
  readonly questions: number;
  readonly tokens: number;
  /** While rollouts were written. */
  readonly tokensPerSecond: number;
  /** Of the whole run, loading included. */
  readonly seconds: number;
  readonly split: RolloutProgress['split'];
  /** Why the provider was taken. */
  readonly provider: string;
  readonly parity: { readonly rollouts: number; readonly tokens: number; readonly maxDifference: number; readonly meanDifference: number } | null;
  readonly noParity: string | null;
  readonly device: string;
}

export type HeadlessRolloutFile = 'rollouts' | 'summary';

export interface HeadlessRollouts {
  run(options: HeadlessRolloutOptions): Promise<HeadlessRolloutResult>;
  status(): HeadlessStatus;
  file(kind: HeadlessRolloutFile): Promise<void>;
}

/** How many rollouts the engine checks: some of every run, so that a wrong number shows. */
const CHECKED = 8;

interface Inputs {
  readonly questions: HTMLInputElement;
  readonly corpus: HTMLInputElement;
  openBackbone(): Promise<void>;
  save(blob: Blob, name: string): void;
}

export function headlessRollouts(session: Session, inputs: Inputs): HeadlessRollouts {
  return {
    async run(options) {
      window.location.hash = '#/rollouts';
      await inputs.openBackbone();
      const { samples, maxQuestions, temperature, batch, provider, inOrder, seed } = options;
      setRolloutSettings({
        questions: questionsOf(options, inputs.questions),
        retriever: retrieverOf(options, inputs.corpus),
        environment: ENVIRONMENTS[options.dialect],
        sampling: { temperature, topP: 1, topK: 0 },
        samples, maxQuestions, batch, provider, inOrder, seed,
        alternatives: 0,
        stream: 0,
        parity: CHECKED,
      });
      session.rollouts.startBatch();
      return resultOf(await settled(), session);
    },
    status: () => statusOf(useRolloutRun.getState()),
    async file(kind) {
      if (kind === 'rollouts') inputs.save(session.rollouts.exportJsonLines(), 'rollouts.jsonl');
      else inputs.save(new Blob([`${JSON.stringify(await summaryOf(useRolloutRun.getState(), session), null, 2)}\n`], { type: 'application/json' }), 'summary.json');
    },
  };
}

function questionsOf({ questions }: HeadlessRolloutOptions, input: HTMLInputElement): QuestionChoice {
  const file = input.files?.item(0);
  if (file) return { kind: 'file', name: file.name, blob: file };
  if (questions === null) throw new Error('No questions were given.');
  return { kind: 'bundled', name: questions };
}

function retrieverOf({ corpus, retriever }: HeadlessRolloutOptions, input: HTMLInputElement): RetrieverChoice {
  if (retriever !== null) return { kind: 'server', url: retriever, ...SERVER_PATIENCE };
  const file = input.files?.item(0);
  if (file) return { kind: 'file', name: file.name, blob: file };
  if (corpus === null) throw new Error('No corpus was given.');
  return { kind: 'bundled', corpus };
}

function settled(): Promise<RolloutState> {
  return new Promise((resolve, reject) => {
    const unsubscribe = useRolloutRun.subscribe((run) => {
      if (run.status !== 'finished' && run.status !== 'failed' && run.status !== 'cancelled') return;
      unsubscribe();
      if (run.status === 'finished') resolve(run);
      else reject(new Error(run.failure ? `${run.failure.message} ${run.failure.remedy}` : 'The run was cancelled.'));
    });
  });
}

function statusOf({ status, phase, detail, device, progress }: RolloutState): HeadlessStatus {
  const writing = phase === 'generate' && progress !== null;
  return {
    status: status === 'loading' ? 'running' : status,
    phase: phase ?? '',
    detail,
    device: deviceName(device),
    fraction: writing ? progress.done / Math.max(1, progress.total) : 0,
    tokensPerSecond: progress?.tokensPerSecond ?? 0,
    secondsLeft: progress?.secondsLeft ?? null,
    analysing: false,
  };
}

function resultOf({ progress, ready, parity, noParity, seconds, device }: RolloutState, session: Session): HeadlessRolloutResult {
  if (!progress || !ready) throw new Error('The run ended before it wrote anything.');
  const begun = session.rollouts.log().find(({ text }) => text.startsWith('generate'))?.at ?? 0;
  return {
    summaries: progress.summaries,
    labels: ready.writers.map(({ label }) => label),
    questions: ready.questions,
    tokens: progress.tokens,
    tokensPerSecond: progress.tokens / Math.max(1e-3, (progress.at - begun) / 1000),
    seconds: seconds ?? progress.at / 1000,
    split: progress.split,
    provider: ready.provider.reason,
    parity: parity && { rollouts: parity.rollouts, tokens: parity.tokens, maxDifference: parity.maxDifference, meanDifference: parity.meanDifference },
    noParity,
    device: deviceName(device),
  };
}

/** Everything that the numbers came from, beside them. */
async function summaryOf(run: RolloutState, session: Session): Promise<object> {
  const { config, ready, device } = run;
  if (!config || !ready) throw new Error('Nothing was written yet.');
  const { summaries, questions, tokens, tokensPerSecond, seconds, split, parity, noParity } = resultOf(run, session);
  return {
    format: 'seesaw-rollouts',
    version: 1,
    app: { version: __APP_VERSION__, commit: __APP_COMMIT__ },
    createdAt: new Date().toISOString(),
    config: { ...config, questions: named(config.questions), retriever: named(config.retriever) },
    seeds: { run: config.seed },
    hashes: { weights: ready.backbone.sha256, questions: await hashOf(config.questions), corpus: await hashOf(config.retriever) },
    backbone: ready.backbone,
    writers: ready.writers,
    retriever: ready.retriever,
    provider: ready.provider,
    questions,
    rollouts: run.finished.length,
    summaries,
    tokens,
    tokensPerSecond,
    seconds,
    split,
    parity,
    noParity,
    problems: ready.problems,
    notes: ready.notes,
    device,
    browser: navigator.userAgent,
  };
}

/** A choice without its file, which JSON cannot hold. */
function named(choice: QuestionChoice | RetrieverChoice): object {
  return choice.kind === 'file' ? { kind: 'file', name: choice.name } : choice;
}

/** Null for what is not a file. */
async function hashOf(choice: QuestionChoice | RetrieverChoice): Promise<string | null> {
  if (choice.kind === 'file') return sha256Blob(choice.blob, choice.name);
  if (choice.kind !== 'bundled') return null;
  const { url } = ('corpus' in choice ? BUNDLED_CORPORA.find(({ name }) => name === choice.corpus) : BUNDLED_QUESTIONS.find(({ name }) => name === choice.name)) ?? { url: null };
  if (url === null) return null;
  return sha256Blob(await (await fetch(new URL(url, document.baseURI))).blob(), url);
}
