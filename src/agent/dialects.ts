import { z } from 'zod';
import { invalidActionNotice } from './prompts.ts';
import type { TagHit } from './role-state.ts';
import type { EnvironmentSettings, FinishReason } from './types.ts';

/** What follows from a token that the model wrote. */
export type TurnAction =
  /** The query is trimmed and may be empty: then nothing is found. */
  | { readonly kind: 'search'; readonly query: string }
  /** The environment answers by itself; `framed` as an observation, else as it is. */
  | { readonly kind: 'say'; readonly text: string; readonly framed: boolean }
  /** `finish` null: the model ended its turn, which is `answered` where it holds an answer. */
  | { readonly kind: 'end'; readonly finish: FinishReason | null };

/** Reads one rollout's turns. Everything it returns depends on the model's tokens alone. */
export interface TurnReader {
  /** After a token that does not end the turn. @param hits the tags it completed */
  token(bytes: Uint8Array, hits: readonly TagHit[]): TurnAction | null;
  /** The model drew an end-of-turn token. Unless the action is `end`, the token is not kept. */
  turnEnd(): TurnAction;
  /** The turn has reached its limit of tokens. */
  tooLong(): TurnAction;
}

export function turnReader(settings: EnvironmentSettings): TurnReader {
  if (settings.dialect === 'world') return new WorldReader(settings);
  return settings.dialect === 'search-r1' ? new SearchR1Reader(settings) : new QwenReader(settings);
}

const TURN_ENDED: TurnAction = { kind: 'end', finish: null };
const TOO_MANY: TurnAction = { kind: 'end', finish: 'too-many-searches' };
const TOO_LONG: TurnAction = { kind: 'end', finish: 'turn-too-long' };

/** What the model wrote since the environment last did, in bytes. */
class Turn {
  #bytes: number[] = [];

  add(bytes: Uint8Array): void {
    for (const byte of bytes) this.#bytes.push(byte);
  }

  text(start: number, end: number): string {
    return new TextDecoder('utf-8', { ignoreBOM: true }).decode(Uint8Array.from(this.#bytes.slice(start, end)));
  }

  clear(): void {
    this.#bytes = [];
  }
}

/** As tools/backbone/rollout.py: the query is what follows the last `<search>`; a search too many ends the rollout. */
class WorldReader implements TurnReader {
  readonly #turn = new Turn();
  readonly #maxSearches: number;
  #searches = 0;
  #queryStart: number | null = null;

  constructor({ maxSearches }: EnvironmentSettings) {
    this.#maxSearches = maxSearches;
  }

  token(bytes: Uint8Array, hits: readonly TagHit[]): TurnAction | null {
    this.#turn.add(bytes);
    for (const { tag, start, end } of hits) {
      if (tag === 'search-open') this.#queryStart = end;
      if (tag !== 'search-close' || this.#queryStart === null) continue;
      if (this.#searches === this.#maxSearches) return TOO_MANY;
      const query = this.#turn.text(this.#queryStart, start).trim();
      this.#searches++;
      this.#queryStart = null;
      this.#turn.clear();
      return { kind: 'search', query };
    }
    return null;
  }

  turnEnd(): TurnAction {
    return TURN_ENDED;
  }

  tooLong(): TurnAction {
    return TOO_LONG;
  }
}

/**
 * As Search-R1's generation loop: a turn ends with the first `</search>` or `</answer>`; one without a valid action gets
 * a notice; after `maxSearches` turns that the environment answered comes a last one, in which a search is not done.
 * Its code drops the end-of-turn token before a notice, and so does `turnEnd`.
 */
class SearchR1Reader implements TurnReader {
  readonly #turn = new Turn();
  readonly #maxTurns: number;
  readonly #notice: TurnAction;
  #turns = 0;
  /** Ends of this turn's first opening tags. */
  #search: number | null = null;
  #answer: number | null = null;

  constructor({ maxSearches, tags }: EnvironmentSettings) {
    this.#maxTurns = maxSearches;
    this.#notice = { kind: 'say', text: invalidActionNotice(tags), framed: false };
  }

  token(bytes: Uint8Array, hits: readonly TagHit[]): TurnAction | null {
    this.#turn.add(bytes);
    for (const { tag, start, end } of hits) {
      if (tag === 'search-open') this.#search ??= end;
      else if (tag === 'answer-open') this.#answer ??= end;
      else if (tag === 'search-close') return this.#searched(this.#search === null ? '' : this.#turn.text(this.#search, start).trim());
      else if (tag === 'answer-close' && this.#answer !== null) return { kind: 'end', finish: 'answered' };
      else if (tag === 'answer-close' && this.#search === null) return this.#invalid(TURN_ENDED);
    }
    return null;
  }

  turnEnd(): TurnAction {
    return this.#invalid(TURN_ENDED);
  }

  tooLong(): TurnAction {
    return this.#invalid(TOO_LONG);
  }

  /** An empty query, or one that was never opened, is no valid action. */
  #searched(query: string): TurnAction {
    if (query === '') return this.#invalid(TURN_ENDED);
    if (this.#turns === this.#maxTurns) return TOO_MANY;
    this.#next();
    return { kind: 'search', query };
  }

  #invalid(last: TurnAction): TurnAction {
    if (this.#turns === this.#maxTurns) return last;
    this.#next();
    return this.#notice;
  }

  #next(): void {
    this.#turns++;
    this.#turn.clear();
    this.#search = null;
    this.#answer = null;
  }
}

const call = z.looseObject({ name: z.string(), arguments: z.union([z.looseObject({}), z.string()]) });
const query = z.looseObject({ query: z.string() });

const NO_CALL = 'Error: the call is not a JSON object with "name" and "arguments".';
const NO_TOOL = 'Error: there is no such function; call "search".';
const NO_QUERY = 'Error: "search" needs the argument "query", a text that is not empty.';

/** Qwen's function calls, one a turn: the environment ends the turn behind `</tool_call>` and answers every call. */
class QwenReader implements TurnReader {
  readonly #turn = new Turn();
  readonly #maxTurns: number;
  #turns = 0;
  #call: number | null = null;

  constructor({ maxSearches }: EnvironmentSettings) {
    this.#maxTurns = maxSearches;
  }

  token(bytes: Uint8Array, hits: readonly TagHit[]): TurnAction | null {
    this.#turn.add(bytes);
    for (const { tag, start, end } of hits) {
      if (tag === 'search-open') this.#call ??= end;
      if (tag !== 'search-close' || this.#call === null) continue;
      if (this.#turns === this.#maxTurns) return TOO_MANY;
      const written = this.#turn.text(this.#call, start);
      this.#turns++;
      this.#turn.clear();
      this.#call = null;
      return readCall(written);
    }
    return null;
  }

  turnEnd(): TurnAction {
    return TURN_ENDED;
  }

  tooLong(): TurnAction {
    return TOO_LONG;
  }
}

/** The search that a call asks for, or what is wrong with it. The messages hold nothing that the model wrote. */
export function readCall(written: string): TurnAction {
  const parsed = call.safeParse(tryJson(written));
  if (!parsed.success) return { kind: 'say', text: NO_CALL, framed: true };
  if (parsed.data.name !== 'search') return { kind: 'say', text: NO_TOOL, framed: true };
  const given = parsed.data.arguments;
  // Some models write the arguments as a JSON string.
  const asked = query.safeParse(typeof given === 'string' ? tryJson(given) : given);
  if (!asked.success || asked.data.query.trim() === '') return { kind: 'say', text: NO_QUERY, framed: true };
  return { kind: 'search', query: asked.data.query.trim() };
}

function tryJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
