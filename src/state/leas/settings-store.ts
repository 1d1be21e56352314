import { create } from 'zustand';
import { WORLD } from '../../agent/environment.ts';
import { DEFAULT_LEAS_SETTINGS } from '../../core/leas/analyse.ts';
import type { LeasModels } from '../../lab/leas-events.ts';
import { DEFAULT_RANK } from '../../training/arms.ts';
import { DEFAULT_TRAINING } from '../../training/settings.ts';
import type { LeasSettings } from './types.ts';

/** What is trained here where no trained models are given: three seeds, since fewer name no regime. */
export const DEFAULT_TRAINED: Extract<LeasModels, { readonly kind: 'train' }> = {
  kind: 'train',
  seeds: [1, 2, 3],
  totalRank: DEFAULT_RANK,
  training: DEFAULT_TRAINING,
  trainSets: [
    { kind: 'bundled', name: 'world-a-train' },
    { kind: 'bundled', name: 'world-b-train' },
  ],
};

export const DEFAULT_LEAS: LeasSettings = {
  models: { kind: 'bundled' },
  sets: [
    { label: 'A', questions: { kind: 'bundled', name: 'world-a-heldout' }, maxQuestions: 60 },
    { label: 'B', questions: { kind: 'bundled', name: 'world-b-heldout' }, maxQuestions: 60 },
  ],
  samples: 16,
  comparisonSamples: 8,
  temperature: 1,
  seed: 1,
  retriever: { kind: 'bundled', corpus: 'world' },
  environment: WORLD,
  batch: 96,
  provider: 'auto',
  keep: true,
  analysis: DEFAULT_LEAS_SETTINGS,
};

export const useLeasSettings = create<LeasSettings>()(() => DEFAULT_LEAS);

export function setLeasSettings(change: Partial<LeasSettings>): void {
  useLeasSettings.setState(change);
}

/** Whether trained models come with this copy of the page; null until it was looked for. */
export const useBundledModels = create<{ readonly present: boolean | null }>()(() => ({ present: null }));
