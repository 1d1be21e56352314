import { RunControl } from '../lab/run-control.ts';

/** What a worker computes for a page: each kind has at most one job that is wanted. */
export type JobKind = 'angles' | 'rollouts' | 'seesaw' | 'leas' | 'model-check' | 'tag-warm-up';

export interface JobHooks {
  /** It must wait for another job to end. */
  readonly onWaiting: () => void;
  /** It was cancelled before it began. */
  readonly onCancelled: () => void;
}

/** The page is told as of any error of its worker. */
function throwLater(error: unknown): void {
  setTimeout(() => {
    throw error;
  }, 0);
}

/**
 * Everything that uses the device goes one behind the other: two decoders at once would not fit many cards. A job of the
 * same kind that is under way is given up for the new one; one of the other kind is waited for.
 */
export class JobQueue {
  #last: Promise<void> = Promise.resolve();
  readonly #onFault: (error: unknown) => void;
  #pending = 0;
  readonly #controls = new Map<JobKind, RunControl>();

  /** @param onFault told of what a job throws nevertheless; what follows it is not held up */
  constructor(onFault: (error: unknown) => void = throwLater) {
    this.#onFault = onFault;
  }

  /** @param job never throws */
  start(kind: JobKind, job: (control: RunControl) => Promise<void>, { onWaiting, onCancelled }: JobHooks): void {
    this.#controls.get(kind)?.cancel();
    const control = new RunControl();
    this.#controls.set(kind, control);
    let begun = false;
    control.signal.addEventListener('abort', () => {
      if (!begun) onCancelled();
    });
    if (this.#pending > 0) onWaiting();
    this.add(async () => {
      if (control.cancelled) return;
      begun = true;
      await job(control);
    });
  }

  /** Work that cannot be steered. @param work never throws */
  add(work: () => Promise<void>): void {
    this.#pending += 1;
    const done = this.#last.then(work).finally(() => {
      this.#pending -= 1;
    });
    this.#last = done.catch(this.#onFault);
  }

  /** The newest job of a kind. */
  control(kind: JobKind): RunControl | undefined {
    return this.#controls.get(kind);
  }
}
