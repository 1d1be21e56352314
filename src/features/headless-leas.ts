import { BUNDLED_QUESTIONS } from '../agent/datasets.ts';
import type { Scale } from '../core/leas/accuracy.ts';
import type { LeasModels, LeasRunConfig } from '../lab/leas-events.ts';
import { useLeasRun } from '../state/leas/run-store.ts';
import { DEFAULT_LEAS, DEFAULT_TRAINED, setLeasSettings, useLeasSettings } from '../state/leas/settings-store.ts';
import type { LeasExport, LeasState } from '../state/leas/types.ts';
import { deviceName, type OpenedFile, type Session } from '../state/session.ts';
import type { HeadlessStatus } from './headless.ts';

/** What `npm run reproduce -- leas` asks for; null: the page's default. */
export interface HeadlessLeasOptions {
  /** `given`: PEFT folders of the input `#headless-adapters`, in folders named ARM-SEED. */
  readonly models: LeasModels['kind'];
  /** Of the training. */
  readonly seeds: readonly number[] | null;
  readonly steps: number | null;
  /** Question sets of the page, all of one corpus. */
  readonly sets: readonly string[];
  readonly questions: number;
  readonly samples: number;
  readonly comparisonSamples: number;
  readonly temperature: number;
  readonly seed: number;
  readonly batch: number | null;
  readonly provider: LeasRunConfig['provider'] | null;
  readonly scale: Scale;
  readonly epsilon: number | null;
  /** The browser keeps its storage: finished rollouts and checkpoints are kept, and gone on from. */
  readonly keep: boolean;
}

export interface HeadlessLeasResult {
  readonly seconds: number;
  readonly provider: string;
  readonly device: string;
  readonly rollouts: number;
  /** Of them taken from storage. */
  readonly kept: number;
  readonly notes: readonly string[];
}

export interface HeadlessLeas {
  run(options: HeadlessLeasOptions): Promise<HeadlessLeasResult>;
  status(): HeadlessStatus;
  file(kind: LeasExport | 'record'): Promise<void>;
}

export function headlessLeas(session: Session, { adapters, save }: { readonly adapters: () => readonly OpenedFile[]; readonly save: (blob: Blob, name: string) => void }): HeadlessLeas {
  return {
    async run(options) {
      window.location.hash = '#/leas';
      applyOptions(options);
      if (options.models === 'given') {
        const opened = await session.leas.openAdapters(adapters());
        if (opened.kind === 'refused') throw new Error(`${opened.message} ${opened.remedy}`);
      }
      session.leas.start();
      return resultOf(await settled());
    },
    status: () => statusOf(useLeasRun.getState()),
    async file(kind) {
      if (kind === 'record') save(await session.leas.exportRecord(), 'record.json');
      else save(session.leas.exportCsv(kind), `${kind}.csv`);
    },
  };
}

function applyOptions({ models, seeds, steps, sets, questions, samples, comparisonSamples, temperature, seed, batch, provider, scale, epsilon, keep }: HeadlessLeasOptions): void {
  const before = useLeasSettings.getState();
  const corpus = BUNDLED_QUESTIONS.find(({ name }) => name === sets[0])?.corpus;
  const { training } = DEFAULT_TRAINED;
  setLeasSettings({
    ...(models === 'train' ? { models: { ...DEFAULT_TRAINED, seeds: seeds ?? DEFAULT_TRAINED.seeds, training: { ...training, steps: steps ?? training.steps } } } : {}),
    ...(models === 'bundled' ? { models: { kind: 'bundled' } } : {}),
    sets: sets.map((name) => ({ label: labelOf(name), questions: { kind: 'bundled', name }, maxQuestions: questions })),
    samples,
    comparisonSamples,
    temperature,
    seed,
    ...(corpus === undefined ? {} : { retriever: { kind: 'bundled', corpus } }),
    batch: batch ?? before.batch,
    provider: provider ?? before.provider,
    keep,
    analysis: { ...before.analysis, scale, epsilon, seed },
  });
}

/** The page's own label of a set where it has one. */
function labelOf(name: string): string {
  return DEFAULT_LEAS.sets.find(({ questions }) => questions.kind === 'bundled' && questions.name === name)?.label ?? name;
}

/** The run's state once it is over and analysed with all its draws. */
function settled(): Promise<LeasState> {
  return new Promise((resolve, reject) => {
    const look = (run: LeasState): void => {
      const { status, failure, analysing, analysis, analysisFailure } = run;
      if (status === 'failed' || status === 'cancelled') stop(() => reject(new Error(failure ? `${failure.message} ${failure.remedy}` : 'The run was cancelled.')));
      else if (status !== 'finished' || analysing) return;
      else if (analysisFailure !== null) stop(() => reject(new Error(`The analysis failed: ${analysisFailure}`)));
      // While counts come in, the page draws less.
      else if (analysis?.settings.draws === useLeasSettings.getState().analysis.draws) stop(() => resolve(run));
    };
    const unsubscribe = useLeasRun.subscribe(look);
    const stop = (then: () => void): void => {
      unsubscribe();
      then();
    };
  });
}

function statusOf({ status, phase, detail, device, training, progress, analysing }: LeasState): HeadlessStatus {
  return {
    status: status === 'loading' ? 'running' : status,
    phase: phase ?? '',
    detail: training?.words ?? (progress === null ? detail : progress.detail),
    device: deviceName(device),
    fraction: progress ? progress.done / Math.max(1, progress.total) : training ? training.done / Math.max(1, training.total) : 0,
    tokensPerSecond: progress?.tokensPerSecond ?? 0,
    secondsLeft: progress?.secondsLeft ?? null,
    analysing,
  };
}

function resultOf({ ready, progress, seconds, device, notice }: LeasState): HeadlessLeasResult {
  if (!ready) throw new Error('The run ended before it rolled anything out.');
  return { seconds: seconds ?? 0, provider: ready.provider.reason, device: deviceName(device), rollouts: progress?.done ?? ready.rollouts, kept: ready.kept, notes: [...(notice === null ? [] : [notice]), ...ready.notes] };
}
