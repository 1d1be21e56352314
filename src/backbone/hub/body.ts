import { SourceError } from './source-error.ts';

/** A connection that sends nothing for so long is given up and made anew. */
export const STALL_MS = 30_000;

/**
 * The chunks of an answer's body. @throws SourceError, to be asked again, where the connection breaks or sends nothing
 */
export async function* chunksOf(response: Response, what: string, signal: AbortSignal | undefined, stallMs = STALL_MS): AsyncGenerator<Uint8Array> {
  const reader = response.body?.getReader();
  if (!reader) return;
  const remedy = 'Check the connection, then press Try again; what is already loaded is kept.';
  try {
    for (;;) {
      let timer: ReturnType<typeof setTimeout> | undefined;
      const silence = new Promise<never>((_, reject) => {
        timer = setTimeout(() => reject(new SourceError('server', `${new URL(response.url || 'http://server').host} stopped sending ${what}.`, remedy, 0)), stallMs);
      });
      let read: ReadableStreamReadResult<Uint8Array>;
      try {
        read = await Promise.race([reader.read(), silence]);
      } catch (error) {
        signal?.throwIfAborted();
        if (error instanceof SourceError) throw error;
        throw new SourceError('server', `The connection broke while ${what} was loading.`, remedy, 0);
      } finally {
        clearTimeout(timer);
      }
      if (read.done) return;
      yield read.value;
    }
  } finally {
    // Without this a connection that nobody reads from stays open.
    await reader.cancel().catch(() => undefined);
  }
}
