import { tokensInAnswers } from './answers.ts';
import { characterSpans } from './roles.ts';
import { findResponseStart } from './chatml.ts';
import { TrajectoryError } from './tags.ts';
import { ROLES, ROLE_CODE } from './types.ts';
import type { EncodedTrajectory, Routing, Span, TagSettings, Trajectory } from './types.ts';

/** Decoded tokens: their text, and for each token the character at which it begins. */
export interface DecodedTokens {
  readonly text: string;
  /** UTF-16 offset of each token's first character; ascending, not strictly. */
  readonly starts: Uint32Array;
  /** text.slice(starts[t], starts[t + 1]): the pieces' concatenation is the text. */
  readonly pieces: readonly string[];
}

/**
 * Text and character offsets of tokens given as bytes, as byte-level BPE has them. A token that begins inside a
 * multi-byte character begins at that character; the character is then shown as part of the last token that begins in
 * it and earlier ones of the same character show as empty. Bytes that are not UTF-8 decode to U+FFFD as everywhere on
 * the web (one per maximal subpart).
 */
export function decodeTokenBytes(tokens: readonly Uint8Array[]): DecodedTokens {
  const size = tokens.reduce((sum, token) => sum + token.length, 0);
  const bytes = new Uint8Array(size);
  let offset = 0;
  for (const token of tokens) {
    bytes.set(token, offset);
    offset += token.length;
  }
  const characterOf = characterOfByte(bytes);
  const text = new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes);
  const starts = new Uint32Array(tokens.length);
  let byte = 0;
  tokens.forEach((token, index) => {
    starts[index] = byte < size ? characterOf[byte] : text.length;
    byte += token.length;
  });
  // An empty token begins where the next one does.
  for (let index = tokens.length - 2; index >= 0; index--) if (tokens[index].length === 0) starts[index] = starts[index + 1];
  return { text, starts, pieces: pieces(text, starts) };
}

function pieces(text: string, starts: Uint32Array): string[] {
  return Array.from(starts, (start, index) => text.slice(start, index + 1 < starts.length ? starts[index + 1] : text.length));
}

/** UTF-16 offset of the character that each byte belongs to, by the WHATWG decoder's rules. */
function characterOfByte(bytes: Uint8Array): Uint32Array {
  const character = new Uint32Array(bytes.length);
  let at = 0;
  let offset = 0;
  while (at < bytes.length) {
    const { length, units } = sequenceAt(bytes, at);
    character.fill(offset, at, at + length);
    at += length;
    offset += units;
  }
  return character;
}

/** Bytes and UTF-16 units of the sequence at `at`: a character, or a maximal subpart that decodes to one U+FFFD. */
function sequenceAt(bytes: Uint8Array, at: number): { length: number; units: number } {
  const lead = bytes[at];
  if (lead < 0x80) return { length: 1, units: 1 };
  const following = lead >= 0xc2 && lead <= 0xdf ? 1 : lead >= 0xe0 && lead <= 0xef ? 2 : lead >= 0xf0 && lead <= 0xf4 ? 3 : 0;
  if (following === 0) return { length: 1, units: 1 };
  let low = lead === 0xe0 ? 0xa0 : lead === 0xf0 ? 0x90 : 0x80;
  let high = lead === 0xed ? 0x9f : lead === 0xf4 ? 0x8f : 0xbf;
  for (let k = 1; k <= following; k++) {
    const byte = bytes[at + k];
    if (at + k >= bytes.length || byte < low || byte > high) return { length: k, units: 1 };
    low = 0x80;
    high = 0xbf;
  }
  return { length: following + 1, units: following === 3 ? 2 : 1 };
}

/**
 * Token spans from character spans: a token belongs to the span that holds its first character. Runs of one role and
 * kind are maximal over tokens (a character span that no token begins in leaves no trace).
 * @param spans covering the text without gaps, as `characterSpans` returns them
 */
export function tokenSpans(spans: readonly Span[], starts: Uint32Array): Span[] {
  const runs: Span[] = [];
  let current = 0;
  starts.forEach((start, token) => {
    while (current + 1 < spans.length && spans[current].end <= start) current++;
    if (current >= spans.length) throw new RangeError('No spans for these tokens.');
    const { role, kind } = spans[current];
    const last = runs.at(-1);
    if (last?.role === role && last.kind === kind) runs[runs.length - 1] = { ...last, end: token + 1 };
    else runs.push({ role, kind, start: token, end: token + 1 });
  });
  return runs;
}

/** ROLE_CODE of every token of the spans. */
export function rolesOf(spans: readonly Span[]): Uint8Array {
  const roles = new Uint8Array(spans.at(-1)?.end ?? 0);
  for (const span of spans) roles.fill(ROLE_CODE[span.role], span.start, span.end);
  return roles;
}

/**
 * Adapter at each input position: 1 tool, 0 reasoning.
 * `paper` (equation 2): position p has the role of the token that it predicts, so tool iff token p + 1 is tool; prompt,
 * observation and last positions are reasoning. `code`: one position later, the tool tokens themselves.
 * @param roles ROLE_CODE of each token
 */
export function adaptersOf(roles: Uint8Array, routing: Routing): Uint8Array {
  const adapters = new Uint8Array(roles.length);
  for (let p = 0; p < roles.length; p++) {
    if (routing === 'code') {
      adapters[p] = roles[p] === ROLE_CODE.tool ? 1 : 0;
    } else {
      const written = roles[p] === ROLE_CODE.reasoning || roles[p] === ROLE_CODE.tool;
      adapters[p] = written && p + 1 < roles.length && roles[p + 1] === ROLE_CODE.tool ? 1 : 0;
    }
  }
  return adapters;
}

/**
 * A trajectory as the engine takes it.
 * Where the file says who wrote each token (`source.roles`), those are its roles; the text then only tells think and
 * answer from other reasoning.
 * @param ids token ids of prompt and response
 * @param decoded the same tokens decoded, of which the roles are found (their text need not equal `source.text`: ids as
 * sampled are never re-tokenised)
 * @throws TrajectoryError when the ids and pieces do not belong together or the response cannot be found in them
 */
export function encodeTrajectory(source: Trajectory, ids: ArrayLike<number>, decoded: DecodedTokens, tags: TagSettings, routing: Routing): EncodedTrajectory {
  if (ids.length !== decoded.starts.length) {
    throw new TrajectoryError(`Trajectory ${source.id} has ${ids.length} tokens but ${decoded.starts.length} decoded pieces.`, 'Use the tokenizer that made the token ids.');
  }
  const responseStart = responseStartIn(source, decoded);
  const promptTokens = source.tokens === undefined ? undefined : source.promptTokens;
  const characters = characterSpans(decoded.text, responseStart, tags);
  const spans = tokenSpans(characters, decoded.starts);
  const given = source.tokens === undefined ? undefined : source.roles;
  const corrected = given !== undefined ? withRoles(spans, given, source.id) : promptTokens === undefined ? spans : withPrompt(spans, promptTokens);
  const roles = rolesOf(corrected);
  // What somebody else wrote is in no answer.
  const inAnswer = tokensInAnswers(decoded.text, characters, decoded.starts, tags).map((inside, token) => (roles[token] === ROLE_CODE.reasoning ? inside : 0));
  return { source, tokens: Uint32Array.from(ids), roles, spans: corrected, inAnswer, adapters: adaptersOf(roles, routing), pieces: decoded.pieces };
}

function responseStartIn(source: Trajectory, decoded: DecodedTokens): number {
  if (source.tokens !== undefined && source.promptTokens !== undefined) {
    if (source.promptTokens > decoded.starts.length) {
      throw new TrajectoryError(`Trajectory ${source.id} names ${source.promptTokens} prompt tokens but has ${decoded.starts.length} tokens.`, 'Correct prompt_tokens in the file.');
    }
    return source.promptTokens < decoded.starts.length ? decoded.starts[source.promptTokens] : decoded.text.length;
  }
  if (decoded.text.startsWith(source.text.slice(0, source.responseStart))) return source.responseStart;
  const found = findResponseStart(decoded.text);
  if (found === null) {
    throw new TrajectoryError(`The decoded tokens of trajectory ${source.id} hold no assistant turn.`, 'Give prompt_tokens in the file, or use the tokenizer that made the token ids.');
  }
  return found;
}

/** Tokens before `promptTokens` are prompt whatever character they share with the response. */
function withPrompt(spans: readonly Span[], promptTokens: number): Span[] {
  const response = spans.filter((span) => span.role !== 'prompt' && span.end > promptTokens).map((span) => ({ ...span, start: Math.max(span.start, promptTokens) }));
  return promptTokens === 0 ? response : [{ role: 'prompt', kind: 'prompt', start: 0, end: promptTokens }, ...response];
}

/** Spans of the given roles; a reasoning token that the text takes for something else is of kind other. */
function withRoles(spans: readonly Span[], roles: readonly number[], id: string): Span[] {
  const count = spans.at(-1)?.end ?? 0;
  if (roles.length !== count) throw new TrajectoryError(`Trajectory ${id} has ${roles.length} roles for ${count} tokens.`, 'Correct the roles in the file, or leave them out.');
  const runs: Span[] = [];
  for (const span of spans) {
    for (let token = span.start; token < span.end; token++) {
      const role = ROLES.at(roles[token]);
      if (role === undefined) throw new TrajectoryError(`Trajectory ${id} gives token ${token} the role ${roles[token]}.`, 'Roles are 0 prompt, 1 reasoning, 2 tool, 3 observation.');
      const kind = role !== 'reasoning' ? role : span.role === 'reasoning' ? span.kind : 'other';
      const last = runs.at(-1);
      if (last?.role === role && last.kind === kind) runs[runs.length - 1] = { ...last, end: token + 1 };
      else runs.push({ role, kind, start: token, end: token + 1 });
    }
  }
  return runs;
}
