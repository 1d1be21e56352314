import type { Failure } from '../lab/events.ts';

/** What every kind of run ends with. */
interface RunEvent {
  readonly type: string;
}

type Listener<Event> = (event: Event) => void;

/** The runs of one kind, numbered: what an earlier one still tells is passed over. */
export class RunChannel<Event extends RunEvent> {
  readonly #listeners = new Set<Listener<Event>>();
  readonly #failed: (at: number, failure: Failure) => Event;
  #number = 0;
  #running = false;
  #startedAt = 0;

  /** @param failed the kind's own event of a failure */
  constructor(failed: (at: number, failure: Failure) => Event) {
    this.#failed = failed;
  }

  /** Events of the newest run. Returns the way to stop listening. */
  subscribe(listener: Listener<Event>): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** A new run's number. */
  start(): number {
    this.#number += 1;
    this.#running = true;
    this.#startedAt = performance.now();
    return this.#number;
  }

  take({ run, event }: { readonly run: number; readonly event: Event }): void {
    if (run === this.#number) this.#tell(event);
  }

  /** Nobody computes any more. @returns the way to tell it, where a run was under way */
  stop(): (failure: Failure) => void {
    const was = this.#running;
    this.#running = false;
    return (failure) => {
      if (was) this.#tell(this.#failed(performance.now() - this.#startedAt, failure));
    };
  }

  #tell(event: Event): void {
    if (event.type === 'finished' || event.type === 'failed' || event.type === 'cancelled') this.#running = false;
    for (const listener of this.#listeners) listener(event);
  }
}
