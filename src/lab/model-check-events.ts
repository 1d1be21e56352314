import type { Target } from '../core/gram/types.ts';
import type { GpuBytes } from '../engine/preflight.ts';
import type { DeviceReport } from './events.ts';
import type { JobEvent, JobPhase } from './job.ts';
import type { ProviderReport } from './rollout-events.ts';

export interface ModelCheckConfig {
  readonly backbone: string;
  /** Of the one sequence that everything is computed on. */
  readonly tokens: number;
  readonly seed: number;
}

/** In order. `predict`: what the run would take, before it takes it; `prepare`: upload and compiling. */
export const CHECK_PHASES = ['load', 'predict', 'prepare', 'forward', 'backward', 'differences', 'onnxruntime'] as const;
export type CheckPhase = (typeof CHECK_PHASES)[number];

/** What one finished phase took. Null where a phase computes nothing of the kind. */
export interface PhaseMeasure {
  readonly phase: CheckPhase;
  /** Without pauses; and those of them in which `tokens` went through the model. */
  readonly milliseconds: number;
  readonly computing: number;
  /** Tokens that went through the model, and through how many forward passes or their like. */
  readonly tokens: number | null;
  /** Floating-point operations on the graphics device, as its dispatches count them. */
  readonly flops: number | null;
  /** Held by the engine on the graphics device when the phase ended, and at most so far; for `predict`, what will be. */
  readonly gpuBytes: number;
  readonly peakBytes: number;
  /** What came of it, in a few words. */
  readonly result: string;
}

/** `told`: measured, or given up with a reason, but not judged. */
export type Outcome = 'passed' | 'failed' | 'told';

export const VERDICTS = ['memory', 'onnxruntime', 'backward', 'differences'] as const;
export type VerdictKind = (typeof VERDICTS)[number];

export interface Verdict {
  readonly kind: VerdictKind;
  readonly outcome: Outcome;
  /** One sentence. */
  readonly finding: string;
}

export interface Prediction extends Omit<GpuBytes, 'session' | 'total'> {
  readonly peak: number;
}

/** log π of the same tokens by the engine and by onnxruntime. */
export interface CheckParity {
  readonly provider: ProviderReport;
  readonly tokens: number;
  /** Nats; infinite where one side is not a number. */
  readonly maxDifference: number;
  readonly meanDifference: number;
  /** Null where differences are told, not judged. */
  readonly tolerance: number | null;
  /** Why it is as wide as it is, in one sentence. */
  readonly basis: string;
}

/** One parameter of the adapters, by the backward pass and by central differences of the forward pass. */
export interface DifferenceCheck {
  readonly layer: number;
  readonly target: Target;
  readonly part: 'A' | 'B';
  readonly adapter: number;
  /** Whose tokens' loss: role 0 or 1. */
  readonly loss: number;
  readonly gradient: number;
  /** Central differences, widest step first. `step`: half the distance, as rounded to f32. */
  readonly steps: readonly { readonly step: number; readonly value: number }[];
  /** The last two steps without their error of second order (Richardson). */
  readonly difference: number;
  /** |difference − gradient| / |gradient|. */
  readonly error: number;
  readonly passed: boolean;
}

export interface CheckedBackbone {
  readonly name: string;
  readonly sha256: string;
  readonly parameters: number;
  readonly quantisation: string;
  readonly layers: number;
  /** The graph's path in the folder. */
  readonly file: string;
}

/** Everything a check tells, in order. `at` is milliseconds since it began. */
export type ModelCheckEvent =
  | (JobPhase<CheckPhase> & { readonly secondsLeft: number | null })
  | { readonly type: 'device'; readonly at: number; readonly device: DeviceReport }
  | { readonly type: 'backbone'; readonly at: number; readonly backbone: CheckedBackbone }
  | { readonly type: 'predicted'; readonly at: number; readonly predicted: Prediction }
  | { readonly type: 'measured'; readonly at: number; readonly measure: PhaseMeasure }
  | { readonly type: 'difference'; readonly at: number; readonly difference: DifferenceCheck }
  | { readonly type: 'parity'; readonly at: number; readonly parity: CheckParity }
  | { readonly type: 'verdict'; readonly at: number; readonly verdict: Verdict }
  | JobEvent
  | { readonly type: 'finished'; readonly at: number; readonly seconds: number; /** Longest submit of the engine. */ readonly longestSubmitMs: number };
