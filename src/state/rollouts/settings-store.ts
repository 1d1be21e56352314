import { create } from 'zustand';
import { WORLD } from '../../agent/environment.ts';
import type { RolloutSettings } from './types.ts';

/** What the page begins with: the bundled backbone in its own world, as its answers were demonstrated. */
export const DEFAULT_ROLLOUT_SETTINGS: RolloutSettings = {
  questions: { kind: 'bundled', name: 'world-a-heldout' },
  retriever: { kind: 'bundled', corpus: 'world' },
  environment: WORLD,
  sampling: { temperature: 1, topP: 1, topK: 0 },
  writers: [{ label: 'Backbone', adapters: { kind: 'none' }, writing: { kind: 'routed', reasoning: 'base', tool: 'base' } }],
  samples: 4,
  maxQuestions: 8,
  inOrder: false,
  seed: 1,
  batch: 8,
  provider: 'auto',
  alternatives: 5,
  stream: 4,
  parity: 4,
};

export const useRolloutSettings = create<RolloutSettings>()(() => DEFAULT_ROLLOUT_SETTINGS);

export function setRolloutSettings(change: Partial<RolloutSettings>): void {
  useRolloutSettings.setState(change);
}
