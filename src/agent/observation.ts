import type { TextTokenizer } from '../backbone/tokenizer.ts';
import { TURN_END, TURN_START } from '../core/trajectory/chatml.ts';
import type { Neutralise } from './neutralise.ts';
import type { EnvironmentSettings, Passage } from './types.ts';

/** What the environment writes around a text of its own: all of it is observation, line breaks included. */
export interface Frame {
  readonly open: string;
  readonly close: string;
}

/** The dialect's frame of an observation. @param start what opens the assistant's next turn */
export function frameOf({ dialect, tags }: EnvironmentSettings, start: string): Frame {
  const { open, close } = tags.information;
  if (dialect === 'world') return { open, close };
  if (dialect === 'search-r1') return { open: `\n\n${open}`, close: `${close}\n\n` };
  // The call ends the assistant's turn and the result comes as a user turn, as Qwen's template writes it.
  return { open: `${TURN_END}\n${TURN_START}user\n${open}\n`, close: `\n${close}${TURN_END}\n${start}` };
}

/** Found passages as the dialect shows them, made harmless. */
export function documentsText(dialect: EnvironmentSettings['dialect'], passages: readonly Passage[], neutralise: Neutralise): string {
  if (dialect === 'world') {
    if (passages.length === 0) return ' No results.';
    return passages.map(({ title, text }, index) => ` Doc ${index + 1}(Title: ${neutralise(oneLine(title))}) ${neutralise(oneLine(text))}`).join('');
  }
  if (dialect === 'search-r1') {
    // Its corpora keep titles in quotation marks, and so it shows them.
    return passages.map(({ title, text }, index) => `Doc ${index + 1}(Title: ${neutralise(quoted(oneLine(title)))}) ${neutralise(text)}\n`).join('').trim();
  }
  if (passages.length === 0) return 'No results.';
  return passages.map(({ title, text }, index) => `Doc ${index + 1}(Title: ${neutralise(oneLine(title))}) ${neutralise(text)}`).join('\n');
}

function oneLine(text: string): string {
  return text.replace(/\s*[\n\r\u2028\u2029]+\s*/g, ' ');
}

function quoted(title: string): string {
  return title.startsWith('"') ? title : `"${title}"`;
}

/**
 * Token ids of an observation, at most `limit` of them (never fewer than the frame's). Longer ones lose the end of their
 * text and keep their frame. Search-R1 cuts the closing tag off too; here it stays, since without it the model could
 * write on inside the documents.
 */
export function encodeFramed({ open, close }: Frame, text: string, tokenizer: TextTokenizer, limit: number): number[] {
  const whole = tokenizer.encode(open + text + close);
  if (whole.length <= limit) return whole;
  const closing = tokenizer.encode(close);
  const head = tokenizer.encode(open + text);
  const least = opened(open, head, tokenizer);
  let keep = Math.min(head.length, Math.max(least, limit - closing.length));
  while (keep > least && cutsCharacter(tokenizer, head, keep)) keep--;
  return [...head.slice(0, keep), ...closing];
}

/** How many tokens of the head hold its opening; the last of them may hold the begin of the text too. */
function opened(open: string, head: readonly number[], tokenizer: TextTokenizer): number {
  let count = 0;
  while (count < head.length && !tokenizer.decode(head.slice(0, count)).startsWith(open)) count++;
  return count;
}

/** The text is whole UTF-8, so a cut is inside a character exactly where a continuation byte follows it. */
function cutsCharacter(tokenizer: TextTokenizer, ids: readonly number[], at: number): boolean {
  if (at >= ids.length) return false;
  const bytes = tokenizer.tokenBytes(ids[at]);
  return bytes.length > 0 && (bytes[0] & 0xc0) === 0x80;
}
