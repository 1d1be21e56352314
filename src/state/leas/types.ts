import type { Question } from '../../agent/types.ts';
import type { LeasSettings as AnalysisSettings } from '../../core/leas/analyse.ts';
import type { CountsFile } from '../../core/leas/counts.ts';
import type { ExperimentAnalysis } from '../../core/leas/experiment.ts';
import type { Model } from '../../core/leas/models.ts';
import type { DeviceReport, Failure } from '../../lab/events.ts';
import type { LeasEvent, LeasPhase, LeasRollout, LeasRunConfig } from '../../lab/leas-events.ts';
import type { LogLine } from '../angle-run.ts';
import type { Origin } from '../run-store.ts';
import type { OpenedFile, OpenResult } from '../session.ts';

/**
 * Everything a person chooses for the next run, but for the backbone, which is the sources store's. In
 * `useLeasSettings`; what is not a file also stands in the address (#/leas?…).
 */
export type LeasSettings = Omit<LeasRunConfig, 'backbone'> & { readonly analysis: AnalysisSettings };

export type LeasReady = Extract<LeasEvent, { readonly type: 'ready' }>;
export type LeasProgress = Extract<LeasEvent, { readonly type: 'progress' }>;
/** `loading`: from the start until the first rollout, training included. */
export type LeasStatus = 'idle' | 'loading' | 'running' | 'paused' | 'finished' | 'cancelled' | 'failed';

/** Counts that were opened in place of a run. */
export interface OpenedCounts extends Omit<CountsFile, 'seeds'> {
  readonly name: string;
  /** Why no row entered (then `rows` is 0), in one sentence; null where some did. */
  readonly message: string | null;
  readonly mapping: ReadonlyMap<string, Model>;
}

/** What React sees (`useLeasRun`), renewed at most once a frame. */
export interface LeasState {
  readonly status: LeasStatus;
  readonly origin: Origin;
  /** As it was started, or of the record that plays; null before any and for opened counts. */
  readonly config: LeasRunConfig | null;
  readonly opened: OpenedCounts | null;
  readonly phase: LeasPhase | null;
  readonly detail: string;
  readonly fraction: number | null;
  readonly device: DeviceReport | null;
  readonly ready: LeasReady | null;
  /** The training before the rollouts: steps of all its runs, and where it is, in words; null when none is under way. */
  readonly training: { readonly done: number; readonly total: number; readonly words: string } | null;
  readonly progress: LeasProgress | null;
  /** Rollouts of each question wanted now. */
  readonly samples: number;
  /** The questions of each set: with text where they are known; for counts their names alone. */
  readonly sets: readonly { readonly label: string; readonly questions: ReadonlyMap<string, Question | null> }[];
  /** Of everything counted so far; the last one that was worked out, while the next is. Null before any. */
  readonly analysis: ExperimentAnalysis | null;
  readonly analysing: boolean;
  /** In one sentence; null while analyses succeed. */
  readonly analysisFailure: string | null;
  /** What was done in place of what was asked for, in one sentence; null for nothing. */
  readonly notice: string | null;
  readonly failure: Failure | null;
  readonly storeFailure: Failure | null;
  readonly seconds: number | null;
  /** Changes with every new count. */
  readonly revision: number;
  readonly logLength: number;
}

export type LeasExport = 'lambda' | 'counts' | 'comparison';

/** What the page can ask of LEAS: `useSession().leas`. */
export interface LeasSession {
  /** Trains what is to be trained, then rolls out; what storage has of the same run is taken from there. */
  start(): void;
  pause(): void;
  resume(): void;
  cancel(): void;
  /** The same run again from its beginning: what was kept of it is forgotten. A recording plays from its beginning. */
  reset(): void;
  /** New rollouts from another seed (not of the training). */
  newSeed(): void;
  /** So many rollouts of each question; more are added while running or after it, none is taken away. */
  setSamples(samples: number): void;
  /** Other statistics of the same counts: scale, clipping, draws. */
  analyse(settings: AnalysisSettings): void;

  /** Rollouts of a question by all writers; empty where none were kept (counts, most of a recording's). @param question its id */
  rollouts(set: string, question: string): readonly LeasRollout[];
  log(): readonly LogLine[];

  /** Models become the adapters that the seesaw page has trained. */
  takeFromSeesaw(): OpenResult;
  /** Models become these PEFT folders or a zip of them; folders named ARM-SEED as the seesaw page and the command line write them. */
  openAdapters(files: readonly OpenedFile[]): Promise<OpenResult>;
  /** A file of counts in place of a run. @param mapping other names of models */
  openCounts(blob: Blob, name: string, mapping?: ReadonlyMap<string, Model>): Promise<OpenResult>;
  /** The same file of counts, with other names of models. */
  mapModels(mapping: ReadonlyMap<string, Model>): Promise<OpenResult>;
  /** Bytes of finished rollouts in this browser's storage; null where it refuses storage. */
  kept(): Promise<number | null>;
  forgetKept(): Promise<void>;

  /** @throws Error with a sentence before anything was counted */
  exportRecord(): Promise<Blob>;
  exportCsv(kind: LeasExport): Blob;
  openRecord(blob: Blob, name: string): Promise<OpenResult>;
  /** Whether trained models come with this copy of the page; then `useBundledModels` says so too. */
  lookForBundled(): Promise<boolean>;
  /** Plays the recording that comes with the page. */
  playBundled(): Promise<OpenResult>;
}
