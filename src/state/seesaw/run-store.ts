import { create } from 'zustand';
import type { SeesawState, SeesawStatus } from './types.ts';

export const IDLE_SEESAW: SeesawState = {
  status: 'idle',
  origin: { kind: 'live' },
  config: null,
  phase: null,
  detail: '',
  fraction: null,
  device: null,
  ready: null,
  current: null,
  frozen: [],
  progress: null,
  failure: null,
  seconds: null,
  peakGpuBytes: 0,
  revision: 0,
  logLength: 0,
};

export const useSeesawRun = create<SeesawState>()(() => IDLE_SEESAW);

/** Whether runs are under way. */
export function isTraining(status: SeesawStatus): boolean {
  return status === 'loading' || status === 'running' || status === 'paused';
}
