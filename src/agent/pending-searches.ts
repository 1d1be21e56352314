import type { GrowingRollout } from './growing-rollout.ts';
import type { FoundPassage, Question, Retriever } from './types.ts';
import { RetrieverError } from './types.ts';

interface Asking {
  readonly growing: GrowingRollout;
}

/** An answer that has arrived and is taken before the next step, so that nothing changes while a step is under way. */
export interface Arrival<Row extends Asking> {
  readonly row: Row;
  readonly outcome: { readonly passages: readonly FoundPassage[] } | { readonly failure: string };
  readonly milliseconds: number;
}

/** Searches under way: asked for in one step, taken between two later ones. */
export class PendingSearches<Row extends Asking> {
  readonly #retriever: Retriever | ((question: Question) => Retriever);
  readonly #topK: number;
  readonly #now: () => number;
  readonly #requests = new AbortController();
  readonly #arrivals: Arrival<Row>[] = [];
  #wake: (() => void) | null = null;

  constructor(retriever: Retriever | ((question: Question) => Retriever), topK: number, now: () => number) {
    this.#retriever = retriever;
    this.#topK = topK;
    this.#now = now;
  }

  /** Asks the retriever for what the row has written. Never rejects: what fails is an arrival too. */
  async ask(row: Row): Promise<void> {
    const { query } = row.growing.search;
    const started = this.#now();
    let outcome: Arrival<Row>['outcome'];
    try {
      const own = typeof this.#retriever === 'function' ? this.#retriever(row.growing.question) : this.#retriever;
      outcome = { passages: (await own.search(query, this.#topK, this.#requests.signal)).slice(0, this.#topK) };
    } catch (error) {
      outcome = { failure: failureSentence(error) };
    }
    this.#arrivals.push({ row, outcome, milliseconds: this.#now() - started });
    this.#wake?.();
  }

  /** What has arrived since it was last asked for. */
  take(): readonly Arrival<Row>[] {
    return this.#arrivals.splice(0);
  }

  /** Waits until an answer has arrived or the searches are aborted. */
  async arrival(): Promise<void> {
    if (this.#arrivals.length > 0) return;
    await new Promise<void>((resolve) => {
      this.#wake = resolve;
    });
    this.#wake = null;
  }

  /** Ends every request, and the wait for them. */
  abort(reason?: unknown): void {
    this.#requests.abort(reason);
    this.#wake?.();
  }
}

function failureSentence(error: unknown): string {
  if (error instanceof RetrieverError) return `${error.message} ${error.remedy}`;
  return error instanceof Error && error.message !== '' ? error.message : 'The retriever failed for an unknown reason.';
}
