import type { AngleAnalysis, AngleSettings } from '../core/angles/types.ts';
import type { SpanGram } from '../core/gram/types.ts';

export interface AnalysisPort {
  analyse(gram: SpanGram, settings: AngleSettings): Promise<AngleAnalysis>;
}

interface Request {
  readonly gram: SpanGram;
  readonly settings: AngleSettings;
}

/**
 * Keeps at most one analysis in flight and the newest wish waiting; older wishes are dropped. While a run goes on, starts
 * are `pause` milliseconds apart, so that the page is redrawn a few times a second at most.
 */
export class AnalysisScheduler {
  readonly #port: AnalysisPort;
  readonly #onResult: (analysis: AngleAnalysis) => void;
  readonly #onFailure: (message: string) => void;
  readonly #pause: number;
  #waiting: Request | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #inFlight = false;
  #lastStart = Number.NEGATIVE_INFINITY;
  #generation = 0;

  constructor(port: AnalysisPort, onResult: (analysis: AngleAnalysis) => void, onFailure: (message: string) => void, pause = 400) {
    this.#port = port;
    this.#onResult = onResult;
    this.#onFailure = onFailure;
    this.#pause = pause;
  }

  get busy(): boolean {
    return this.#inFlight || this.#waiting !== null;
  }

  request(gram: SpanGram, settings: AngleSettings, now = performance.now()): void {
    this.#waiting = { gram, settings };
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
    const delay = this.#lastStart + this.#pause - now;
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
      .analyse(request.gram, request.settings)
      .then(
        (analysis) => {
          this.#inFlight = false;
          if (generation === this.#generation) this.#onResult(analysis);
        },
        (error: unknown) => {
          this.#inFlight = false;
          if (generation === this.#generation) this.#onFailure(error instanceof Error ? error.message : String(error));
        },
      )
      .finally(() => this.#next(performance.now()));
  }
}
