import type { RolloutTimings } from '../agent/rollouts.ts';
import type { Rollout } from '../agent/types.ts';
import type { RoutedSession, SessionTimings } from '../inference/types.ts';
import { Pace } from './pace.ts';
import type { RolloutEvent } from './rollout-events.ts';
import { summarise } from './rollout-summary.ts';

const PAUSE_MS = 200;

type Progress = Omit<Extract<RolloutEvent, { readonly type: 'progress' }>, 'type' | 'at'>;

/** Counts a run's rollouts and says at most five times a second how far it is. */
export class RolloutProgress {
  readonly rollouts: Rollout[] = [];
  readonly #total: number;
  readonly #writers: number;
  /** With the timings that each had before this run: sessions outlive runs. */
  readonly #sessions: readonly { readonly session: RoutedSession; readonly before: SessionTimings }[];
  readonly #pace: Pace;
  #spent: RolloutTimings = { sampling: 0, environment: 0, tokens: 0 };
  #last = Number.NEGATIVE_INFINITY;

  constructor(total: number, writers: number, sessions: readonly RoutedSession[], active: number) {
    this.#total = total;
    this.#writers = writers;
    this.#sessions = sessions.map((session) => ({ session, before: session.timings }));
    this.#pace = new Pace(total, active);
  }

  /** Tokens encoded so far: prompts, written and observed ones, and those that were encoded again. */
  get tokens(): number {
    return this.#spent.tokens;
  }

  /** What the loop has spent so far. */
  spend(timings: RolloutTimings): void {
    this.#spent = { ...timings };
  }

  /** Null when the last one was just told. @param active milliseconds without pauses */
  step(active: number, now: number, force = false): Progress | null {
    if (!force && now - this.#last < PAUSE_MS) return null;
    this.#last = now;
    const { tokens, sampling, environment } = this.#spent;
    const done = this.rollouts.length;
    return {
      done,
      total: this.#total,
      tokens,
      ...this.#pace.step(active, tokens, done),
      gpuBytes: this.#sessions.reduce((sum, { session }) => sum + session.gpuBytes, 0),
      summaries: summarise(this.rollouts, this.#writers),
      split: { inputs: this.#inSessions('inputs'), kernels: this.#inSessions('kernels'), sampling, environment },
    };
  }

  #inSessions(what: 'inputs' | 'kernels'): number {
    return this.#sessions.reduce((sum, { session, before }) => sum + session.timings[what] - before[what], 0);
  }
}
