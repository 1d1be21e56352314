import { loadBackbone, type Backbone } from '../../backbone/load.ts';
import { folderSource } from '../../backbone/testing/folder-source.ts';
import { letterTokenizer } from '../../backbone/testing/letter-tokenizer.ts';
import { letterLines } from '../../backbone/testing/letter-trajectories.ts';
import type { TagWarmUpConfig } from '../tag-warm-up-events.ts';

/** A golden network with the letters' tokenizer, which cuts every tag: its vocabulary has spare rows behind it. */
export async function lettersBackbone(name = 'qwen2-f32'): Promise<Backbone> {
  return { ...(await loadBackbone(folderSource(`fixtures/golden/${name}`))), tokenizer: letterTokenizer() };
}

/** Demonstrations with token ids of some other tokenizer, as files of rollouts have them. */
export function letterTrajectories(words?: readonly string[]): Blob {
  const lines = letterLines(words).map((line) => `${line.slice(0, -1)},"tokens":[1,2,3],"prompt_tokens":1}`);
  return new Blob([lines.join('\n')]);
}

export const LETTER_CONFIG: TagWarmUpConfig = {
  backbone: 'fixtures/golden/qwen2-f32',
  trajectories: 'letters',
  preset: 'search-r1',
  settings: { steps: 3, rate: 0.05, batch: 4, seed: 1, microBatchTokens: 200 },
  maxTokens: 512,
};
