/** A line of a text stream, counted from 1, without its line break. */
export interface TextLine {
  readonly number: number;
  readonly text: string;
}

/** Longest line kept, in characters; a file without line breaks must not fill the memory. */
export const MAX_LINE = 64 * 1024 * 1024;
/** Bytes decoded at a time. */
const PIECE = 256 * 1024;

/**
 * Lines of a UTF-8 byte stream, chunk by chunk: memory holds one chunk and one line. A line longer than `maxLine` is
 * given cut to that length (its JSON then fails with a reason).
 * @param onBytes called after every piece with the bytes read so far
 */
export async function* readLines(stream: ReadableStream<Uint8Array>, onBytes: (bytes: number) => void = () => undefined, maxLine = MAX_LINE): AsyncGenerator<TextLine> {
  const decoder = new TextDecoder();
  const reader = stream.getReader();
  let parts: string[] = [];
  let held = 0;
  let number = 0;
  let bytes = 0;
  const keep = (text: string): void => {
    if (held < maxLine) parts.push(text.length > maxLine - held ? text.slice(0, maxLine - held) : text);
    held += text.length;
  };
  const take = (): TextLine => {
    const joined = parts.join('');
    parts = [];
    held = 0;
    number++;
    return { number, text: joined.endsWith('\r') ? joined.slice(0, -1) : joined };
  };
  try {
    for (;;) {
      const { done, value } = await reader.read();
      const chunk = done ? new Uint8Array() : value;
      // Some streams hand over a whole file at once.
      for (let start = 0; done || start < chunk.length; start += PIECE) {
        const piece = chunk.subarray(start, start + PIECE);
        const text = decoder.decode(piece, { stream: !done });
        let from = 0;
        for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', from)) {
          keep(text.slice(from, at));
          from = at + 1;
          yield take();
        }
        keep(text.slice(from));
        if (done) break;
        bytes += piece.length;
        onBytes(bytes);
      }
      if (done) break;
    }
    if (held > 0) yield take();
  } finally {
    // Leaving early (a limit is reached) must also stop the source.
    await reader.cancel().catch(() => undefined);
    reader.releaseLock();
  }
}
