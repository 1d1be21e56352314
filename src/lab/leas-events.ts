import type { QuestionChoice, RetrieverChoice } from '../agent/choices.ts';
import type { EnvironmentSettings, Question } from '../agent/types.ts';
import type { LeasArm, LeasWriter, Retrieval } from '../core/leas/writers.ts';

import type { LineProblem, SpanKind } from '../core/trajectory/types.ts';
import type { Provider } from '../inference/types.ts';
import type { TrainingSettings } from '../training/settings.ts';
import type { DeviceReport, Failure } from './events.ts';
import type { ProviderReport } from './rollout-events.ts';
import type { AdapterFile, SeesawEvent } from './seesaw-events.ts';

/** An arm with its training seed and its adapters as PEFT folders (`adapter-0/…`, or `reasoning/…` and `tool/…`). */
export interface TrainedArm {
  readonly arm: LeasArm;
  readonly seed: number;
  readonly files: readonly AdapterFile[];
}

/** Where the trained models come from. */
export type LeasModels =
  /** Trained first, each arm once a seed, as the seesaw page does; checkpoints are kept and gone on from. */
  | { readonly kind: 'train'; readonly seeds: readonly number[]; readonly totalRank: number; readonly training: TrainingSettings; readonly trainSets: readonly QuestionChoice[] }
  /** The trained adapters that come with the page; they fit the bundled backbone only. */
  | { readonly kind: 'bundled' }
  /** Of the seesaw page, or opened PEFT files. */
  | { readonly kind: 'given'; readonly name: string; readonly arms: readonly TrainedArm[] };

export interface LeasSet {
  /** Short: "A". */
  readonly label: string;
  readonly questions: QuestionChoice;
  /** The first ones of an order shuffled with the seed; 0: all. */
  readonly maxQuestions: number;
}

export interface LeasRunConfig {
  readonly backbone: string;
  readonly models: LeasModels;
  readonly sets: readonly LeasSet[];
  /** Rollouts of each question by each of the seven models at the start; `LeasSteer` adds to them. */
  readonly samples: number;
  /** The same for what only the table beside the hybrids needs; 0: no table. */
  readonly comparisonSamples: number;
  readonly temperature: number;
  readonly seed: number;
  readonly retriever: RetrieverChoice;
  readonly environment: EnvironmentSettings;
  /** Rollouts that decode together. */
  readonly batch: number;
  readonly provider: Provider | 'auto';
  /** Keep finished rollouts in the browser's storage, and take those that are there. */
  readonly keep: boolean;
}

/** What a person may change while a run is under way. */
export type LeasSteer = { readonly kind: 'samples'; readonly samples: number };

/** Text of one writer without a break: role and kind are those of its tokens. */
export interface LeasSpan {
  readonly role: number;
  readonly kind: SpanKind;
  readonly text: string;
}

/** A finished rollout as LEAS keeps it. */
export interface LeasRollout {
  /** Index into the sets. */
  readonly set: number;
  /** Training seed; null for Base, which has none and stands beside all seeds. */
  readonly seed: number | null;
  readonly writer: LeasWriter;
  readonly retrieval: Retrieval;
  /** Index into the set's questions. */
  readonly question: number;
  readonly sample: number;
  readonly reward: 0 | 1;
  readonly f1: number;
  readonly hit: boolean;
  readonly wellFormed: boolean;
  readonly searches: number;
  readonly answer: string | null;
  /** Of the response, without the prompt. */
  readonly spans: readonly LeasSpan[];
}

export const LEAS_PHASES = ['load', 'corpus', 'train', 'session', 'generate', 'finished'] as const;
export type LeasPhase = (typeof LEAS_PHASES)[number];

/** Everything a LEAS run tells, in order. `at` is milliseconds since the run began. */
export type LeasEvent =
  | { readonly type: 'phase'; readonly at: number; readonly phase: LeasPhase; readonly detail: string; readonly fraction: number | null }
  | { readonly type: 'device'; readonly at: number; readonly device: DeviceReport | null }
  /** What the training before it tells; its own start, end and progress among them. */
  | { readonly type: 'training'; readonly at: number; readonly event: SeesawEvent }
  | {
      readonly type: 'ready';
      readonly at: number;
      readonly backbone: { readonly name: string; readonly parameters: number; readonly quantisation: string; readonly sha256: string };
      readonly provider: ProviderReport;
      readonly retriever: string;
      /** Under which its rollouts are kept (`LeasStore`); all training seeds, sets and numbers of samples share it. */
      readonly fingerprint?: string;
      readonly sets: readonly { readonly label: string; readonly name: string; readonly questions: readonly Question[] }[];
      /** Arms of each training seed, and the SHA-256 of their values. */
      readonly seeds: readonly { readonly seed: number; readonly arms: readonly { readonly arm: LeasArm; readonly sha256: string }[] }[];
      /** Rollouts wanted, and of them found in storage. */
      readonly rollouts: number;
      readonly kept: number;
      readonly problems: readonly LineProblem[];
      readonly notes: readonly string[];
    }
  | { readonly type: 'rollouts'; readonly at: number; readonly rollouts: readonly LeasRollout[] }
  | {
      readonly type: 'progress';
      readonly at: number;
      readonly done: number;
      readonly total: number;
      readonly secondsLeft: number | null;
      readonly tokensPerSecond: number;
      readonly gpuBytes: number;
      /** What is written now, in words: "A, seed 1, 12 of 60 questions". */
      readonly detail: string;
    }
  /** From now on so many rollouts of each question by each of the seven models. */
  | { readonly type: 'samples'; readonly at: number; readonly samples: number }
  /** Rollouts could not be kept, in one sentence; the run goes on. */
  | { readonly type: 'store-failed'; readonly at: number; readonly failure: Failure }
  | { readonly type: 'paused'; readonly at: number }
  | { readonly type: 'resumed'; readonly at: number }
  | { readonly type: 'cancelled'; readonly at: number }
  | { readonly type: 'finished'; readonly at: number; readonly seconds: number; readonly tokens: number }
  | { readonly type: 'failed'; readonly at: number; readonly failure: Failure };
