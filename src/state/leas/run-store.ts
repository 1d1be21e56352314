import { create } from 'zustand';
import type { LeasState, LeasStatus } from './types.ts';

export const IDLE_LEAS: LeasState = {
  status: 'idle',
  origin: { kind: 'live' },
  config: null,
  opened: null,
  phase: null,
  detail: '',
  fraction: null,
  device: null,
  ready: null,
  training: null,
  progress: null,
  samples: 0,
  sets: [],
  analysis: null,
  analysing: false,
  analysisFailure: null,
  notice: null,
  failure: null,
  storeFailure: null,
  seconds: null,
  revision: 0,
  logLength: 0,
};

export const useLeasRun = create<LeasState>()(() => IDLE_LEAS);

/** Whether a run is under way, so that a second one would have to wait. */
export function isLeasBusy(status: LeasStatus): boolean {
  return status === 'loading' || status === 'running' || status === 'paused';
}
