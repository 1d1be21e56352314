/** Runs of one kind take alike: the time left is taken from the last few. */
const RECENT = 8;

/** Time left of an experiment, from what its last steps and evaluations took. */
export class SeesawPace {
  readonly #steps: number[] = [];
  readonly #evaluations: number[] = [];

  step(milliseconds: number): void {
    this.#steps.push(milliseconds);
  }

  evaluation(milliseconds: number): void {
    this.#evaluations.push(milliseconds);
  }

  /** Null until a step was taken. */
  secondsLeft(steps: number, evaluations: number): number | null {
    if (steps === 0 && evaluations === 0) return 0;
    if (steps > 0 && this.#steps.length === 0) return null;
    return (steps * recentMean(this.#steps) + evaluations * recentMean(this.#evaluations)) / 1000;
  }
}

function recentMean(values: readonly number[]): number {
  const recent = values.slice(-RECENT);
  return recent.length === 0 ? 0 : recent.reduce((a, b) => a + b, 0) / recent.length;
}
