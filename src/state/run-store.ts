import { create } from 'zustand';
import type { AngleAnalysis } from '../core/angles/types.ts';
import type { ParameterSet } from '../core/gram/types.ts';
import type { DeviceReport, Failure, Phase } from '../lab/events.ts';
import type { Inventory, Progress, RunStatus } from './angle-run.ts';

/** Where the run on the page comes from. A recorded one is always labelled with its device and date. */
export type Origin = { readonly kind: 'live' } | { readonly kind: 'recorded'; readonly device: string; readonly date: string; readonly name: string };

/** What React sees of a run: the newest events by reference, renewed at most once a frame. */
export interface RunState {
  readonly status: RunStatus;
  readonly origin: Origin;
  readonly phase: Phase | null;
  readonly detail: string;
  /** What was pressed and waits for the work in flight; null once it has come about. */
  readonly asked: 'pause' | 'cancel' | null;
  readonly device: DeviceReport | null;
  readonly inventory: Inventory | null;
  readonly progress: Progress | null;
  readonly failure: Failure | null;
  readonly seconds: number | null;
  readonly peakGpuBytes: number;
  readonly logLength: number;
  readonly analysis: AngleAnalysis | null;
  readonly analysing: boolean;
  readonly analysisFailure: string | null;
  /** What the gradients on the page are taken over; null before any run. */
  readonly parameterSet: ParameterSet | null;
  /** Nats of each span by `trajectory-start`; null before the first block. */
  readonly losses: ReadonlyMap<string, number> | null;
}

export const IDLE: RunState = {
  status: 'idle',
  origin: { kind: 'live' },
  phase: null,
  detail: '',
  asked: null,
  device: null,
  inventory: null,
  progress: null,
  failure: null,
  seconds: null,
  peakGpuBytes: 0,
  logLength: 0,
  analysis: null,
  analysing: false,
  analysisFailure: null,
  parameterSet: null,
  losses: null,
};

export const useRun = create<RunState>()(() => IDLE);

/** Whether a run is under way, so that a second one would have to wait. */
export function isBusy(status: RunStatus): boolean {
  return status === 'running' || status === 'paused';
}
