import { MAX_LINE, readLines } from '../../core/trajectory/lines.ts';

/** One JSON value of a file. `line` is its line in JSON Lines, its number in an array, from 1. */
export type JsonRecord = { readonly line: number; readonly value: unknown; readonly reason: null } | { readonly line: number; readonly reason: string };

export interface RecordOptions {
  /** Fraction of the file that has been read, [0, 1]. */
  readonly onProgress?: (fraction: number) => void;
  readonly signal?: AbortSignal;
}

/**
 * The values of a JSON Lines file or of one JSON array (as HotpotQA publishes its sets), as they are read: a file of any
 * size is never held as one string. What is not JSON is given with its reason; blank lines are passed over.
 * @throws the signal's reason once it is aborted
 */
export async function* readRecords(file: Blob, { onProgress, signal }: RecordOptions = {}): AsyncGenerator<JsonRecord> {
  signal?.throwIfAborted();
  const head = (await file.slice(0, 4096).text()).replace(/^\uFEFF/, '').trimStart();
  const onBytes = (bytes: number): void => onProgress?.(Math.min(1, bytes / file.size));
  const texts = head.startsWith('[') ? arrayEntries(file.stream(), onBytes) : readLines(file.stream(), onBytes);
  for await (const { number, text } of texts) {
    signal?.throwIfAborted();
    if (text.trim() !== '') yield parse(number, text);
  }
}

function parse(line: number, text: string): JsonRecord {
  try {
    return { line, value: JSON.parse(text) as unknown, reason: null };
  } catch (error) {
    return { line, reason: `not JSON (${error instanceof Error ? error.message : 'unreadable'})` };
  }
}

const [QUOTE, BACKSLASH, COMMA, OPEN_ARRAY, CLOSE_ARRAY, OPEN_OBJECT, CLOSE_OBJECT] = ['"', '\\', ',', '[', ']', '{', '}'].map((character) => character.charCodeAt(0));

/** Texts of the entries of a JSON array. Only brackets, commas and strings are followed; each entry is parsed by itself. */
async function* arrayEntries(stream: ReadableStream<Uint8Array>, onBytes: (bytes: number) => void): AsyncGenerator<{ readonly number: number; readonly text: string }> {
  const decoder = new TextDecoder();
  const reader = stream.getReader();
  let [depth, number, bytes, held] = [0, 0, 0, ''];
  let [inString, escaped, closed] = [false, false, false];
  try {
    while (!closed) {
      const { done, value } = await reader.read();
      const text = done ? decoder.decode() : decoder.decode(value, { stream: true });
      let from = 0;
      for (let at = 0; at < text.length && !closed; at++) {
        const code = text.charCodeAt(at);
        if (escaped) escaped = false;
        else if (inString) {
          if (code === BACKSLASH) escaped = true;
          else if (code === QUOTE) inString = false;
        } else if (code === QUOTE) inString = true;
        else if (code === OPEN_ARRAY || code === OPEN_OBJECT) {
          if (depth++ === 0) from = at + 1;
        } else if (code === CLOSE_ARRAY || code === CLOSE_OBJECT) closed = --depth <= 0;
        if (closed || (code === COMMA && depth === 1 && !inString)) {
          const entry = held + text.slice(from, at);
          [held, from] = ['', at + 1];
          if (!closed || entry.trim() !== '') yield { number: ++number, text: entry };
        }
      }
      if (done) break;
      // An entry without end must not fill the memory; cut, it fails as JSON with a reason.
      if (held.length < MAX_LINE) held += text.slice(from);
      bytes += value.length;
      onBytes(bytes);
    }
    if (!closed && held.trim() !== '') yield { number: ++number, text: held };
  } finally {
    await reader.cancel().catch(() => undefined);
    reader.releaseLock();
  }
}
