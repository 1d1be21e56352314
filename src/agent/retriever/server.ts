import { RetrieverError } from '../types.ts';
import type { FoundPassage, Retriever } from '../types.ts';
import { parseAnswer, readBody } from './server-answer.ts';
import { connectionError, retrieverAddress } from './server-connection.ts';
import type { PageContext } from './server-connection.ts';

export interface ServerOptions {
  /** For a whole attempt: connection, answer, body. */
  readonly timeoutMs: number;
  /** Further attempts after a network failure, 429 or 5xx. */
  readonly retries: number;
  /** First wait before another attempt, ms; it doubles each time up to 8 s, ±25 %, so that rollouts do not come back together. Default 300. */
  readonly backoffMs?: number;
  /** The page that asks. Default: this one. */
  readonly page?: PageContext;
}

const MAX_WAIT_MS = 8000;

/** An attempt that another one may mend. */
class Passing extends Error {
  readonly error: () => RetrieverError | Promise<RetrieverError>;
  constructor(error: () => RetrieverError | Promise<RetrieverError>) {
    super();
    this.error = error;
  }
}

/**
 * A retriever server that speaks Search-R1's protocol: POST {"queries":[query],"topk":k,"return_scores":true}.
 * A time-out is not tried again: it says how long the user is willing to wait.
 * @param url http or https; without a path, `/retrieve` is added
 * @throws RetrieverError for an address that cannot be used
 */
export function serverRetriever(url: string, { timeoutMs, retries, backoffMs = 300, page = currentPage() }: ServerOptions): Retriever {
  const address = retrieverAddress(url, page);

  const attempt = async (body: string, topK: number, signal: AbortSignal | undefined): Promise<readonly FoundPassage[]> => {
    const timeout = AbortSignal.timeout(timeoutMs);
    const either = signal === undefined ? timeout : AbortSignal.any([signal, timeout]);
    try {
      const response = await fetch(address, { method: 'POST', headers: { 'Content-Type': 'application/json', Accept: 'application/json' }, body, signal: either, credentials: 'omit', cache: 'no-store' });
      if (!response.ok) throw await statusError(response, address);
      return parseAnswer(await readBody(response, address), topK, address);
    } catch (error) {
      signal?.throwIfAborted();
      if (error instanceof RetrieverError || error instanceof Passing) throw error;
      if (timeout.aborted) throw new RetrieverError(`The retriever at ${address} did not answer within ${timeoutMs / 1000} s.`, 'Raise the time-out, or check that the server is not overloaded.');
      throw new Passing(() => connectionError(address, page, signal));
    }
  };

  return {
    description: `Retriever server ${address}`,
    async search(query, topK, signal) {
      signal?.throwIfAborted();
      const body = JSON.stringify({ queries: [query], topk: topK, return_scores: true });
      for (let tried = 0; ; tried++) {
        try {
          return await attempt(body, topK, signal);
        } catch (error) {
          if (!(error instanceof Passing)) throw error;
          if (tried >= retries) throw await error.error();
        }
        await wait(Math.min(MAX_WAIT_MS, backoffMs * 2 ** tried) * (0.75 + Math.random() / 2), signal);
      }
    },
  };
}

async function statusError(response: Response, address: string): Promise<RetrieverError | Passing> {
  // An unread body keeps the connection.
  await response.body?.cancel().catch(() => undefined);
  const { status } = response;
  const message = `The retriever at ${address} answered with HTTP status ${status}${response.statusText === '' ? '' : ` (${response.statusText})`}.`;
  if (status === 429) return new Passing(() => new RetrieverError(message, 'The server asks for fewer requests: decode fewer rollouts together, or allow more retries.'));
  if (status >= 500) return new Passing(() => new RetrieverError(message, "The server itself failed: its log says why."));
  if (status === 404 || status === 405) return new RetrieverError(message, 'Check the path of the address; Search-R1\'s server listens at /retrieve.');
  if (status === 422 || status === 400) return new RetrieverError(message, 'The server does not understand {"queries":[…],"topk":…,"return_scores":true}; use one that speaks Search-R1\'s protocol.');
  if (status === 401 || status === 403) return new RetrieverError(message, 'The server asks for a permission that this page cannot give; use one that is open to it.');
  return new RetrieverError(message, "Check the address and the server's log.");
}

function currentPage(): PageContext {
  // A worker's location is its script's, on the page's origin; there is none outside a browser.
  return { address: 'location' in globalThis ? globalThis.location.href : null, isolated: 'crossOriginIsolated' in globalThis && globalThis.crossOriginIsolated };
}

/** @throws the signal's reason once it is aborted */
function wait(milliseconds: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = (): void => {
      clearTimeout(timer);
      reject(signal?.reason instanceof Error ? signal.reason : new DOMException('The search was cancelled.', 'AbortError'));
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', stop);
      resolve();
    }, milliseconds);
    if (signal?.aborted) stop();
    else signal?.addEventListener('abort', stop, { once: true });
  });
}
