/** How the page steers a run: looked at between micro-batches only, so that nothing is ever half done. */
export class RunControl {
  #paused = false;
  #cancelled = false;
  #wake: (() => void) | null = null;

  pause(): void {
    if (!this.#cancelled) this.#paused = true;
  }

  resume(): void {
    this.#paused = false;
    this.#wake?.();
  }

  /** Also ends a pause. */
  cancel(): void {
    this.#cancelled = true;
    this.#wake?.();
  }

  get cancelled(): boolean {
    return this.#cancelled;
  }

  /** True when the run should wait now. */
  get paused(): boolean {
    return this.#paused && !this.#cancelled;
  }

  /** Resolves when the pause is over. */
  async resumed(): Promise<void> {
    while (this.paused) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    this.#wake = null;
  }
}
