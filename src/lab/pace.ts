/** Speed and time left are taken over this much of the past: long enough to be calm, short enough to follow a change. */
const WINDOW_MS = 10_000;

interface Mark {
  readonly at: number;
  readonly tokens: number;
  readonly work: number;
}

/** A run's speed over a sliding window of active time (pauses do not count). */
export class Pace {
  readonly #totalWork: number;
  readonly #window: number;
  #marks: Mark[];

  /** @param at active milliseconds now @param window milliseconds of the past over which speed is taken */
  constructor(totalWork: number, at: number, window = WINDOW_MS) {
    this.#window = window;
    this.#totalWork = totalWork;
    this.#marks = [{ at, tokens: 0, work: 0 }];
  }

  /** Adds what has been done by `at`; tokens per second, and seconds left (null until there is a speed). @param totalWork where it has changed */
  step(at: number, tokensDone: number, workDone: number, totalWork = this.#totalWork): { readonly tokensPerSecond: number; readonly secondsLeft: number | null } {
    const mark = { at, tokens: tokensDone, work: workDone };
    // The newest mark that is older than the window stays, so that there is always a span to divide by.
    const keep = this.#marks.findLastIndex((earlier) => at - earlier.at >= this.#window);
    this.#marks = [...this.#marks.slice(Math.max(0, keep)), mark];
    const [first] = this.#marks;
    const seconds = (at - first.at) / 1000;
    if (seconds <= 0) return { tokensPerSecond: 0, secondsLeft: null };
    const workPerSecond = (workDone - first.work) / seconds;
    return { tokensPerSecond: (tokensDone - first.tokens) / seconds, secondsLeft: workPerSecond > 0 ? Math.max(0, (totalWork - workDone) / workPerSecond) : null };
  }
}
