import { create } from 'zustand';
import { WORLD } from '../../agent/environment.ts';
import { DEFAULT_RANK, standardArms, type Arm } from '../../training/arms.ts';
import { DEFAULT_TRAINING } from '../../training/settings.ts';
import type { SeesawSettings } from './types.ts';

/** What the page begins with: the bundled backbone in its own world, one adapter for everything beside two routed ones. */
export const DEFAULT_SEESAW_SETTINGS: SeesawSettings = {
  arms: ['joint', 'dart'],
  ownArms: [],
  totalRank: DEFAULT_RANK,
  seeds: [1],
  objective: { kind: 'grpo' },
  training: DEFAULT_TRAINING,
  trainSets: [
    { kind: 'bundled', name: 'world-a-train' },
    { kind: 'bundled', name: 'world-b-train' },
  ],
  retriever: { kind: 'bundled', corpus: 'world' },
  environment: WORLD,
  evaluation: { questions: { kind: 'bundled', name: 'world-a-heldout' }, maxQuestions: 64, samples: 2, every: 10, seed: 999 },
  batch: 96,
  provider: 'auto',
  checkpointEvery: 5,
};

export const useSeesawSettings = create<SeesawSettings>()(() => DEFAULT_SEESAW_SETTINGS);

export function setSeesawSettings(change: Partial<SeesawSettings>): void {
  useSeesawSettings.setState(change);
}

/** Every arm that can be chosen: the standard ones at the settings' rank, then those made by hand. */
export function knownArms({ totalRank, ownArms }: Pick<SeesawSettings, 'totalRank' | 'ownArms'>): readonly Arm[] {
  const own = new Set(ownArms.map(({ id }) => id));
  return [...standardArms(totalRank).filter(({ id }) => !own.has(id)), ...ownArms];
}

/** The chosen arms in order; ids that nobody has are passed over. */
export function chosenArms(settings: Pick<SeesawSettings, 'arms' | 'totalRank' | 'ownArms'>): readonly Arm[] {
  const known = knownArms(settings);
  return settings.arms.flatMap((id) => known.filter((arm) => arm.id === id));
}
