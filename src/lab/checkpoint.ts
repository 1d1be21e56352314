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
  /**
   * True where a single step is everything up to the next `boundary` (an optimiser step of many decode steps and
   * micro-batches); otherwise it is what lies between two passes.
   */
  readonly coarse?: boolean;
}

/** Where a run can be paused, stepped and cancelled, and what the pauses took. */
export class Checkpoint {
  readonly #options: CheckpointOptions;
  #told = false;
  #pausedMs = 0;
  /** A coarse step that a paused run may finish. */
  #granted = false;

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
    const { control, breathe, now, onPaused, onResumed, coarse } = this.#options;
    await breathe();
    if (control.paused && !this.#granted) {
      const from = now();
      if (!this.#told) onPaused();
      this.#told = true;
      await control.resumed();
      this.#pausedMs += now() - from;
      this.#granted = coarse === true && control.paused;
    }
    if (this.#told && !control.paused && !control.cancelled) {
      this.#told = false;
      onResumed();
    }
    if (control.cancelled) throw new Cancelled();
  }

  /** As `pass`, between two coarse steps: a single step ends here. @throws Cancelled */
  async boundary(): Promise<void> {
    this.#granted = false;
    await this.pass();
  }
}

/** A turn of the event loop. */
export function nextTask(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0));
}
