import type { LeasSettings as AnalysisSettings } from '../../core/leas/analyse.ts';
import type { ExperimentAnalysis, ExperimentCounts } from '../../core/leas/experiment.ts';
import type { Model } from '../../core/leas/models.ts';
import type { LeasRecord } from '../../core/leas/record.ts';
import type { LeasRunConfig } from '../../lab/leas-events.ts';
import type { LabClient } from '../../worker/client.ts';
import type { BackboneChoice } from '../../worker/protocol.ts';
import type { ReadCounts } from '../files-protocol.ts';
import type { OpenedFile } from '../session.ts';

export type LeasClient = Pick<LabClient, 'startLeas' | 'subscribeLeas' | 'steerLeas' | 'pause' | 'resume' | 'cancel'>;

/** What LEAS needs besides the laboratory: a thread that analyses, and one that reads files. */
export interface LeasPorts {
  readonly client: LeasClient;
  readonly analyse: (counts: ExperimentCounts, settings: AnalysisSettings) => Promise<ExperimentAnalysis>;
  readonly readCounts: (blob: Blob, mapping: ReadonlyMap<string, Model>) => Promise<ReadCounts>;
  readonly readRecord: (blob: Blob) => Promise<LeasRecord>;
  /** Adapters that the seesaw page has trained, with their backbone; null before any training. */
  readonly trained: () => { readonly backbone: BackboneChoice; readonly files: readonly OpenedFile[] } | null;
}

/** A live run as it was started. */
export interface Started {
  readonly config: LeasRunConfig;
  readonly backbone: BackboneChoice;
}
