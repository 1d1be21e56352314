import type { Backbone } from '../backbone/load.ts';
import type { RunDevice } from './angle-run.ts';
import type { CheckEngine } from './model-check-engine.ts';
import type { Prediction } from './model-check-events.ts';
import type { OpenedSession } from './rollout-parts.ts';
import type { StackedAdapters } from './run-adapters.ts';

export interface CheckDevice extends Pick<RunDevice, 'report' | 'fault'> {
  /** @param losses whose gradients are kept apart @param progress what is done, and how much of it in [0, 1] */
  createEngine(backbone: Backbone, adapters: StackedAdapters, losses: number, progress: (detail: string, fraction: number | null) => void): Promise<CheckEngine>;
}

/** Where a check gets its parts from; a worker gives the real ones, tests give small ones. */
export interface ModelCheckParts {
  /** @throws an error with `remedy` */
  openDevice(): Promise<CheckDevice>;
  loadBackbone(progress: (step: string) => void): Promise<Backbone>;
  /** @throws RangeError where the adapter has no room for it */
  predict(backbone: Backbone, tokens: number, device: CheckDevice): Promise<Prediction>;
  /** @returns why rows cannot be decoded with its graph, in a sentence; null where they can */
  undecodable(backbone: Backbone, adapters: StackedAdapters): Promise<string | null>;
  /** The job closes it. @throws BackboneError where onnxruntime cannot use the model */
  openSession(backbone: Backbone, adapters: StackedAdapters): Promise<OpenedSession>;
  /** Milliseconds; `performance.now` where nothing else is given. */
  readonly now?: () => number;
  /** Lets messages in between steps. */
  readonly breathe?: () => Promise<void>;
}
