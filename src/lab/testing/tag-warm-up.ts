import { loadBackbone, type Backbone } from '../../backbone/load.ts';
import { folderSource } from '../../backbone/testing/folder-source.ts';
import { letterTokenizer } from '../../backbone/testing/letter-tokenizer.ts';
import type { TagWarmUpConfig } from '../tag-warm-up-events.ts';

/** A golden network with the letters' tokenizer, which cuts every tag: its vocabulary has spare rows behind it. */
export async function lettersBackbone(name = 'qwen2-f32'): Promise<Backbone> {
  return { ...(await loadBackbone(folderSource(`fixtures/golden/${name}`))), tokenizer: letterTokenizer() };
}

/** Two demonstrations of each of these questions, each a thought, a search and an answer. */
export function letterTrajectories(words = ['ab', 'cd', 'ef', 'gh', 'ij', 'kl']): Blob {
  const lines = words.flatMap((word) =>
    [0, 1].map((rollout) =>
      JSON.stringify({
        id: `${word}-${rollout}`,
        group: word,
        question: word,
        golden_answers: [word],
        prompt: `<|im_start|>user\n${word}<|im_end|>\n<|im_start|>assistant\n`,
        response: `<think>${word}</think><search>${word}</search>\n<information>x${word}</information>\n<answer>${word}</answer>${rollout === 0 ? '' : '<|im_end|>'}`,
        // Of some other tokenizer.
        tokens: [1, 2, 3],
        prompt_tokens: 1,
        reward: 1,
      }),
    ),
  );
  return new Blob([lines.join('\n')]);
}

export const LETTER_CONFIG: TagWarmUpConfig = {
  backbone: 'fixtures/golden/qwen2-f32',
  trajectories: 'letters',
  preset: 'search-r1',
  settings: { steps: 3, rate: 0.05, batch: 4, seed: 1, microBatchTokens: 200 },
  maxTokens: 512,
};
