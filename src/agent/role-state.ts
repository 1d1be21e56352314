import { ROLE_CODE } from '../core/trajectory/types.ts';
import type { SpanKind, TagSettings } from '../core/trajectory/types.ts';

/** The tags that the model's own writing is read for; `<information>` is the environment's and means nothing from it. */
export const MODEL_TAGS = ['think-open', 'think-close', 'search-open', 'search-close', 'answer-open', 'answer-close'] as const;
export type ModelTag = (typeof MODEL_TAGS)[number];

/** A tag that was just completed. Offsets are bytes since the environment last wrote; half-open. */
export interface TagHit {
  readonly tag: ModelTag;
  readonly start: number;
  readonly end: number;
}

const NONE: readonly TagHit[] = [];

/**
 * Roles, kinds and the open search of one response while it grows, from who wrote each token.
 *
 * For what the model writes it says what `characterSpans` says of the finished text (a token belongs to the span of its
 * first character), with these differences, all from knowing who wrote:
 * - Model text that imitates the environment (`<information>`, a notice, a turn marker) opens and ends nothing.
 * - Newlines beside an observation are the environment's only where it wrote them.
 * - An `<|im_end|>` inside an open search is tool, as every token there: it was predicted by the tool adapter, and the
 *   role of a token must be known before it is drawn.
 *
 * Tags are found in bytes, so that one may consist of several tokens and a token may end inside a character: a tag of
 * UTF-8 never begins inside one.
 */
export class RoleState {
  readonly #tags: readonly { readonly tag: ModelTag; readonly bytes: string }[];
  readonly #longest: number;
  /** Kind of each token so far; those of an unfinished tag are corrected when it is complete. */
  readonly #kinds: SpanKind[] = [];
  readonly #roles: number[] = [];
  readonly #inAnswer: number[] = [];
  #open: 'think' | 'answer' | 'search' | null = null;
  /** The last bytes that the model wrote in one go, one character each. */
  #tail = '';
  /** Bytes that the model wrote since the environment did, and where each of those tokens begins in them. */
  #bytes = 0;
  #starts: number[] = [];

  constructor(tags: TagSettings) {
    const utf8 = new TextEncoder();
    const bytesOf = (text: string): string => String.fromCharCode(...utf8.encode(text));
    const named: readonly (readonly [ModelTag, string])[] = [
      ['think-open', tags.think.open],
      ['think-close', tags.think.close],
      ['search-open', tags.search.open],
      ['search-close', tags.search.close],
      ['answer-open', tags.answer.open],
      ['answer-close', tags.answer.close],
    ];
    this.#tags = named.filter(([, text]) => text !== '').map(([tag, text]) => ({ tag, bytes: bytesOf(text) }));
    this.#longest = Math.max(0, ...this.#tags.map(({ bytes }) => bytes.length));
  }

  /** Tokens of the prompt. */
  prompt(count: number): void {
    for (let n = 0; n < count; n++) this.#add('prompt', ROLE_CODE.prompt);
  }

  /** Tokens that the environment wrote; they end whatever was open. */
  environment(count: number): void {
    for (let n = 0; n < count; n++) this.#add('observation', ROLE_CODE.observation);
    this.#open = null;
    this.#tail = '';
    this.#bytes = 0;
    this.#starts = [];
  }

  /** A token that the model wrote, as bytes. @returns the tags that it completes, in order */
  model(bytes: Uint8Array): readonly TagHit[] {
    this.#starts.push(this.#bytes);
    if (this.#open === 'search') this.#add('tool', ROLE_CODE.tool);
    else this.#add(this.#open ?? 'other', ROLE_CODE.reasoning);
    let hits: TagHit[] | null = null;
    for (const byte of bytes) {
      this.#tail += String.fromCharCode(byte);
      this.#bytes++;
      const found = this.#tags.find((tag) => this.#tail.endsWith(tag.bytes));
      if (found !== undefined) {
        (hits ??= []).push({ tag: found.tag, start: this.#bytes - found.bytes.length, end: this.#bytes });
        this.#complete(found.tag, found.bytes.length);
        // A tag's bytes are no part of another one.
        this.#tail = '';
      } else if (this.#tail.length >= 2 * this.#longest) {
        this.#tail = this.#tail.slice(-this.#longest);
      }
    }
    return hits ?? NONE;
  }

  /** Whether the next token, if the model writes it, is tool: the adapter that predicts it (equation 2). */
  get searchOpen(): boolean {
    return this.#open === 'search';
  }

  /** Whether the next token, if the model writes it, is inside an answer. */
  get answerOpen(): boolean {
    return this.#open === 'answer';
  }

  /** ROLE_CODE of each token; a function of what stands before it and who wrote it. */
  get roles(): readonly number[] {
    return this.#roles;
  }

  /** Kind of each token. Those of a tag that is not complete yet may still change between think, answer and other. */
  get kinds(): readonly SpanKind[] {
    return this.#kinds;
  }

  /** 1 for each token that was written while an answer was open. */
  get inAnswer(): readonly number[] {
    return this.#inAnswer;
  }

  #add(kind: SpanKind, role: number): void {
    this.#inAnswer.push(role === ROLE_CODE.reasoning && this.#open === 'answer' ? 1 : 0);
    this.#kinds.push(kind);
    this.#roles.push(role);
  }

  #complete(tag: ModelTag, length: number): void {
    if (this.#open === 'search') {
      if (tag === 'search-close') this.#open = null;
      return;
    }
    if (tag === 'think-open' || tag === 'answer-open') {
      this.#open = tag === 'think-open' ? 'think' : 'answer';
      this.#mark(length, this.#open);
    } else if (tag === 'search-open') {
      this.#mark(length, 'other');
      this.#open = 'search';
    } else if ((tag === 'think-close' && this.#open === 'think') || (tag === 'answer-close' && this.#open === 'answer')) {
      this.#open = null;
    }
  }

  /** Gives the tokens that begin inside the tag that ends here its kind. */
  #mark(length: number, kind: SpanKind): void {
    const first = this.#kinds.length - this.#starts.length;
    for (let at = this.#starts.length - 1; at >= 0 && this.#starts[at] >= this.#bytes - length; at--) {
      if (this.#starts[at] < this.#bytes) this.#kinds[first + at] = kind;
    }
  }
}
