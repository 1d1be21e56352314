import { sha256Blob } from '../backbone/sha256.ts';
import { readTrajectoryFile } from '../core/trajectory/formats.ts';
import { detectTags, TAG_PRESETS } from '../core/trajectory/tags.ts';
import type { TagSettings, TrajectoryFile } from '../core/trajectory/types.ts';
import type { AngleRunConfig } from './events.ts';

export interface OpenedTrajectories {
  readonly file: TrajectoryFile;
  /** The tags that roles and rewards are taken by: the config's, or the ones detected. */
  readonly tags: TagSettings;
  readonly sha256: string;
}

/**
 * Reads a file of trajectories of any accepted format.
 * @throws TrajectoryError when not one can be read
 */
export async function openTrajectories(blob: Blob, config: AngleRunConfig, progress: (step: string) => void): Promise<OpenedTrajectories> {
  const read = (tags: TagSettings): Promise<TrajectoryFile> => {
    let shown = -1;
    return readTrajectoryFile(blob, {
      tags,
      onBytes: (bytes) => {
        const percent = Math.floor((10 * bytes) / Math.max(1, blob.size)) * 10;
        if (percent > shown) progress(`reading ${config.trajectories}: ${percent} %`);
        shown = Math.max(shown, percent);
      },
    });
  };
  const file = await read(config.tags);
  const sha256 = await sha256Blob(blob, config.trajectories);
  if (!config.detectTags) return { file, tags: config.tags, sha256 };
  const tags = TAG_PRESETS[detectTags(file.trajectories.map(({ text, responseStart }) => text.slice(responseStart)))];
  // Rewards are scored by the answer tag, outside observations: with other tags the file is read once more.
  return { file: sameTags(tags, config.tags) ? file : await read(tags), tags, sha256 };
}

/** By their text: a config that came from the page is a copy. */
function sameTags(a: TagSettings, b: TagSettings): boolean {
  return (['think', 'search', 'information', 'answer'] as const).every((name) => a[name].open === b[name].open && a[name].close === b[name].close);
}
