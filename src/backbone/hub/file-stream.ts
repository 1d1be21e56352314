import { chunksOf } from './body.ts';
import { ask, patiently, type Access, type Patience } from './request.ts';
import { SourceError } from './source-error.ts';

export interface FileStreamRequest {
  readonly url: string;
  readonly what: string;
  /** Null where only the end of the stream tells. */
  readonly size: number | null;
  readonly partBytes: number;
  readonly stored: (part: number) => boolean;
  readonly write: (part: number, bytes: Uint8Array<ArrayBuffer>) => Promise<void>;
  readonly onAnswer: (response: Response) => void;
  readonly onBytes: (bytes: number) => void;
  readonly stallMs?: number;
}

/** A file from a server without ranges: read from its beginning and stored part by part as it comes. */
export class FileStream {
  readonly #request: FileStreamRequest;
  /** Parts that are stored, by an earlier attempt or download; their bytes are counted already. */
  readonly #done = new Set<number>();
  #reached = 0;

  constructor(request: FileStreamRequest) {
    this.#request = request;
  }

  /** @returns the file's length. @throws SourceError */
  async load(first: Response | null, access: Access, patience: Patience): Promise<number> {
    let given = first;
    return patiently(
      () => {
        const response = given;
        given = null;
        return this.#attempt(response, access);
      },
      { ...patience, progress: () => this.#reached },
    );
  }

  #has(part: number): boolean {
    return this.#done.has(part) || this.#request.stored(part);
  }

  async #attempt(given: Response | null, access: Access): Promise<number> {
    const { url, what, size, partBytes, onAnswer, onBytes, stallMs } = this.#request;
    const response = given ?? (await ask({ url, what }, access));
    onAnswer(response);
    let at = 0;
    /** Counted, but of a part that is not stored yet. */
    let loose = 0;
    let buffer = new Uint8Array(partBytes);
    const finish = async (part: number, length: number): Promise<void> => {
      if (this.#has(part)) return;
      await this.#request.write(part, buffer.slice(0, length));
      this.#done.add(part);
      loose = 0;
      buffer = new Uint8Array(partBytes);
    };
    try {
      for await (const chunk of chunksOf(response, what, access.signal, stallMs)) {
        if (size !== null && at + chunk.length > size) {
          throw new SourceError('length', `The server sends more of ${what} than the ${size} bytes that it says it has.`, 'Look the model up again; if it stays so, use another server.');
        }
        for (let from = 0; from < chunk.length; ) {
          const part = Math.floor(at / partBytes);
          const inPart = at % partBytes;
          const count = Math.min(chunk.length - from, partBytes - inPart);
          if (!this.#has(part)) {
            buffer.set(chunk.subarray(from, from + count), inPart);
            loose += count;
            onBytes(count);
          }
          from += count;
          at += count;
          if (at % partBytes === 0) await finish(part, partBytes);
        }
        this.#reached = Math.max(this.#reached, at);
      }
      if (size !== null && at < size) throw new SourceError('server', `The server broke off ${what} at byte ${at} of ${size}.`, 'Check the connection, then press Try again.', 0);
      if (at % partBytes !== 0) await finish(Math.floor(at / partBytes), at % partBytes);
      return at;
    } catch (error) {
      onBytes(-loose);
      throw error;
    }
  }
}
