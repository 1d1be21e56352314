import { WORLD } from '../../agent/environment.ts';
import type { LeasRunConfig } from '../leas-events.ts';

/** Two sets of a few questions, and trained models that are given. */
export const LEAS_CONFIG: LeasRunConfig = {
  backbone: 'seesaw-tiny',
  models: { kind: 'bundled' },
  sets: [
    { label: 'A', questions: { kind: 'bundled', name: 'world-a-heldout' }, maxQuestions: 3 },
    { label: 'B', questions: { kind: 'bundled', name: 'world-b-heldout' }, maxQuestions: 3 },
  ],
  samples: 2,
  comparisonSamples: 0,
  temperature: 1,
  seed: 1,
  retriever: { kind: 'bundled', corpus: 'world' },
  environment: WORLD,
  batch: 8,
  provider: 'auto',
  keep: true,
};
