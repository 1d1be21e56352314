import { readFileSync } from 'node:fs';
import { loadBackbone, type Backbone } from '../../backbone/load.ts';
import { folderSource } from '../../backbone/testing/folder-source.ts';
import { parseTrajectories } from '../../core/trajectory/formats.ts';
import { SEARCH_R1_TAGS } from '../../core/trajectory/tags.ts';
import type { TrajectoryFile } from '../../core/trajectory/types.ts';
import type { AngleRunConfig, DeviceReport } from '../events.ts';

export const CONFIG: AngleRunConfig = {
  backbone: 'seesaw-tiny', trajectories: 'world', parameterSet: 'full', routing: 'paper', tags: SEARCH_R1_TAGS, seed: 1, maxGroups: 0,
};

export const DEVICE: DeviceReport = { vendor: 'test', architecture: '', description: 'test device', software: true, features: [], limits: {} };

let backbone: Promise<Backbone> | null = null;

/** The bundled backbone, read once a test file. */
export function tinyBackbone(): Promise<Backbone> {
  backbone ??= loadBackbone(folderSource('public/models/seesaw-tiny'));
  return backbone;
}

/** The bundled rollouts: 12 questions of 16. */
export function worldFile(): TrajectoryFile {
  return parseTrajectories(readFileSync('public/datasets/world/rollouts.jsonl', 'utf8'));
}
