import { create } from 'zustand';
import type { TagWarmUpEvent } from '../../lab/tag-warm-up-events.ts';
import { DEFAULT_TAG_WARM_UP } from '../../training/tag-warm-up-settings.ts';
import type { BackboneChoice } from '../../worker/protocol.ts';
import type { TagMode, TagTokensState, WarmUpStatus } from './types.ts';

/** Before a warm-up, and what a new one begins with. */
export const IDLE_WARM_UP = {
  status: 'idle',
  config: null,
  phase: null,
  detail: '',
  fraction: null,
  secondsLeft: null,
  tags: [],
  trajectories: null,
  notes: [],
  measured: {},
  last: null,
  failure: null,
} as const satisfies Partial<TagTokensState>;

export const useTagTokens = create<TagTokensState>()(() => ({
  ...IDLE_WARM_UP,
  inspection: { kind: 'none' },
  preset: 'search-r1',
  steps: DEFAULT_TAG_WARM_UP.steps,
  rate: DEFAULT_TAG_WARM_UP.rate,
  trained: null,
}));

export function isWarmingUp(status: WarmUpStatus): boolean {
  return status === 'running' || status === 'paused';
}

/** A choice's name without tags as tokens. */
export function baseName({ name, tagTokens }: BackboneChoice): string {
  return tagTokens?.baseName ?? name;
}

export function modeOf({ tagTokens }: BackboneChoice): TagMode {
  if (!tagTokens) return 'off';
  return tagTokens.rows === 'mean' ? 'mean' : 'trained';
}

/** The state after an event; rows of a finished warm-up are taken by LabTagTokens. */
export function afterWarmUpEvent(state: TagTokensState, event: TagWarmUpEvent): TagTokensState {
  switch (event.type) {
    case 'phase':
      return { ...state, phase: event.phase, detail: event.detail, fraction: event.fraction, secondsLeft: event.secondsLeft };
    case 'device':
      return state;
    case 'ready':
      return { ...state, tags: event.tags, trajectories: { training: event.training, heldOut: event.heldOut }, notes: event.notes };
    case 'measured':
      return { ...state, measured: { ...state.measured, [event.state]: event.losses } };
    case 'step':
      return { ...state, last: event.report };
    case 'paused':
      return { ...state, status: 'paused' };
    case 'resumed':
      return { ...state, status: 'running' };
    case 'cancelled':
      return { ...state, status: 'cancelled' };
    case 'failed':
      return { ...state, status: 'failed', failure: event.failure };
    case 'finished':
      return { ...state, status: 'finished', secondsLeft: null };
  }
}
