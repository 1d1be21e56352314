import type { EnvironmentSettings } from '../agent/types.ts';
import type { QuestionChoice, RetrieverChoice } from '../agent/choices.ts';
import type { PlainSeesawConfig } from '../core/record/seesaw-schema.ts';
import type { LineProblem } from '../core/trajectory/types.ts';
import type { Provider } from '../inference/types.ts';
import type { Arm } from '../training/arms.ts';
import type { Evaluation } from '../training/evaluate.ts';
import type { TrainingSettings } from '../training/settings.ts';
import type { StepReport } from '../training/trainer.ts';
import type { DeviceReport, Failure } from './events.ts';
import type { ProviderReport } from './rollout-events.ts';

/** What is trained: GRPO on rollouts of the present policy, or log-likelihood of given trajectories (each one once a pass). */
export type Objective = { readonly kind: 'grpo' } | { readonly kind: 'supervised'; readonly name: string; readonly trajectories: Blob };

export interface SeesawRunConfig {
  readonly backbone: string;
  readonly arms: readonly Arm[];
  /** Each arm is trained once a seed. */
  readonly seeds: readonly number[];
  readonly objective: Objective;
  readonly training: TrainingSettings;
  /** Training sets; every step takes an equal share of each. */
  readonly trainSets: readonly QuestionChoice[];
  readonly retriever: RetrieverChoice;
  readonly environment: EnvironmentSettings;
  readonly evaluation: {
    readonly questions: QuestionChoice;
    /** The first ones of an order shuffled with a fixed seed, the same for every arm and run; 0: all. */
    readonly maxQuestions: number;
    readonly samples: number;
    /** Evaluate before the first step, after every so many steps, and at the end. */
    readonly every: number;
    readonly seed: number;
  };
  /** Rollouts that decode together. */
  readonly batch: number;
  readonly provider: Provider | 'auto';
  /** Keep a checkpoint after every so many steps; 0: none. */
  readonly checkpointEvery: number;
}

/** One arm with one seed. */
export interface RunId {
  readonly arm: string;
  readonly seed: number;
}

/** A file of a PEFT folder, by its path. */
export interface AdapterFile {
  readonly path: string;
  readonly blob: Blob;
}

export const SEESAW_PHASES = ['load', 'corpus', 'session', 'train', 'evaluate', 'finished'] as const;
export type SeesawPhase = (typeof SEESAW_PHASES)[number];

/** What was measured after so many steps; at step 0 the adapters change nothing yet. */
export interface EvaluationPoint {
  readonly step: number;
  readonly evaluation: Evaluation;
}

/** Everything a training run tells, in order. `at` is milliseconds since the run began. */
export type SeesawEvent =
  | { readonly type: 'phase'; readonly at: number; readonly phase: SeesawPhase; readonly detail: string; readonly fraction: number | null }
  | { readonly type: 'device'; readonly at: number; readonly device: DeviceReport }
  | {
      readonly type: 'ready';
      readonly at: number;
      readonly backbone: { readonly name: string; readonly parameters: number; readonly quantisation: string; readonly sha256: string };
      readonly provider: ProviderReport;
      readonly retriever: string;
      readonly trainQuestions: number;
      readonly evaluationQuestions: number;
      /** Trainable parameters of each arm, in order; 0 for one that is not trained. */
      readonly parameters: readonly number[];
      /** SHA-256 of the questions (and trajectories) that are trained and evaluated on. */
      readonly dataSha256: string;
      readonly problems: readonly LineProblem[];
      readonly notes: readonly string[];
    }
  /** An arm with a seed begins, or goes on from a checkpoint (`step` > 0: steps taken before, whose reports are told again next). */
  | { readonly type: 'run-started'; readonly at: number; readonly run: RunId; readonly step: number }
  | { readonly type: 'step'; readonly at: number; readonly run: RunId; readonly report: StepReport }
  | { readonly type: 'evaluation'; readonly at: number; readonly run: RunId; readonly point: EvaluationPoint }
  /** From this step on these adapters keep their values; an empty list: none any more. */
  | { readonly type: 'frozen'; readonly at: number; readonly run: RunId; readonly step: number; readonly adapters: readonly number[] }
  /** The run's adapters as they are after so many steps: the files of PEFT folders (`reasoning/…`, `tool/…`). */
  | { readonly type: 'adapters'; readonly at: number; readonly run: RunId; readonly step: number; readonly files: readonly AdapterFile[] }
  | { readonly type: 'checkpoint'; readonly at: number; readonly run: RunId; readonly step: number; readonly bytes: number }
  /** A checkpoint could not be kept, in one sentence; training goes on. */
  | { readonly type: 'checkpoint-failed'; readonly at: number; readonly run: RunId; readonly failure: Failure }
  | { readonly type: 'run-finished'; readonly at: number; readonly run: RunId }
  /** The device was lost: everything was made anew, and the run goes on from its last checkpoint or from its start. */
  | { readonly type: 'recovered'; readonly at: number; readonly run: RunId; readonly step: number; readonly reason: string }
  | {
      readonly type: 'progress';
      readonly at: number;
      /** Steps of all runs together. */
      readonly done: number;
      readonly total: number;
      readonly secondsLeft: number | null;
      /** Of the last step. */
      readonly tokensPerSecond: number;
      readonly gpuBytes: number;
    }
  | { readonly type: 'paused'; readonly at: number }
  | { readonly type: 'resumed'; readonly at: number }
  | { readonly type: 'cancelled'; readonly at: number }
  | { readonly type: 'finished'; readonly at: number; readonly seconds: number; readonly peakGpuBytes: number }
  | { readonly type: 'failed'; readonly at: number; readonly failure: Failure };

/** What a person may do to a run under way besides pause, resume and cancel. */
export type SeesawSteer =
  /** One optimiser step of a paused run. */
  | { readonly kind: 'step' }
  /** From the next step on: adapters (by index) that keep their values. */
  | { readonly kind: 'freeze'; readonly adapters: readonly number[] };

/** What a checkpoint holds besides the optimiser's arrays: enough to refuse one that does not belong, and to start anew. */
export interface CheckpointHeader {
  readonly version: 1;
  readonly run: RunId;
  readonly step: number;
  /** SHA-256 of the canonical JSON of everything that determines the run (`runFingerprint`). */
  readonly configSha256: string;
  /** ISO 8601. */
  readonly saved: string;
  /** The whole experiment that the run belongs to; files are named only. */
  readonly config: PlainSeesawConfig;
  /** So that the curves go on where they stopped. */
  readonly reports: readonly StepReport[];
  readonly points: readonly EvaluationPoint[];
  /** Adapters frozen by hand, each list from its step on; earlier checkpoints say nothing of it. */
  readonly frozen?: readonly Freeze[] | undefined;
}

/** From this step on these adapters keep their values. */
export interface Freeze {
  readonly step: number;
  readonly adapters: readonly number[];
}
