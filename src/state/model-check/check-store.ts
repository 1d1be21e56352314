import { create } from 'zustand';
import type { ModelCheckEvent } from '../../lab/model-check-events.ts';
import type { ModelCheckState, ModelCheckStatus } from './types.ts';

export const IDLE_CHECK: ModelCheckState = {
  status: 'idle',
  config: null,
  phase: null,
  detail: '',
  fraction: null,
  secondsLeft: null,
  device: null,
  backbone: null,
  predicted: null,
  measures: [],
  differences: [],
  parity: null,
  verdicts: [],
  failure: null,
  seconds: null,
  longestSubmitMs: null,
};

export const useModelCheck = create<ModelCheckState>()(() => IDLE_CHECK);

/** Whether a check is under way. */
export function isChecking(status: ModelCheckStatus): boolean {
  return status === 'running' || status === 'paused';
}

/** The state after an event. */
export function afterEvent(state: ModelCheckState, event: ModelCheckEvent): ModelCheckState {
  switch (event.type) {
    case 'phase':
      return { ...state, phase: event.phase, detail: event.detail, fraction: event.fraction, secondsLeft: event.secondsLeft };
    case 'device':
      return { ...state, device: event.device };
    case 'backbone':
      return { ...state, backbone: event.backbone };
    case 'predicted':
      return { ...state, predicted: event.predicted };
    case 'measured':
      return { ...state, measures: [...state.measures, event.measure] };
    case 'difference':
      return { ...state, differences: [...state.differences, event.difference] };
    case 'parity':
      return { ...state, parity: event.parity };
    case 'verdict':
      return { ...state, verdicts: [...state.verdicts, event.verdict] };
    case 'paused':
      return { ...state, status: 'paused' };
    case 'resumed':
      return { ...state, status: 'running' };
    case 'cancelled':
      return { ...state, status: 'cancelled' };
    case 'failed':
      return { ...state, status: 'failed', failure: event.failure };
    case 'finished':
      return { ...state, status: 'finished', seconds: event.seconds, longestSubmitMs: event.longestSubmitMs };
  }
}
