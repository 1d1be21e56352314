import type { Question, Rollout, SearchCall, TokenAdded } from '../../agent/types.ts';
import type { DeviceReport, Failure } from '../../lab/events.ts';
import type { QuestionChoice, RolloutEvent, RolloutPhase, RolloutRunConfig } from '../../lab/rollout-events.ts';
import type { LogLine } from '../angle-run.ts';
import type { OpenResult } from '../session.ts';

/**
 * Everything a person chooses for the next run, but for the backbone, which is the sources store's. In
 * `useRolloutSettings`; what is not a file also stands in the address (#/rollouts?…).
 */
export type RolloutSettings = Omit<RolloutRunConfig, 'backbone'>;

export type RolloutReady = Extract<RolloutEvent, { readonly type: 'ready' }>;
export type RolloutProgress = Extract<RolloutEvent, { readonly type: 'progress' }>;
export type RolloutParity = Extract<RolloutEvent, { readonly type: 'parity' }>;

/** `loading`: from the start until the first rollout begins; `running`: rollouts are written or compared. */
export type RolloutStatus = 'idle' | 'loading' | 'running' | 'paused' | 'finished' | 'cancelled' | 'failed';

/** A search of a rollout; `answered` is false while its passages are waited for. */
export interface SearchView {
  readonly call: SearchCall;
  readonly answered: boolean;
}

/**
 * A rollout as the page draws it, growing or finished. The same object for the whole run: its lists only grow, and
 * `revision` tells that they have. Nothing in it is React state: read it when the store's `revision` changes.
 */
export interface RolloutView {
  readonly id: string;
  readonly question: Question;
  readonly sample: number;
  /** Index into the run's writers. */
  readonly writer: number;
  /** Prompt, written and observed tokens, by position. Filled from `finished` where the tokens were not told one by one. */
  readonly tokens: readonly TokenAdded[];
  readonly searches: readonly SearchView[];
  /** Null while it is being written. */
  readonly finished: Rollout | null;
  readonly revision: number;
}

/** What React sees of a run (`useRolloutRun`), renewed at most once a frame. */
export interface RolloutState {
  readonly status: RolloutStatus;
  /** What the present run is: one question asked by hand, or a batch of a question set; null before any. */
  readonly kind: 'asked' | 'batch' | null;
  /** The run's configuration as it was started; null before any. */
  readonly config: RolloutRunConfig | null;
  readonly phase: RolloutPhase | null;
  readonly detail: string;
  /** Of the phase, in [0, 1]; null where it has none. */
  readonly fraction: number | null;
  /** Null until looked for, and where there is none (`ready` and `notes` then say what that means). */
  readonly device: DeviceReport | null;
  readonly ready: RolloutReady | null;
  readonly progress: RolloutProgress | null;
  readonly parity: RolloutParity | null;
  /** Why parity could not be measured, in one sentence. */
  readonly noParity: string | null;
  readonly failure: Failure | null;
  /** Of the whole run without pauses; null until it is finished. */
  readonly seconds: number | null;
  /** Finished rollouts in the order they finished; a new array when one is added. */
  readonly finished: readonly Rollout[];
  /** Changes whenever `RolloutSession.views()` has something new. */
  readonly revision: number;
  readonly logLength: number;
}

/** A corpus kept in browser storage; its index is made anew when it is used. */
export interface StoredCorpus {
  readonly name: string;
  readonly passages: number;
  readonly bytes: number;
}

/** What the page can ask of the rollouts: `useSession().rollouts`. */
export interface RolloutSession {
  /** Writes answers to one question by hand, with every writer and `samples` rollouts each; golden answers may be empty. */
  ask(question: string, goldenAnswers: readonly string[]): void;
  /** Runs the question set of the settings. */
  startBatch(): void;
  pause(): void;
  resume(): void;
  /** One decode step of a paused run, which then waits again; a running one is paused. */
  step(): void;
  cancel(): void;
  /** The same run again: same question or set, same seed. */
  reset(): void;
  /** Draws a new seed and runs again what ran last (a batch where nothing did). */
  newSeed(): void;
  /** Rollouts whose tokens are told one by one, and all finished ones; in the order they began. */
  views(): readonly RolloutView[];
  view(id: string): RolloutView | null;
  log(): readonly LogLine[];
  /** Finished rollouts as canonical JSON Lines (SPEC section 8). */
  exportJsonLines(): Blob;
  /**
   * Gives the finished rollouts to the angle page as its trajectories, with the same backbone, and goes there. Refused
   * with a sentence where none is finished or where they hold no reasoning or no tool tokens.
   */
  toAnglePage(): OpenResult;
  /** The questions of a set, to pick one from; no run is needed. @throws an Error whose message is a sentence */
  questions(choice: QuestionChoice): Promise<readonly Question[]>;
  /** Empty where the browser refuses storage. */
  storedCorpora(): Promise<readonly StoredCorpus[]>;
  deleteCorpus(name: string): Promise<void>;
}
