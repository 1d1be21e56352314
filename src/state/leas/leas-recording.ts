import { countsOfRecord, type LeasRecord } from '../../core/leas/record.ts';
import { leasSteps, type LeasReplayEvent } from '../../replay/leas-steps.ts';
import { play, type Playback } from '../../replay/player.ts';
import { replayLabel } from '../../replay/replay-events.ts';
import { shownLeasConfig } from './leas-record-input.ts';
import { LeasRun } from './leas-run.ts';
import type { OpenedCounts } from './types.ts';

export interface Recording {
  readonly record: LeasRecord;
  readonly name: string;
}

/** Seconds that a replay takes at most, however long the run was. */
const REPLAY_SECONDS = 12;

/** Milliseconds between two drawings: a live run leaves the cores to the decoder, a replay is to move. */
export function drawingPause(recording: Recording | null): number {
  return recording === null ? 250 : 100;
}

/** The run that a recording shows: counts of a file with all that they hold, any other still empty. */
export function recordedRun({ record, name }: Recording): LeasRun {
  const { device, date } = replayLabel(record);
  const origin = { kind: 'recorded', device: record.backbone === null ? 'counts of a file' : device, date, name } as const;
  const { run: plain, mapping } = record.config;
  if (plain !== null) return new LeasRun(shownLeasConfig(plain), origin);
  const { format, ...source } = record.source;
  const opened: OpenedCounts = { ...source, format: format === 'json-lines' ? format : 'csv', mapping: new Map(Object.entries(mapping)), message: null };
  return LeasRun.ofCounts(opened, countsOfRecord(record), origin);
}

/** Plays what happened in a recorded run; null for counts of a file, in which nothing happens. */
export function playRecord({ record }: Recording, onEvent: (event: LeasReplayEvent) => void): Playback | null {
  if (record.config.run === null) return null;
  const steps = leasSteps(record);
  const seconds = ((steps.at(-1)?.at ?? 0) - (steps[0]?.at ?? 0)) / 1000;
  return play<LeasReplayEvent>(steps, onEvent, { speed: Math.max(1, seconds / REPLAY_SECONDS) });
}
