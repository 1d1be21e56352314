import type { Question, Rollout, SearchCall, TokenAdded } from '../../agent/types.ts';
import type { RolloutView, SearchView } from './types.ts';

export interface RolloutIdentity {
  readonly id: string;
  readonly question: Question;
  readonly sample: number;
  readonly writer: number;
}

/** A rollout that grows token by token, or that came whole: its tokens are then made when somebody looks. */
export class GrowingView implements RolloutView {
  readonly id: string;
  readonly question: Question;
  readonly sample: number;
  readonly writer: number;
  revision = 0;
  #tokens: TokenAdded[] = [];
  #searches: SearchView[] = [];
  #finished: Rollout | null = null;
  #whole = false;

  constructor({ id, question, sample, writer }: RolloutIdentity) {
    this.id = id;
    this.question = question;
    this.sample = sample;
    this.writer = writer;
  }

  get tokens(): readonly TokenAdded[] {
    if (this.#finished && !this.#whole) {
      this.#tokens = tokensOf(this.#finished);
      this.#whole = true;
    }
    return this.#tokens;
  }

  get searches(): readonly SearchView[] {
    return this.#searches;
  }

  get finished(): Rollout | null {
    return this.#finished;
  }

  add(token: TokenAdded): void {
    // What is known of a token may be told again: what it belongs to shows with the next ones.
    this.#tokens[token.position] = token;
    this.revision += 1;
  }

  search(call: SearchCall, answered: boolean): void {
    if (!answered) this.#searches = [...this.#searches, { call, answered }];
    else this.#searches = [...this.#searches.slice(0, -1), { call, answered }];
    this.revision += 1;
  }

  finish(rollout: Rollout): void {
    this.#finished = rollout;
    this.#searches = rollout.searches.map((call) => ({ call, answered: true }));
    this.revision += 1;
  }
}

function tokensOf(rollout: Rollout): TokenAdded[] {
  const { id, tokens, pieces, roles, kinds, adapters, logprobs, alternatives } = rollout;
  return Array.from(tokens, (token, position) => ({
    rollout: id,
    position,
    token,
    piece: pieces[position],
    role: roles[position],
    kind: kinds[position],
    // The first token is predicted by nothing.
    adapter: adapters[Math.max(0, position - 1)],
    logprob: logprobs[position],
    alternatives: alternatives[position],
  }));
}
