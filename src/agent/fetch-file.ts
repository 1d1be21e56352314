import { RetrieverError } from './types.ts';

/**
 * A file that comes with the page.
 * @param url absolute
 * @throws RetrieverError when it is not there; the signal's reason once it is aborted
 */
export async function fetchFile(url: string, signal?: AbortSignal): Promise<Blob> {
  const remedy = 'Reload the page; if this stays, the page is served incompletely.';
  let response: Response;
  try {
    response = await fetch(url, { signal: signal ?? null });
    // A static host may answer a missing file with its front page and 200.
    if (response.ok && !(response.headers.get('content-type')?.includes('text/html') ?? false)) return await response.blob();
  } catch (error) {
    signal?.throwIfAborted();
    throw new RetrieverError(`${url} could not be fetched (${error instanceof Error ? error.message : String(error)}).`, remedy);
  }
  throw new RetrieverError(`${url} is missing (HTTP status ${response.status}).`, remedy);
}
