import type { DeviceReport, Failure } from '../../lab/events.ts';
import type { EvaluationPoint, RunId, SeesawEvent, SeesawPhase, SeesawRunConfig } from '../../lab/seesaw-events.ts';
import type { Arm } from '../../training/arms.ts';
import type { StepReport } from '../../training/trainer.ts';
import type { LogLine } from '../angle-run.ts';
import type { Origin } from '../run-store.ts';
import type { OpenedFile, OpenResult } from '../session.ts';

/**
 * Everything a person chooses for the next run, but for the backbone, which is the sources store's. In
 * `useSeesawSettings`; what is not a file also stands in the address (#/seesaw?…).
 */
export interface SeesawSettings extends Omit<SeesawRunConfig, 'backbone' | 'arms'> {
  /** Ids of the chosen arms, in the order in which they are trained: standard ones and `ownArms`. */
  readonly arms: readonly string[];
  /** Arms made by hand; an id that a standard arm has counts for the own one. */
  readonly ownArms: readonly Arm[];
  /** Rank of all adapters of a standard arm together (even). */
  readonly totalRank: number;
}

export type SeesawReady = Extract<SeesawEvent, { readonly type: 'ready' }>;
export type SeesawProgress = Extract<SeesawEvent, { readonly type: 'progress' }>;

/** `loading`: from the start until the first run begins. */
export type SeesawStatus = 'idle' | 'loading' | 'running' | 'paused' | 'finished' | 'cancelled' | 'failed';

/** `waiting`: not begun; `stopped`: begun, and the whole was cancelled or failed before its end. */
export type RunStatus = 'waiting' | 'running' | 'finished' | 'stopped';

/**
 * One arm with one seed as the page draws it. The same object for the whole run: its lists only grow (but after a lost
 * device, when they are cut back to the last checkpoint), and `revision` tells that they have changed. Nothing in it is
 * React state: read it when the store's `revision` changes.
 */
export interface SeesawRunView {
  readonly id: RunId;
  /** `runKey(id)`. */
  readonly key: string;
  readonly arm: Arm;
  readonly status: RunStatus;
  readonly steps: readonly StepReport[];
  readonly points: readonly EvaluationPoint[];
  /** The last one that was kept. */
  readonly checkpoint: { readonly step: number; readonly bytes: number } | null;
  readonly checkpointFailure: Failure | null;
  readonly recoveries: readonly { readonly step: number; readonly reason: string }[];
  /** Steps taken when the adapters that can be exported were as they are; null where there are none (a recording, base). */
  readonly adaptersStep: number | null;
  readonly revision: number;
}

/** What React sees (`useSeesawRun`), renewed at most once a frame. */
export interface SeesawState {
  readonly status: SeesawStatus;
  readonly origin: Origin;
  /** The configuration as it was started, or of the record that plays; null before any. */
  readonly config: SeesawRunConfig | null;
  readonly phase: SeesawPhase | null;
  readonly detail: string;
  /** Of the phase, in [0, 1]; null where it has none. */
  readonly fraction: number | null;
  readonly device: DeviceReport | null;
  readonly ready: SeesawReady | null;
  /** The run that is trained or evaluated now. */
  readonly current: RunId | null;
  /** Adapters (by index) that keep their values from the next step on. */
  readonly frozen: readonly number[];
  readonly progress: SeesawProgress | null;
  readonly failure: Failure | null;
  /** Of the whole without pauses; null until it is finished. */
  readonly seconds: number | null;
  readonly peakGpuBytes: number;
  /** Changes whenever a view of `SeesawSession.runs()` has something new. */
  readonly revision: number;
  readonly logLength: number;
}

/** A checkpoint in this browser's storage. */
export interface StoredCheckpoint {
  readonly id: string;
  readonly run: RunId;
  readonly armLabel: string;
  readonly step: number;
  /** Steps of the whole run. */
  readonly steps: number;
  readonly bytes: number;
  /** ISO 8601. */
  readonly saved: string;
}

/** What the page can ask of training: `useSession().seesaw`. */
export interface SeesawSession {
  /** Trains the arms of the settings from their beginning. @param goOn each from its checkpoint, where it has one */
  start(options?: { readonly goOn: boolean }): void;
  pause(): void;
  resume(): void;
  /** One optimiser step of a paused run, which then waits again; a running one is paused. */
  stepOnce(): void;
  /** From the next step on these adapters (by index) keep their values; an empty list thaws all. */
  freeze(adapters: readonly number[]): void;
  cancel(): void;
  /** The same runs again with the same seeds; a recording plays from its beginning. */
  reset(): void;
  /** As many new seeds as there were, and the runs again with them. */
  newSeed(): void;
  /** One view a run of the present configuration, seeds first and arms within them, whether begun or not. */
  runs(): readonly SeesawRunView[];
  run(id: RunId): SeesawRunView | null;
  log(): readonly LogLine[];

  /** Empty where the browser refuses storage. */
  checkpoints(): Promise<readonly StoredCheckpoint[]>;
  /** Takes over the checkpoint's settings and trains on: every run of them goes on from its own checkpoint where it has one. */
  resumeCheckpoint(id: string): Promise<OpenResult>;
  deleteCheckpoint(id: string): Promise<void>;

  /** The run record, which opens again as a replay. @throws Error with a sentence before anything was told */
  exportRecord(): Promise<Blob>;
  /** Every step and every evaluation, one row each, as drawn. */
  exportCsv(kind: 'steps' | 'evaluations'): Blob;
  openRecord(blob: Blob, name: string): Promise<OpenResult>;

  /** The runs' adapters as a zip of PEFT folders. @throws Error with a sentence where there are none */
  exportAdapters(...ids: readonly RunId[]): Promise<Blob>;
  /** PEFT folders or a zip of them become the adapters of the rollout page's writers. */
  importAdapters(files: readonly OpenedFile[]): Promise<OpenResult>;
  /** Gives the run's adapters, with the arm's way of writing, to the rollout page beside the backbone alone, and goes there. */
  toRolloutPage(id: RunId): OpenResult;
}

/** One word for a run, also the name of its folder in files. */
export function runKey({ arm, seed }: RunId): string {
  return `${arm}-${seed}`;
}
