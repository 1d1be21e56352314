/** The part of navigator.wakeLock that is used. */
export interface WakeLocks {
  request(type: 'screen'): Promise<{ release(): Promise<void> }>;
}

function browserLocks(): WakeLocks | null {
  return typeof navigator !== 'undefined' && 'wakeLock' in navigator ? navigator.wakeLock : null;
}

/**
 * Keeps the screen awake while something runs: a sleeping machine trains nothing. A browser that has no wake lock or
 * refuses one (a hidden page, a low battery) is no error; the lock that a browser takes away when the page is hidden is
 * asked for again when it is shown.
 */
export class WakeLock {
  readonly #locks: WakeLocks | null;
  #wanted = false;
  #held: Promise<{ release(): Promise<void> } | null> | null = null;

  constructor(locks: WakeLocks | null = browserLocks(), page: Pick<Document, 'addEventListener' | 'visibilityState'> | null = typeof document === 'undefined' ? null : document) {
    this.#locks = locks;
    page?.addEventListener('visibilitychange', () => {
      if (page.visibilityState !== 'visible' || !this.#wanted) return;
      this.#release();
      this.#request();
    });
  }

  /** Whether something runs now. */
  keep(wanted: boolean): void {
    if (wanted === this.#wanted) return;
    this.#wanted = wanted;
    if (wanted) this.#request();
    else this.#release();
  }

  #request(): void {
    this.#held = this.#locks?.request('screen').catch(() => null) ?? null;
  }

  #release(): void {
    void this.#held?.then((lock) => lock?.release()).catch(() => undefined);
    this.#held = null;
  }
}
