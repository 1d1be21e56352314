import { WORLD } from '../../agent/environment.ts';
import { initialAdapters } from '../../backbone/adapters.ts';
import { LEAS_ARMS, type LeasArm } from '../../core/leas/writers.ts';
import { Random } from '../../core/random.ts';
import { standardArms } from '../../training/arms.ts';
import { adapterFiles } from '../adapter-files.ts';
import type { LeasRunConfig, TrainedArm } from '../leas-events.ts';
import { tinyBackbone } from './tiny.ts';

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

/** An arm's adapters as files, with values of its seed. */
export async function trainedArm(id: LeasArm, seed: number, totalRank = 4): Promise<TrainedArm> {
  const backbone = await tinyBackbone();
  const arm = standardArms(totalRank).find((known) => known.id === id)!;
  const random = new Random(seed).stream(id);
  const { layout, values } = initialAdapters(backbone.config, { count: arm.adapters, rank: arm.rank, alpha: 2 * arm.rank }, (adapter) => {
    const stream = random.stream(adapter);
    return () => stream.normal();
  });
  // With B = 0 all adapters would write the same.
  for (const { b, out } of layout.slots) for (let at = 0; at < out * layout.width; at += 1) values[b + at] = 0.01 * random.normal();
  return { arm: id, seed, files: adapterFiles(arm, layout, values, backbone.name) };
}

/** All arms that the hybrids need, and with `compared` the others. */
export function trainedSeed(seed: number, compared = false): Promise<TrainedArm[]> {
  return Promise.all(LEAS_ARMS.filter((arm) => compared || arm === 'joint' || arm.endsWith('-only')).map((arm) => trainedArm(arm, seed)));
}
