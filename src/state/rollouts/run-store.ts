import { create } from 'zustand';
import type { RolloutState, RolloutStatus } from './types.ts';

export const IDLE_ROLLOUTS: RolloutState = {
  status: 'idle',
  kind: null,
  config: null,
  phase: null,
  detail: '',
  fraction: null,
  device: null,
  ready: null,
  progress: null,
  parity: null,
  noParity: null,
  failure: null,
  seconds: null,
  finished: [],
  revision: 0,
  logLength: 0,
};

export const useRolloutRun = create<RolloutState>()(() => IDLE_ROLLOUTS);

/** Whether a run is under way. */
export function isWriting(status: RolloutStatus): boolean {
  return status === 'loading' || status === 'running' || status === 'paused';
}
