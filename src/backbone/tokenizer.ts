import { Tokenizer } from '@huggingface/tokenizers';
import { z } from 'zod';
import { parseChatTemplate, type ChatTemplate } from './chat-template.ts';
import { BackboneError } from './types.ts';

/** Turns text into token ids and back, exactly to the byte. */
export interface TextTokenizer {
  readonly vocabSize: number;
  /** Ids of a text; special and added tokens written in it are recognised, nothing is added. */
  encode(text: string): number[];
  /** The ids' text. Bytes that are no valid UTF-8 come out as U+FFFD. */
  decode(ids: Iterable<number>): string;
  /** The bytes that a token stands for. @throws BackboneError for an id outside the vocabulary */
  tokenBytes(id: number): Uint8Array;
  /** The id of an added or special token by its text, or undefined where the tokenizer has none. */
  addedToken(text: string): number | undefined;
  /** Texts of all added and special tokens: `encode` makes one token of each wherever it is written. */
  readonly addedTokens: readonly string[];
  /** From chat_template.jinja or tokenizer_config.json; null where there is none. */
  readonly chatTemplate: ChatTemplate | null;
}

const tokenizerFile = z.looseObject({
  model: z.looseObject({ type: z.string().optional() }),
  normalizer: z.unknown().optional(),
  pre_tokenizer: z.unknown().optional(),
  post_processor: z.unknown().optional(),
  decoder: z.looseObject({ type: z.string() }).nullish(),
  added_tokens: z.array(z.looseObject({ id: z.number().int().nonnegative(), content: z.string() })).optional(),
});

function parseJson(text: string, path: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new BackboneError(`${path} is not JSON.`);
  }
}

/** GPT-2's alphabet: the character that stands for each byte in the vocabulary of a byte-level BPE. */
export function byteAlphabet(): string[] {
  let spare = 256;
  return Array.from({ length: 256 }, (_, byte) => {
    const printable = (byte >= 33 && byte <= 126) || (byte >= 161 && byte <= 172) || byte >= 174;
    const code = printable ? byte : spare;
    if (!printable) spare += 1;
    return String.fromCodePoint(code);
  });
}

/**
 * @param tokenizerJson contents of tokenizer.json
 * @param configJson contents of tokenizer_config.json, or null
 * @param template contents of chat_template.jinja, or null: then the config's own template is taken
 * @throws BackboneError for a tokenizer that is not a byte-level BPE
 */
export function createTokenizer(tokenizerJson: string, configJson: string | null, template: string | null = null): TextTokenizer {
  const parsed = tokenizerFile.safeParse(parseJson(tokenizerJson, 'tokenizer.json'));
  if (!parsed.success) throw new BackboneError(`tokenizer.json is not a tokenizer ("${parsed.error.issues[0].path.join('.')}": ${parsed.error.issues[0].message}).`);
  const file = parsed.data;
  const config = z.looseObject({ chat_template: z.unknown().optional() }).catch({}).parse(configJson === null ? {} : parseJson(configJson, 'tokenizer_config.json'));
  const type = file.model.type ?? 'unknown';
  if (type !== 'BPE' || file.decoder?.type !== 'ByteLevel') {
    throw new BackboneError(`tokenizer.json is a ${type} model with the decoder ${file.decoder?.type ?? 'none'}; byte-level BPE (as Qwen's) is supported.`);
  }
  let inner: Tokenizer;
  try {
    // The library looks these five up even where a file leaves them out.
    inner = new Tokenizer({ normalizer: null, pre_tokenizer: null, post_processor: null, ...file, added_tokens: file.added_tokens ?? [] }, config);
  } catch (error) {
    throw new BackboneError(`tokenizer.json cannot be used (${error instanceof Error ? error.message : String(error)}).`);
  }

  const added = new Map((file.added_tokens ?? []).map((token) => [token.id, token.content]));
  const addedIds = new Map([...added].map(([id, content]) => [content, id]));
  const byteOf = new Map(byteAlphabet().map((character, byte) => [character, byte]));
  const utf8 = new TextEncoder();
  const bytesOf = new Map<number, Uint8Array>();
  const tokenBytes = (id: number): Uint8Array => {
    const known = bytesOf.get(id);
    if (known) return known;
    const piece = added.get(id) ?? inner.id_to_token(id);
    if (piece === undefined) throw new BackboneError(`Token ${id} is not in the tokenizer's vocabulary.`);
    const bytes = added.has(id)
      ? utf8.encode(piece)
      : Uint8Array.from(piece, (character) => {
          const byte = byteOf.get(character);
          if (byte === undefined) throw new BackboneError(`Token ${id} ("${piece}") is not written in the byte-level alphabet.`);
          return byte;
        });
    bytesOf.set(id, bytes);
    return bytes;
  };
  return {
    vocabSize: inner.get_vocab().size,
    encode: (text) => (text === '' ? [] : inner.encode(text, { add_special_tokens: false }).ids),
    decode: (ids) => new TextDecoder('utf-8', { ignoreBOM: true }).decode(joinBytes(Array.from(ids, tokenBytes))),
    tokenBytes,
    addedToken: (text) => addedIds.get(text),
    addedTokens: [...addedIds.keys()],
    chatTemplate: parseChatTemplate(template ?? config.chat_template),
  };
}

/** The concatenation of byte strings. */
export function joinBytes(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/**
 * Whether the ids stand for exactly this text. They do not where the tokenizer normalises (Qwen's composes accents, NFC)
 * or strips spaces, and spans found in the text would then miss.
 * @returns null, or the character offset of the first difference
 */
export function firstDifference(tokenizer: TextTokenizer, text: string, ids: readonly number[]): number | null {
  const decoded = tokenizer.decode(ids);
  if (decoded === text) return null;
  let at = 0;
  while (at < text.length && at < decoded.length && text[at] === decoded[at]) at += 1;
  return at;
}
