import type { QuestionChoice } from '../agent/choices.ts';
import type { LoadedQuestions } from '../agent/datasets.ts';
import type { runRollouts } from '../agent/rollouts.ts';
import type { Question, Retriever } from '../agent/types.ts';
import type { Backbone } from '../backbone/load.ts';
import type { LineProblem } from '../core/trajectory/types.ts';
import type { Provider } from '../inference/types.ts';
import type { RunDevice } from './angle-run.ts';
import type { OpenedTrainable } from './learner.ts';
import type { KeptRollouts, StoredRollout } from './leas-store.ts';
import type { StackedAdapters } from './run-adapters.ts';
import type { RunControl } from './run-control.ts';
import type { AdapterFile, SeesawEvent, SeesawRunConfig } from './seesaw-events.ts';

/** Where finished rollouts are kept: under what a run is made of (`fingerprint`), and within it by cell and question. */
export interface LeasKeeper {
  /** Those of the wanted keys; what cannot be read is passed over and told in the notes. */
  load(fingerprint: string, wanted: ReadonlySet<string>): Promise<KeptRollouts>;
  /** @throws Error with a sentence and a way out where they cannot be kept; everything before stands */
  save(fingerprint: string, rollouts: ReadonlyMap<string, readonly StoredRollout[]>): Promise<void>;
}

/** Where LEAS gets its parts from; a worker gives the real ones, tests give small ones. */
export interface LeasParts {
  /** Rollouts need no graphics device, but training and WebGPU decoding do. Also asked for again after a loss. @throws an error with `remedy` */
  openDevice(): Promise<RunDevice>;
  loadBackbone(progress: (step: string) => void): Promise<Backbone>;
  loadQuestions(choice: QuestionChoice): Promise<LoadedQuestions>;
  /** `gold`: null where gold passages are not known (a server). */
  createRetriever(
    progress: (detail: string, fraction: number | null) => void,
    signal: AbortSignal,
  ): Promise<{ readonly retriever: Retriever; readonly gold: ((question: Question) => Retriever) | null; readonly problems: readonly LineProblem[] }>;
  /** A training run from its start to its last event; never throws. @param goOn from the checkpoints that there are */
  train(config: SeesawRunConfig, goOn: boolean, control: RunControl, emit: (event: SeesawEvent) => void): Promise<void>;
  /** Files of the trained adapters that come with the page, by paths with folders ARM-SEED. @throws an error with `remedy` */
  loadBundled(): Promise<readonly AdapterFile[]>;
  /** `device` false: whatever needs one is left alone. The run destroys the session. */
  openSession(backbone: Backbone, adapters: StackedAdapters, provider: Provider | 'auto', device: boolean): Promise<OpenedTrainable>;
  /** @throws an error with a sentence where the browser refuses storage */
  openStore(): Promise<LeasKeeper>;
  /** Rollouts of each question by each of the seven models, as the page wants them now; null: as configured. */
  samples(): number | null;
  /** The rollout loop (src/agent/rollouts.ts). */
  readonly generate: typeof runRollouts;
  /** Milliseconds; `performance.now` where nothing else is given. */
  readonly now?: () => number;
  /** Lets messages in between decode steps. */
  readonly breathe?: () => Promise<void>;
}
