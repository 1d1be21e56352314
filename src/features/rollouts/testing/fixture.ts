import { readFileSync } from 'node:fs';
import { createTokenizer, type TextTokenizer } from '../../../backbone/tokenizer.ts';
import { retrievalHit } from '../../../core/trajectory/reward.ts';
import { parseTrajectories } from '../../../core/trajectory/formats.ts';
import { SEARCH_R1_TAGS } from '../../../core/trajectory/tags.ts';
import { encodeTrajectories } from '../../../lab/encode.ts';
import { type RolloutFixture, toRollout } from './to-rollout.ts';

const PUBLIC = new URL('../../../../public/', import.meta.url);

function read(path: string): string {
  return readFileSync(new URL(path, PUBLIC), 'utf8');
}

let tokenizer: TextTokenizer | null = null;

/** Real rollouts of the bundled backbone, as the page gets them; log-probabilities are made up, the rest is not. */
export function bundledRollouts(count: number): readonly RolloutFixture[] {
  tokenizer ??= createTokenizer(read('models/seesaw-tiny/tokenizer.json'), read('models/seesaw-tiny/tokenizer_config.json'));
  const { trajectories } = parseTrajectories(read('datasets/world/rollouts.jsonl').split('\n').slice(0, count).join('\n'));
  const { encoded } = encodeTrajectories(trajectories, tokenizer, { tags: SEARCH_R1_TAGS, routing: 'paper', maxTokens: 4096, vocabSize: 2048 });
  return encoded.map((trajectory, index) => toRollout(trajectory, index, retrievalHit(trajectory.source, SEARCH_R1_TAGS)));
}
