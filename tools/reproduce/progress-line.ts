import type { HeadlessStatus } from '../../src/features/headless.ts';

/** Seconds as "1 h 05 min", "2 min 05 s" or "7 s". */
export function duration(seconds: number): string {
  const whole = Math.round(seconds);
  const pad = (value: number): string => String(value).padStart(2, '0');
  if (whole >= 3600) return `${Math.floor(whole / 3600)} h ${pad(Math.floor((whole % 3600) / 60))} min`;
  return whole >= 60 ? `${Math.floor(whole / 60)} min ${pad(whole % 60)} s` : `${whole} s`;
}

export function describe(status: HeadlessStatus): string {
  if (status.status === 'finished') return status.analysing ? 'analysing: permutations and intervals' : 'done';
  const words = status.detail === '' ? status.phase : `${status.phase}: ${status.detail}`;
  if (status.fraction === 0) return words;
  const left = status.secondsLeft === null ? '' : `, ${duration(status.secondsLeft)} left`;
  return `${status.phase} ${(100 * status.fraction).toFixed(1)} % at ${status.tokensPerSecond.toFixed(0)} tokens/s${left}`;
}

/** Where no terminal is, a line at most every so often. */
const QUIET_MS = 10_000;

/** One line that renews itself on a terminal; elsewhere a line when the phase changes, and now and then. */
export class ProgressLine {
  #last = '';
  #phase = '';
  #at = Number.NEGATIVE_INFINITY;

  show(status: HeadlessStatus, now = performance.now()): void {
    const text = describe(status);
    if (text === this.#last) return;
    if (process.stdout.isTTY) process.stdout.write(`\r\x1b[2K${text}`);
    else if (status.phase !== this.#phase || now - this.#at >= QUIET_MS) {
      console.log(text);
      this.#at = now;
    } else return;
    this.#last = text;
    this.#phase = status.phase;
  }

  end(): void {
    if (process.stdout.isTTY && this.#last !== '') process.stdout.write('\n');
  }
}
