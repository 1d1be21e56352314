import type { DeviceReport, Failure } from '../../lab/events.ts';
import type { CheckedBackbone, CheckParity, CheckPhase, DifferenceCheck, ModelCheckConfig, PhaseMeasure, Prediction, Verdict } from '../../lab/model-check-events.ts';

export type ModelCheckStatus = 'idle' | 'running' | 'paused' | 'finished' | 'cancelled' | 'failed';

/** What React sees of a check; what was finished stays when it fails or is cancelled. */
export interface ModelCheckState {
  readonly status: ModelCheckStatus;
  /** As it was started; null before any. */
  readonly config: ModelCheckConfig | null;
  readonly phase: CheckPhase | null;
  readonly detail: string;
  /** Of the phase, in [0, 1]; null where it has none. */
  readonly fraction: number | null;
  /** Of the phase; null where it is not known. */
  readonly secondsLeft: number | null;
  readonly device: DeviceReport | null;
  readonly backbone: CheckedBackbone | null;
  readonly predicted: Prediction | null;
  readonly measures: readonly PhaseMeasure[];
  readonly differences: readonly DifferenceCheck[];
  readonly parity: CheckParity | null;
  readonly verdicts: readonly Verdict[];
  readonly failure: Failure | null;
  /** Without pauses; null until it is finished. */
  readonly seconds: number | null;
  readonly longestSubmitMs: number | null;
}

/** What the page can ask of the check: `useSession().modelCheck`. */
export interface ModelCheckSession {
  /** Checks the chosen backbone; a check under way is given up. */
  start(tokens: number): void;
  pause(): void;
  resume(): void;
  cancel(): void;
  /** The last check as JSON: device, backbone, settings and every figure. @throws Error with a sentence before any */
  record(): Blob;
}
