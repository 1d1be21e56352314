import type { TextTokenizer } from '../backbone/tokenizer.ts';
import { decodeTokenBytes } from '../core/trajectory/tokens.ts';
import type { Random } from '../core/random.ts';
import { ROLE_CODE } from '../core/trajectory/types.ts';
import type { Alternative, SampledToken } from '../inference/types.ts';
import type { TurnAction, TurnReader } from './dialects.ts';
import type { Environment } from './environment.ts';
import { RoleState } from './role-state.ts';
import { answerOf, scoreRollout } from './score-rollout.ts';
import type { FinishReason, FoundPassage, Question, Rollout, SearchCall, TokenAdded, Writing } from './types.ts';

export interface GrowingOptions {
  readonly id: string;
  readonly question: Question;
  readonly sample: number;
  readonly writer: number;
  readonly writing: Writing;
  readonly environment: Environment;
  readonly tokenizer: TextTokenizer;
  readonly prompt: readonly number[];
  /** Prompt and response together: the environment's limit or the model's. */
  readonly maxTokens: number;
  /** The rollout's own stream; each response position has a stream of its own below it. */
  readonly random: Random;
  readonly onToken?: ((token: TokenAdded) => void) | undefined;
}

const NO_ALTERNATIVES: readonly Alternative[] = [];

/** One rollout while it grows: what stands in it, who wrote it, and whether it waits for a search or has finished. */
export class GrowingRollout {
  readonly #options: GrowingOptions;
  readonly #reader: TurnReader;
  readonly #roles: RoleState;
  readonly #tokens: number[] = [];
  readonly #bytes: Uint8Array[] = [];
  /** The position's adapter: of the token that it predicted (equation 2). */
  readonly #adapters: number[] = [];
  readonly #logprobs: number[] = [];
  readonly #alternatives: (readonly Alternative[])[] = [];
  readonly #searches: SearchCall[] = [];
  readonly #pieces = new TextDecoder('utf-8', { ignoreBOM: true });
  #turnTokens = 0;
  /** Stretches of one role so far, and whether the present one is a search (`shuffled` control). */
  #stretch = { count: 0, tool: false };
  #admonished = false;
  #waiting = false;
  #finish: FinishReason | null = null;

  constructor(options: GrowingOptions) {
    this.#options = options;
    this.#reader = options.environment.reader();
    this.#roles = new RoleState(options.environment.settings.tags);
    for (const token of options.prompt) {
      this.#roles.prompt(1);
      this.#append(token, this.#bytesOf(token), options.writing.reasoning, NaN, NO_ALTERNATIVES);
    }
  }

  get id(): string {
    return this.#options.id;
  }

  get question(): Question {
    return this.#options.question;
  }

  get writing(): Writing {
    return this.#options.writing;
  }

  get prompt(): readonly number[] {
    return this.#options.prompt;
  }

  get tokens(): readonly number[] {
    return this.#tokens;
  }

  /** Whether the search that was asked for last is still open. */
  get waiting(): boolean {
    return this.#waiting;
  }

  get finished(): boolean {
    return this.#finish !== null;
  }

  /** The last search. @throws RangeError where there is none */
  get search(): SearchCall {
    const last = this.#searches.at(-1);
    if (last === undefined) throw new RangeError('This rollout has not searched.');
    return last;
  }

  /** Whether the tool writer comes next: a search is open after all tokens so far. */
  get toolNext(): boolean {
    return this.#roles.searchOpen;
  }

  /** Adapter of an input position (equation 2), given that the model writes the next token. */
  adapterAt(position: number): number {
    return position + 1 < this.#tokens.length ? this.#adapters[position] : this.#nextAdapter();
  }

  /** Adapter that writes the next token: a function of what stands there, whoever wrote it. */
  #nextAdapter(): number {
    const { writing, prompt, random } = this.#options;
    const tool = this.#roles.searchOpen;
    if (writing.kind === 'routed') {
      if (writing.control?.kind === 'halves') return this.#tokens.length - prompt.length < writing.control.at ? writing.reasoning : writing.tool;
      if (writing.control?.kind === 'shuffled') return random.stream('stretch').stream(this.#stretch.count + (tool === this.#stretch.tool ? 0 : 1)).integer(2) === 0 ? writing.reasoning : writing.tool;
      if (writing.answer !== undefined && this.#roles.answerOpen) return writing.answer;
    }
    return tool ? writing.tool : writing.reasoning;
  }

  /** The uniform number of the next response position; of nothing but seed, question, sample and position. */
  uniform(): number {
    return this.#options.random.stream(this.#tokens.length - this.#options.prompt.length).uniform();
  }

  /** Takes the token that the model wrote. Afterwards the rollout goes on, waits for a search, or has finished. */
  write(sampled: SampledToken): void {
    const { environment, maxTokens } = this.#options;
    if (environment.endTokens.has(sampled.token)) {
      const action = this.#reader.turnEnd();
      if (action.kind === 'end') this.#written(sampled);
      this.#act(action);
      return;
    }
    const action = this.#written(sampled) ?? (this.#turnTokens >= environment.settings.maxTurnTokens ? this.#reader.tooLong() : null);
    if (action !== null) this.#act(action);
    else if (this.#tokens.length + 1 >= maxTokens) this.#finish = 'context-full';
  }

  /** The open search's answer. */
  found(passages: readonly FoundPassage[], milliseconds: number): void {
    this.#waiting = false;
    const inserted = this.#insert(this.#options.environment.observation(passages));
    const end = this.#tokens.length;
    this.#searches.push({ ...this.#searches.pop()!, passages, start: end - inserted, end, milliseconds });
  }

  /** The open search failed, and the rollout with it. */
  failed(failure: string, milliseconds: number): void {
    this.#waiting = false;
    this.#searches.push({ ...this.#searches.pop()!, milliseconds, failure });
    this.#finish = 'retriever-failed';
  }

  cancel(): void {
    this.#waiting = false;
    this.#finish ??= 'cancelled';
  }

  /** @param reencodedTokens as counted by whoever kept the caches. @throws RangeError before the end */
  result(reencodedTokens: number): Rollout {
    if (this.#finish === null) throw new RangeError('This rollout has not finished.');
    const { id, question, sample, writer, environment, prompt } = this.#options;
    const { text, pieces } = decodeTokenBytes(this.#bytes);
    return {
      id,
      question,
      sample,
      writer,
      tokens: Uint32Array.from(this.#tokens),
      promptTokens: prompt.length,
      roles: Uint8Array.from(this.#roles.roles),
      kinds: this.#roles.kinds,
      inAnswer: Uint8Array.from(this.#roles.inAnswer),
      // The last position predicted nothing: reasoning, as in `adaptersOf`.
      adapters: Uint8Array.from(this.#adapters),
      logprobs: Float32Array.from(this.#logprobs),
      pieces,
      alternatives: this.#alternatives,
      text,
      searches: this.#searches,
      finish: this.#finish,
      ...scoreRollout({ written: this.#writtenTexts(), observations: this.#observations(), admonished: this.#admonished }, question.goldenAnswers, this.#finish, environment.settings),
      reencodedTokens,
    };
  }

  #bytesOf(token: number): Uint8Array {
    // The padded end of a vocabulary has logits but no tokens; nothing is written then.
    try {
      return this.#options.tokenizer.tokenBytes(token);
    } catch {
      return new Uint8Array();
    }
  }

  /** A token's text by itself; half a character comes out as U+FFFD. */
  #pieceOf(token: number): string {
    return new TextDecoder().decode(this.#bytesOf(token));
  }

  #written({ token, logprob, alternatives }: SampledToken): TurnAction | null {
    const bytes = this.#bytesOf(token);
    const adapter = this.#nextAdapter();
    if (this.#roles.searchOpen !== this.#stretch.tool) this.#stretch = { count: this.#stretch.count + 1, tool: this.#roles.searchOpen };
    const hits = this.#roles.model(bytes);
    this.#turnTokens++;
    this.#append(token, bytes, adapter, logprob, alternatives.map((alternative) => ({ ...alternative, piece: this.#pieceOf(alternative.token) })));
    return this.#reader.token(bytes, hits);
  }

  #act(action: TurnAction): void {
    if (action.kind === 'search') {
      const at = this.#tokens.length;
      this.#waiting = true;
      this.#searches.push({ query: action.query, passages: [], start: at, end: at, milliseconds: 0, failure: null });
    } else if (action.kind === 'say') {
      this.#admonished = true;
      this.#insert(this.#options.environment.say(action.text, action.framed));
    } else {
      this.#finish = action.finish ?? (answerOf(this.#writtenTexts(), this.#options.environment.settings.tags) === null ? 'ended-without-answer' : 'answered');
    }
  }

  /** @returns how many tokens were inserted: none where they and one more do not fit, which ends the rollout */
  #insert(tokens: readonly number[]): number {
    this.#turnTokens = 0;
    if (this.#tokens.length + tokens.length + 1 >= this.#options.maxTokens) {
      this.#finish = 'context-full';
      return 0;
    }
    for (const token of tokens) {
      this.#roles.environment(1);
      this.#append(token, this.#bytesOf(token), this.#options.writing.reasoning, NaN, NO_ALTERNATIVES);
    }
    // What follows is a stretch of its own.
    this.#stretch = { count: this.#stretch.count + 1, tool: false };
    return tokens.length;
  }

  /** @param adapter the one that predicted the token */
  #append(token: number, bytes: Uint8Array, adapter: number, logprob: number, alternatives: readonly Alternative[]): void {
    const position = this.#tokens.length;
    if (position > 0) this.#adapters[position - 1] = adapter;
    this.#tokens.push(token);
    this.#bytes.push(bytes);
    // The last position predicted nothing: reasoning, as in `adaptersOf`.
    this.#adapters.push(this.#options.writing.reasoning);
    this.#logprobs.push(logprob);
    this.#alternatives.push(alternatives);
    const { onToken, id } = this.#options;
    onToken?.({
      rollout: id,
      position,
      token,
      piece: this.#pieces.decode(bytes, { stream: true }),
      role: this.#roles.roles[position],
      kind: this.#roles.kinds[position],
      adapter,
      logprob,
      alternatives,
    });
  }

  /** Texts of maximal runs of tokens that the model wrote. */
  #writtenTexts(): string[] {
    const runs: Uint8Array[][] = [];
    let before = false;
    this.#roles.roles.forEach((role, position) => {
      const written = role === ROLE_CODE.reasoning || role === ROLE_CODE.tool;
      if (written && !before) runs.push([]);
      if (written) runs[runs.length - 1].push(this.#bytes[position]);
      before = written;
    });
    return runs.map((bytes) => decodeTokenBytes(bytes).text);
  }

  /** What searches brought. A notice is an observation too, but nothing was found in it. */
  #observations(): string[] {
    return this.#searches.map(({ start, end }) => decodeTokenBytes(this.#bytes.slice(start, end)).text);
  }
}
