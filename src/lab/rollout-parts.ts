import type { runRollouts } from '../agent/rollouts.ts';
import type { Question, Retriever } from '../agent/types.ts';
import type { Backbone } from '../backbone/load.ts';
import type { LineProblem } from '../core/trajectory/types.ts';
import type { Provider, RoutedSession } from '../inference/types.ts';
import type { RunDevice } from './angle-run.ts';
import type { AdapterChoice, ProviderReport } from './rollout-events.ts';
import type { WriterAdapters } from './writer-adapters.ts';

export interface OpenedSession {
  readonly session: RoutedSession;
  readonly report: ProviderReport;
}

/** Where a rollout run gets its parts from; a worker gives the real ones, tests give small ones. */
export interface RolloutParts {
  /** Rollouts need no graphics device, but WebGPU decoding and the comparison with the engine do. @throws an error with `remedy` */
  openDevice(): Promise<RunDevice>;
  loadBackbone(progress: (step: string) => void): Promise<Backbone>;
  loadAdapters(choice: AdapterChoice, backbone: Backbone): Promise<WriterAdapters>;
  loadQuestions(): Promise<{ readonly questions: readonly Question[]; readonly problems: readonly LineProblem[] }>;
  createRetriever(progress: (detail: string, fraction: number | null) => void, signal: AbortSignal): Promise<{ readonly retriever: Retriever; readonly problems: readonly LineProblem[] }>;
  /** Sessions stay the giver's: it may keep them for the next run. `device` false: whatever needs one is left alone. */
  openSession(backbone: Backbone, adapters: WriterAdapters, provider: Provider | 'auto', device: boolean): Promise<OpenedSession>;
  /** The rollout loop (src/agent/rollouts.ts). */
  readonly generate: typeof runRollouts;
  /** Milliseconds; `performance.now` where nothing else is given. */
  readonly now?: () => number;
  /** Lets messages in between decode steps. */
  readonly breathe?: () => Promise<void>;
}
