import type { RunControl } from './run-control.ts';

/** The run was cancelled between two steps. */
export class Cancelled extends Error {
  override readonly name = 'Cancelled';
}

export interface CheckpointOptions {
  readonly control: RunControl;
  /** Lets messages in. */
  readonly breathe: () => Promise<void>;
  /** Milliseconds. */
  readonly now: () => number;
  readonly onPaused: () => void;
  readonly onResumed: () => void;
}

/** Where a run can be paused, stepped and cancelled, and what the pauses took. */
export class Checkpoint {
  readonly #options: CheckpointOptions;
  #told = false;
  #pausedMs = 0;

  constructor(options: CheckpointOptions) {
    this.#options = options;
  }

  /** Milliseconds that the run has waited so far. */
  get pausedMs(): number {
    return this.#pausedMs;
  }

  /** Lets messages in and ends a cancelled run, but does not wait: for preparations, which have no steps. @throws Cancelled */
  async look(): Promise<void> {
    await this.#options.breathe();
    if (this.#options.control.cancelled) throw new Cancelled();
  }

  /**
   * Lets messages in, waits while paused, and ends a cancelled run. Single steps are within one pause: it is told once.
   * @throws Cancelled
   */
  async pass(): Promise<void> {
    const { control, breathe, now, onPaused, onResumed } = this.#options;
    await breathe();
    if (control.paused) {
      const from = now();
      if (!this.#told) onPaused();
      this.#told = true;
      await control.resumed();
      this.#pausedMs += now() - from;
    }
    if (this.#told && !control.paused && !control.cancelled) {
      this.#told = false;
      onResumed();
    }
    if (control.cancelled) throw new Cancelled();
  }
}

/** A turn of the event loop. */
export function nextTask(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0));
}
