import { joinBytes, type TextTokenizer } from './tokenizer.ts';
import { BackboneError } from './types.ts';

/** A tag that the tokenizer cuts, and the tokens it is cut into when it stands alone. */
export interface SplitTag {
  readonly tag: string;
  readonly pieces: readonly string[];
}

/** Those of the tags that are no token of the tokenizer, in their order and once each. */
export function splitTags(tokenizer: TextTokenizer, tags: readonly string[]): SplitTag[] {
  return [...new Set(tags)]
    .filter((tag) => tag !== '' && tokenizer.addedToken(tag) === undefined)
    .map((tag) => ({ tag, pieces: tokenizer.encode(tag).map((id) => tokenizer.decode([id])) }));
}

/**
 * The tokenizer with tags added as tokens first, first + 1, …: what the same tokenizer.json does with them among its
 * `added_tokens` (not normalised, no white space stripped). They are cut out of a text before anything else happens to it.
 * @throws BackboneError for a tag that is a token already, or that overlaps one
 */
export function withAddedTags(inner: TextTokenizer, tags: readonly string[], first: number): TextTokenizer {
  for (const tag of tags) {
    if (inner.addedToken(tag) !== undefined) throw new BackboneError(`"${tag}" is a token of this tokenizer already; it cannot be added once more.`);
    const clash = [...inner.addedTokens, ...tags].find((other) => other !== tag && (other.includes(tag) || tag.includes(other) || overlap(tag, other)));
    if (clash !== undefined) throw new BackboneError(`The tag "${tag}" overlaps the token "${clash}": which of them a text holds would not be clear. Leave one of them out.`);
  }
  const utf8 = new TextEncoder();
  const ids = new Map(tags.map((tag, index) => [tag, first + index]));
  const bytes = new Map(tags.map((tag, index) => [first + index, utf8.encode(tag)]));
  const splitter = new RegExp(`(${tags.map((tag) => tag.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&')).join('|')})`);
  const tokenBytes = (id: number): Uint8Array => bytes.get(id) ?? inner.tokenBytes(id);
  return {
    vocabSize: inner.vocabSize + tags.length,
    encode: (text) =>
      text.split(splitter).flatMap((part) => {
        const id = ids.get(part);
        return id === undefined ? inner.encode(part) : [id];
      }),
    decode: (tokens) => new TextDecoder('utf-8', { ignoreBOM: true }).decode(joinBytes(Array.from(tokens, tokenBytes))),
    tokenBytes,
    addedToken: (text) => ids.get(text) ?? inner.addedToken(text),
    addedTokens: [...inner.addedTokens, ...tags],
    chatTemplate: inner.chatTemplate,
  };
}

/** Whether one text can begin inside the other and end behind it. */
function overlap(a: string, b: string): boolean {
  for (let length = 1; length < Math.min(a.length, b.length); length += 1) if (a.endsWith(b.slice(0, length)) || b.endsWith(a.slice(0, length))) return true;
  return false;
}
