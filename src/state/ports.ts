import type { ParameterSet, SpanGram } from '../core/gram/types.ts';
import type { AngleRecordInput } from '../core/record/run-record.ts';
import type { AngleAnalysis } from '../core/angles/types.ts';
import type { AngleEvent } from '../lab/events.ts';
import type { LabClient } from '../worker/client.ts';
import type { LeasRecord } from '../core/leas/record.ts';
import type { ExperimentAnalysis, ExperimentCounts } from '../core/leas/experiment.ts';
import type { LeasSettings } from '../core/leas/analyse.ts';
import type { Model } from '../core/leas/models.ts';
import type { AnalysisPort } from './analysis-scheduler.ts';
import type { ReadCounts } from './files-protocol.ts';
import type { LeasClient } from './leas/leas-ports.ts';
import type { ModelCheckClient } from './model-check/lab-model-check.ts';
import type { RolloutClient } from './rollouts/lab-rollouts.ts';
import type { SeesawClient } from './seesaw/lab-seesaw.ts';
import type { ExportKind } from './session.ts';
import type { TagTokensClient } from './tag-tokens/lab-tag-tokens.ts';

/** A record or a Gram as opened, ready to be played as the events of its run. */
export interface OpenedRun {
  readonly parameterSet: ParameterSet;
  /** Null for a bare Gram, which does not say. */
  readonly device: string | null;
  readonly date: string | null;
  readonly seed: number | null;
  play(onEvent: (event: AngleEvent) => void): Playback;
}

export interface Playback {
  pause(): void;
  resume(): void;
  cancel(): void;
}

/** What an export is written from, without what the Gram and the analysis already hold. */
export interface ExportInput {
  readonly kind: ExportKind;
  readonly gram: SpanGram;
  readonly analysis: AngleAnalysis;
  readonly record: Omit<AngleRecordInput, 'gram' | 'analysis'>;
}

/** What a session needs of the laboratory: the worker that runs, the one that analyses, and the one that reads and writes files. */
export interface LabPorts {
  readonly client: Pick<LabClient, 'start' | 'pause' | 'resume' | 'cancel' | 'check' | 'probe' | 'subscribe'> & RolloutClient & SeesawClient & LeasClient & ModelCheckClient & TagTokensClient;
  readonly analysis: AnalysisPort & { analyseExperiment(counts: ExperimentCounts, settings: LeasSettings): Promise<ExperimentAnalysis> };
  /** @throws an Error whose message is a sentence, when the text is neither a record nor a Gram */
  openRun(blob: Blob): Promise<OpenedRun>;
  /** @throws an Error whose message is a sentence, when the file holds no counts */
  readCounts(blob: Blob, mapping: ReadonlyMap<string, Model>): Promise<ReadCounts>;
  /** @throws likewise */
  readLeasRecord(blob: Blob): Promise<LeasRecord>;
  write(input: ExportInput): Promise<Blob>;
}
