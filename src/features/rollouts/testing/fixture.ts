import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createTokenizer, type TextTokenizer } from '../../../backbone/tokenizer.ts';
import { holdsGolden, scoredParts } from '../../../core/trajectory/reward.ts';
import { parseTrajectories } from '../../../core/trajectory/formats.ts';
import { SEARCH_R1_TAGS } from '../../../core/trajectory/tags.ts';
import type { Trajectory } from '../../../core/trajectory/types.ts';
import { encodeTrajectories } from '../../../lab/encode.ts';
import { type RolloutFixture, toRollout } from './to-rollout.ts';

/** By path: in a test with a DOM, `URL` is the page's. */
const PUBLIC = join(import.meta.dirname, '../../../../public');

function read(path: string): string {
  return readFileSync(join(PUBLIC, path), 'utf8');
}

let tokenizer: TextTokenizer | null = null;

/** Real rollouts of the bundled backbone, as the page gets them; log-probabilities are made up, the rest is not. */
export function bundledRollouts(count: number): readonly RolloutFixture[] {
  tokenizer ??= createTokenizer(read('models/seesaw-tiny/tokenizer.json'), read('models/seesaw-tiny/tokenizer_config.json'));
  const { trajectories } = parseTrajectories(read('datasets/world/rollouts.jsonl').split('\n').slice(0, count).join('\n'));
  const { encoded } = encodeTrajectories(trajectories, tokenizer, { tags: SEARCH_R1_TAGS, routing: 'paper', maxTokens: 4096, vocabSize: 2048 });
  return encoded.map((trajectory, index) => toRollout(trajectory, index, hitOf(trajectory.source)));
}

/** Whether a golden answer was observed; null where none is known. */
function hitOf({ text, responseStart, goldenAnswers }: Trajectory): boolean | null {
  return goldenAnswers.length === 0 ? null : holdsGolden(scoredParts(text, responseStart, SEARCH_R1_TAGS).observations, goldenAnswers);
}
