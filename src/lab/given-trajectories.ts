import type { Backbone } from '../backbone/load.ts';
import { BackboneError } from '../backbone/types.ts';
import { readTrajectoryFile } from '../core/trajectory/formats.ts';
import { detectTags, TAG_PRESETS } from '../core/trajectory/tags.ts';
import type { TagSettings, TrajectoryFile } from '../core/trajectory/types.ts';
import { encodeTrajectories } from './encode.ts';
import type { SeesawRunConfig } from './seesaw-events.ts';
import type { SeesawParts } from './seesaw-parts.ts';

/** The trajectories of a supervised objective, read and encoded; tags are those that the file uses. */
export async function givenTrajectories({ objective }: Pick<SeesawRunConfig, 'objective'>, { name, config, tokenizer }: Backbone): ReturnType<SeesawParts['loadTrajectories']> {
  if (objective.kind !== 'supervised') return { encoded: [], problems: [], notes: [] };
  if (!tokenizer) throw new BackboneError(`The backbone "${name}" has no tokenizer.json, which is needed to find the roles of tokens.`);
  const read = (tags: TagSettings): Promise<TrajectoryFile> => readTrajectoryFile(objective.trajectories, { tags });
  const first = await read(TAG_PRESETS['search-r1']);
  const preset = detectTags(first.trajectories.map(({ text, responseStart }) => text.slice(responseStart)));
  const tags = TAG_PRESETS[preset];
  // Rewards are scored by the answer tag: with other tags the file is read once more.
  const file = preset === 'search-r1' ? first : await read(tags);
  const { encoded, refused, notes } = encodeTrajectories(file.trajectories, tokenizer, { tags, routing: 'paper', maxTokens: config.maxPositions, vocabSize: config.vocabSize });
  return { encoded, problems: [...file.problems, ...refused], notes };
}
