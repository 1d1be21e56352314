/** Bytes a second over the last ten seconds: steady enough to read, quick enough to show a stall. */
const WINDOW_MS = 10_000;

export class RateMeter {
  readonly #samples: { readonly at: number; readonly bytes: number }[] = [];
  readonly #now: () => number;

  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /** `bytes`: received so far, in all. */
  add(bytes: number): void {
    const at = this.#now();
    this.#samples.push({ at, bytes });
    while (this.#samples.length > 2 && at - this.#samples[0].at > WINDOW_MS) this.#samples.shift();
  }

  get perSecond(): number {
    const first = this.#samples.at(0);
    const last = this.#samples.at(-1);
    if (!first || !last || last.at - first.at < 200) return 0;
    return Math.max(0, (1000 * (last.bytes - first.bytes)) / (last.at - first.at));
  }
}
