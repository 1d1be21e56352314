import type { QuestionChoice, RetrieverChoice } from '../agent/choices.ts';
import type { EnvironmentSettings, Question, Rollout, SearchCall, TokenAdded, Writing } from '../agent/types.ts';
import type { LineProblem } from '../core/trajectory/types.ts';
import type { Provider, SamplingSettings } from '../inference/types.ts';
import type { DeviceReport, Failure } from './events.ts';

/** Where a writer's adapters come from. `own`: the backbone's folder has adapters/reasoning and adapters/tool. */
export type AdapterChoice =
  | { readonly kind: 'none' }
  | { readonly kind: 'own' }
  /** Fresh ones: B = 0, so they change nothing until trained. */
  | { readonly kind: 'untrained'; readonly count: number; readonly rank: number }
  /** PEFT folders that the user opened: one adapter, or several in sub-folders (`reasoning` before `tool` before others). */
  | { readonly kind: 'files'; readonly name: string; readonly files: readonly { readonly path: string; readonly blob: Blob }[] };

/** One set of weights with its way of writing; two of them can be compared from the same seed. */
export interface WriterChoice {
  readonly label: string;
  readonly adapters: AdapterChoice;
  /** `base` in place of a number is the frozen backbone. `answer`, of a routed set: writes the answer in place of `reasoning`. */
  readonly writing: { readonly kind: Writing['kind']; readonly reasoning: number | 'base'; readonly tool: number | 'base'; readonly answer?: number | 'base' | undefined; readonly keepCaches?: boolean };
}

export type { QuestionChoice, RetrieverChoice } from '../agent/choices.ts';

export interface RolloutRunConfig {
  readonly backbone: string;
  readonly questions: QuestionChoice;
  readonly retriever: RetrieverChoice;
  readonly environment: EnvironmentSettings;
  readonly sampling: SamplingSettings;
  readonly writers: readonly WriterChoice[];
  /** Rollouts of each question by each writer. */
  readonly samples: number;
  /** At most this many questions; 0: all. The first ones of an order shuffled with the seed, unless `inOrder`. */
  readonly maxQuestions: number;
  readonly inOrder: boolean;
  readonly seed: number;
  /** Rollouts that decode together. */
  readonly batch: number;
  readonly provider: Provider | 'auto';
  /** Alternatives kept under each sampled token; 0: none. */
  readonly alternatives: number;
  /** Tokens of this many rollouts (the first ones) are told as they come; the others only when finished. */
  readonly stream: number;
  /** Rollouts whose log-probabilities the engine recomputes; 0: none, −1: all. */
  readonly parity: number;
}

/** Why a provider was taken: milliseconds of one decode step each, where both were tried. */
export interface ProviderReport {
  readonly provider: Provider;
  readonly measured: readonly { readonly provider: Provider; readonly millisecondsPerStep: number }[];
  /** One sentence. */
  readonly reason: string;
}

/** Aggregates over finished rollouts of one writer. Fractions in [0, 1]; null where no golden answers are known. */
export interface RolloutSummary {
  readonly writer: number;
  readonly rollouts: number;
  readonly exactMatch: number | null;
  /** Standard error clustered by question; null for fewer than two questions. */
  readonly exactMatchError: number | null;
  readonly f1: number | null;
  readonly hit: number | null;
  readonly hitError: number | null;
  readonly wellFormed: number;
  readonly wellFormedError: number | null;
  /** Searches, and tokens that the model wrote: means of a rollout. */
  readonly searches: number;
  readonly tokens: number;
}

export const ROLLOUT_PHASES = ['load', 'corpus', 'session', 'generate', 'parity', 'finished'] as const;
export type RolloutPhase = (typeof ROLLOUT_PHASES)[number];

/** Everything a rollout run tells, in order. `at` is milliseconds since the run began. */
export type RolloutEvent =
  /** `fraction` in [0, 1] where the phase has one of its own (indexing a corpus). */
  | { readonly type: 'phase'; readonly at: number; readonly phase: RolloutPhase; readonly detail: string; readonly fraction: number | null }
  | { readonly type: 'device'; readonly at: number; readonly device: DeviceReport | null }
  | {
      readonly type: 'ready';
      readonly at: number;
      readonly backbone: { readonly name: string; readonly parameters: number; readonly quantisation: string; readonly sha256: string };
      readonly provider: ProviderReport;
      /** One a writer: label and what its adapters are, in words. */
      readonly writers: readonly { readonly label: string; readonly adapters: string }[];
      readonly retriever: string;
      readonly questions: number;
      readonly rollouts: number;
      /** Those whose tokens are told as they come. */
      readonly streamed: readonly { readonly id: string; readonly question: Question; readonly sample: number; readonly writer: number }[];
      readonly problems: readonly LineProblem[];
      readonly notes: readonly string[];
    }
  | { readonly type: 'tokens'; readonly at: number; readonly tokens: readonly TokenAdded[] }
  /** A search was begun (passages empty, end = start) or answered. */
  | { readonly type: 'search'; readonly at: number; readonly rollout: string; readonly call: SearchCall; readonly answered: boolean }
  | { readonly type: 'rollout'; readonly at: number; readonly rollout: Rollout }
  | {
      readonly type: 'progress';
      readonly at: number;
      readonly done: number;
      readonly total: number;
      /** Tokens encoded (prompt, written and observed) so far, and a second. */
      readonly tokens: number;
      readonly tokensPerSecond: number;
      readonly secondsLeft: number | null;
      readonly gpuBytes: number;
      readonly summaries: readonly RolloutSummary[];
      /** Milliseconds of the decoding so far: making inputs, onnxruntime, sampling, the environment. */
      readonly split: { readonly inputs: number; readonly kernels: number; readonly sampling: number; readonly environment: number };
    }
  /** max |Δ log π| between rollouts and the engine's forward of the same tokens, nats. */
  | { readonly type: 'parity'; readonly at: number; readonly rollouts: number; readonly tokens: number; readonly maxDifference: number; readonly meanDifference: number }
  /** Why parity could not be measured, in one sentence. */
  | { readonly type: 'no-parity'; readonly at: number; readonly reason: string }
  | { readonly type: 'paused'; readonly at: number }
  | { readonly type: 'resumed'; readonly at: number }
  | { readonly type: 'cancelled'; readonly at: number }
  | { readonly type: 'finished'; readonly at: number; readonly seconds: number; readonly tokens: number }
  | { readonly type: 'failed'; readonly at: number; readonly failure: Failure };
