import type { SeesawRecord } from '../core/record/seesaw-record.ts';
import { replayLabel } from './replay-events.ts';

/** What a recorded training run is, read from the record itself. */
export interface RecordingFacts {
  /** Labels, in order. */
  readonly arms: readonly string[];
  readonly seeds: readonly number[];
  /** Of each run. */
  readonly steps: number;
  readonly device: string;
  /** ISO 8601. */
  readonly date: string;
}

export function recordingFacts(record: SeesawRecord): RecordingFacts {
  const { arms, seeds, training } = record.config;
  return { arms: arms.map(({ label }) => label), seeds, steps: training.steps, ...replayLabel(record) };
}
