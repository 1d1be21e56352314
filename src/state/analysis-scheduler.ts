import type { AngleAnalysis, AngleSettings } from '../core/angles/types.ts';
import type { SpanGram } from '../core/gram/types.ts';

export interface AnalysisPort {
  analyse(gram: SpanGram, settings: AngleSettings): Promise<AngleAnalysis>;
}

interface Port<Subject, Settings, Analysis> {
  analyse(subject: Subject, settings: Settings): Promise<Analysis>;
}

/**
 * Keeps at most one analysis in flight and the newest wish waiting; older wishes are dropped. While a run goes on, starts
 * are `pause` milliseconds apart (or, with `share`, that many times as long as the last one took), so that the page is redrawn a few times a second at most.
 */
export class AnalysisScheduler<Subject = SpanGram, Settings = AngleSettings, Analysis = AngleAnalysis> {
  readonly #port: Port<Subject, Settings, Analysis>;
  readonly #onResult: (analysis: Analysis, settings: Settings) => void;
  readonly #onFailure: (message: string) => void;
  readonly #pause: number;
  readonly #share: number;
  #waiting: { readonly subject: Subject; readonly settings: Settings } | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #inFlight = false;
  #lastStart = Number.NEGATIVE_INFINITY;
  #lastDuration = 0;
  #generation = 0;

  constructor(port: Port<Subject, Settings, Analysis>, onResult: (analysis: Analysis, settings: Settings) => void, onFailure: (message: string) => void, pause = 400, share = 0) {
    this.#port = port;
    this.#onResult = onResult;
    this.#onFailure = onFailure;
    this.#pause = pause;
    this.#share = share;
  }

  get busy(): boolean {
    return this.#inFlight || this.#waiting !== null;
  }

  request(subject: Subject, settings: Settings, now = performance.now()): void {
    this.#waiting = { subject, settings };
    this.#next(now);
  }

  /** Forgets what waits and what is in flight: a new run has begun. */
  reset(): void {
    this.#generation += 1;
    this.#waiting = null;
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #next(now: number): void {
    if (this.#inFlight || this.#timer !== undefined || !this.#waiting) return;
    const delay = this.#lastStart + Math.max(this.#pause, this.#share * this.#lastDuration) - now;
    if (delay > 0) {
      this.#timer = setTimeout(() => {
        this.#timer = undefined;
        this.#next(performance.now());
      }, delay);
      return;
    }
    const request = this.#waiting;
    const generation = this.#generation;
    this.#waiting = null;
    this.#inFlight = true;
    this.#lastStart = now;
    this.#port
      .analyse(request.subject, request.settings)
      .then(
        (analysis) => {
          this.#inFlight = false;
          if (generation === this.#generation) this.#onResult(analysis, request.settings);
        },
        (error: unknown) => {
          this.#inFlight = false;
          if (generation === this.#generation) this.#onFailure(error instanceof Error ? error.message : String(error));
        },
      )
      .finally(() => {
        this.#lastDuration = performance.now() - this.#lastStart;
        this.#next(performance.now());
      });
  }
}
