/** How the page steers a run: looked at between two steps of its work only, so that nothing is ever half done. */
export class RunControl {
  readonly #abort = new AbortController();
  #paused = false;
  /** Steps that a paused run may still do. */
  #steps = 0;
  #wake: (() => void) | null = null;

  pause(): void {
    if (!this.cancelled) this.#paused = true;
    this.#steps = 0;
  }

  resume(): void {
    this.#paused = false;
    this.#steps = 0;
    this.#wake?.();
  }

  /** Lets a paused run do one step and pause again; a running one is paused. */
  step(): void {
    if (!this.#paused) {
      this.pause();
      return;
    }
    this.#steps += 1;
    this.#wake?.();
  }

  /** Also ends a pause. */
  cancel(): void {
    this.#abort.abort();
    this.#wake?.();
  }

  get cancelled(): boolean {
    return this.#abort.signal.aborted;
  }

  /** Aborted by `cancel`: for waits that are no step of the run, such as a retriever's answer. */
  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  /** True when the run should wait now; while it is single-stepped, before each of its steps. */
  get paused(): boolean {
    return this.#paused && !this.cancelled;
  }

  /** Resolves when the pause is over, or for one step of a paused run. */
  async resumed(): Promise<void> {
    while (this.paused && this.#steps === 0) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    this.#wake = null;
    if (this.paused) this.#steps -= 1;
  }
}
