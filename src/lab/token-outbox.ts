import type { TokenAdded } from '../agent/types.ts';

/** Tokens are told in handfuls: a message for each would cost more than the token. */
const PAUSE_MS = 30;

export class TokenOutbox {
  readonly #send: (tokens: readonly TokenAdded[]) => void;
  #held: TokenAdded[] = [];
  #last = Number.NEGATIVE_INFINITY;

  constructor(send: (tokens: readonly TokenAdded[]) => void) {
    this.#send = send;
  }

  add(token: TokenAdded, now: number): void {
    this.#held.push(token);
    if (now - this.#last >= PAUSE_MS) this.flush(now);
  }

  /** Sends what is held: before anything that the tokens precede, and before a pause. */
  flush(now: number): void {
    if (this.#held.length === 0) return;
    const tokens = this.#held;
    this.#held = [];
    this.#last = now;
    this.#send(tokens);
  }
}
