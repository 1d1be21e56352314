import { chunksOf } from './body.ts';
import { ask, patiently, type Access, type Patience } from './request.ts';
import { SourceError } from './source-error.ts';

export interface PartRequest {
  readonly url: string;
  readonly what: string;
  /** Bytes [start, end) of a file of `size` bytes. */
  readonly start: number;
  readonly end: number;
  readonly size: number;
  /** Told of each answer; throws where it shows another version of the file. */
  readonly onAnswer: (response: Response) => void;
  /** Told of bytes as they come, and with a negative number of bytes that must come once more. */
  readonly onBytes: (bytes: number) => void;
  readonly stallMs?: number;
}

/** What was answered in place of a range: the whole file, from its beginning. */
export interface WholeAnswer {
  readonly response: Response;
}

function changed(what: string, why: string): SourceError {
  return new SourceError('changed', `${what} changed on the server while it was loading (${why}).`, 'Look the model up again; the new version is then loaded from its beginning.');
}

/** The range that a 206 says it is, where the server lets the page read it. */
function checkRange(response: Response, { what, size }: PartRequest, at: number): void {
  const header = response.headers.get('content-range');
  if (header === null) return;
  const match = /^bytes (\d+)-(\d+)\/(\d+|\*)$/.exec(header.trim());
  if (!match || Number(match[1]) !== at) throw new SourceError('length', `The server sent other bytes of ${what} than were asked for (${header}).`, 'The server or a proxy before it does not serve ranges rightly; use another one.');
  if (match[3] !== '*' && Number(match[3]) !== size) throw changed(what, `${match[3]} bytes in place of ${size}`);
}

/**
 * One part of a file. What a broken connection has brought stays, and the rest is asked for; nothing is asked twice.
 * @returns the part's bytes, or the server's answer where it sends the whole file whatever is asked for
 * @throws SourceError
 */
export async function loadPart(request: PartRequest, access: Access, patience: Patience): Promise<Uint8Array<ArrayBuffer> | WholeAnswer> {
  const { url, what, start, end, size, onAnswer, onBytes, stallMs } = request;
  const bytes = new Uint8Array(end - start);
  const whole = start === 0 && end === size;
  let filled = 0;
  let reached = 0;
  const attempt = async (): Promise<WholeAnswer | null> => {
    // A file of one part is asked for plainly: servers without ranges need nothing special for it.
    const asked = !(whole && filled === 0);
    const at = start + filled;
    const response = await ask({ url, what, ...(asked ? { headers: { Range: `bytes=${at}-${end - 1}` } } : {}) }, access);
    onAnswer(response);
    if (asked && response.status !== 206) {
      if (!whole) return { response };
      onBytes(-filled);
      filled = 0;
    } else if (asked) checkRange(response, request, at);
    for await (const chunk of chunksOf(response, what, access.signal, stallMs)) {
      if (filled + chunk.length > bytes.length) {
        throw new SourceError('length', `The server sends more of ${what} than the ${size} bytes that it says it has.`, 'Look the model up again; if it stays so, use another server.');
      }
      bytes.set(chunk, filled);
      filled += chunk.length;
      reached = Math.max(reached, filled);
      onBytes(chunk.length);
    }
    if (filled < bytes.length) {
      throw new SourceError('server', `The server broke off ${what} at byte ${start + filled} of ${size}.`, 'Check the connection, then press Try again; what is already loaded is kept.', 0);
    }
    return null;
  };
  try {
    return (await patiently(attempt, { ...patience, progress: () => reached })) ?? bytes;
  } catch (error) {
    onBytes(-filled);
    throw error;
  }
}
