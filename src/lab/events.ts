import type { GramBlock, GramModule, GramSpan, GramTrajectory, ParameterSet } from '../core/gram/types.ts';
import type { LineProblem, Routing, Span, TagSettings } from '../core/trajectory/types.ts';
import type { DeviceDescription } from '../gpu/device.ts';

/** Named phases of a run, in order. */
export const PHASES = ['load', 'compile', 'forward/backward', 'finished'] as const;
export type Phase = (typeof PHASES)[number];

/** What a run is made from; serialisable, so that it stands in the run record. */
export interface AngleRunConfig {
  readonly backbone: string;
  readonly trajectories: string;
  readonly parameterSet: ParameterSet;
  readonly routing: Routing;
  readonly tags: TagSettings;
  /** Use whichever of the known tags the file uses; `tags` then only stands for none found. Default: false. */
  readonly detectTags?: boolean;
  readonly seed: number;
  /** Use at most this many groups (questions); 0 = all. */
  readonly maxGroups: number;
}

/** What a run computes on. */
export type DeviceReport = DeviceDescription;

/** One trajectory as the reader and the barcode strips show it. */
export interface TrajectoryView {
  readonly id: string;
  readonly group: string;
  readonly question: string;
  readonly goldenAnswers: readonly string[];
  readonly reward: number | null;
  readonly pieces: readonly string[];
  readonly roles: Uint8Array;
  readonly adapters: Uint8Array;
  readonly spans: readonly Span[];
}

/** A failure as the page shows it: one clear sentence and a way out. */
export interface Failure {
  readonly message: string;
  readonly remedy: string;
}

/** Everything a live run or a replay tells, in order. `at` is milliseconds since the run began. */
export type AngleEvent =
  | { readonly type: 'phase'; readonly at: number; readonly phase: Phase; readonly detail: string }
  | { readonly type: 'device'; readonly at: number; readonly device: DeviceReport }
  | {
      readonly type: 'inventory';
      readonly at: number;
      readonly views: readonly TrajectoryView[];
      readonly trajectories: readonly GramTrajectory[];
      readonly spans: readonly GramSpan[];
      readonly modules: readonly GramModule[];
      /** What was left out, one by one. Line 0: the file gives no line for it. */
      readonly problems: readonly LineProblem[];
      /** What was kept but differs from what one might expect, in sentences. */
      readonly notes?: readonly string[];
      readonly tokens: number;
      readonly backbone: { readonly name: string; readonly parameters: number; readonly quantisation: string; readonly sha256: string };
      readonly dataSha256: string;
    }
  | {
      readonly type: 'progress';
      readonly at: number;
      readonly tokensDone: number;
      readonly tokensTotal: number;
      readonly tokensPerSecond: number;
      readonly secondsLeft: number | null;
      /** Indices of the trajectories finished so far are 0 … trajectoriesDone − 1 of `inventory`. */
      readonly trajectoriesDone: number;
      readonly gpuBytes: number;
    }
  /** The group's block so far (it replaces an earlier one of the same group), with its spans' losses. */
  | { readonly type: 'block'; readonly at: number; readonly block: GramBlock; readonly losses: Float64Array }
  | { readonly type: 'paused'; readonly at: number }
  | { readonly type: 'resumed'; readonly at: number }
  | { readonly type: 'cancelled'; readonly at: number }
  | { readonly type: 'finished'; readonly at: number; readonly seconds: number; readonly peakGpuBytes: number }
  | { readonly type: 'failed'; readonly at: number; readonly failure: Failure };
