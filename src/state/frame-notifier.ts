/**
 * Tells its listeners that something changed: at a frame, at most once in `pause` milliseconds; a hidden page, which has
 * no frames, once in a while.
 */
export class FrameNotifier {
  readonly #pause: () => number;
  readonly #listeners = new Set<() => void>();
  #scheduled = false;
  #last = Number.NEGATIVE_INFINITY;

  /** @param pause milliseconds; a function where they change */
  constructor(pause: number | (() => number) = 0) {
    this.#pause = typeof pause === 'number' ? () => pause : pause;
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  notify(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    const tell = () => {
      if (!this.#scheduled) return;
      this.#scheduled = false;
      this.#last = performance.now();
      for (const listener of this.#listeners) listener();
    };
    const wait = this.#last + this.#pause() - performance.now();
    if (wait > 0) setTimeout(() => requestAnimationFrame(tell), wait);
    else requestAnimationFrame(tell);
    setTimeout(tell, Math.max(0, wait) + 250);
  }
}
