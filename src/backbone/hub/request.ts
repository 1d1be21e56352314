import { SourceError } from './source-error.ts';

export type Fetcher = (input: string, init?: RequestInit) => Promise<Response>;

export interface Access {
  readonly fetcher: Fetcher;
  /** For gated and private repositories; sent to the address itself only, never where it redirects to. */
  readonly token: string | null;
  readonly signal?: AbortSignal;
}

export interface Question {
  readonly url: string;
  /** For messages: what is asked for, such as "config.json" or "The list of files". */
  readonly what: string;
  readonly method?: 'GET' | 'HEAD';
  readonly headers?: Readonly<Record<string, string>>;
}

const AGAIN = 'Check the connection, then press Try again; what is already loaded is kept.';

/** Retry-After as milliseconds: seconds or a date. */
export function retryAfterOf(header: string | null, now = Date.now()): number {
  if (header === null) return 0;
  const seconds = Number(header);
  const wait = Number.isFinite(seconds) ? 1000 * seconds : Date.parse(header) - now;
  return Number.isFinite(wait) ? Math.max(0, wait) : 0;
}

function hostOf(url: string): string {
  return new URL(url).host;
}

/** Browsers say when they know that there is no network; Node does not. */
function offline(): boolean {
  const scope: { readonly navigator?: { readonly onLine?: boolean } } = globalThis;
  return scope.navigator?.onLine === false;
}

/** What an answer that is no success means. The hub names the reason in X-Error-Code where the page may read it. */
export function statusError(response: Response, { url, what }: Question, hasToken: boolean): SourceError {
  const { status } = response;
  const host = hostOf(url);
  const code = response.headers.get('x-error-code') ?? '';
  if (status === 401 || status === 403 || code === 'GatedRepo') {
    if (code === 'RepoNotFound') {
      return new SourceError('missing', `${host} has no such model, or it is private.`, hasToken ? 'Check the spelling, and that the token’s account may read it.' : 'Check the spelling; a private model needs a token.');
    }
    if (!hasToken) return new SourceError('access', `${what} may not be read without a token (${status} from ${host}).`, 'The model is gated or private: accept its terms on its page at the hub, then enter a token that may read it.');
    return status === 401
      ? new SourceError('access', `${host} refused the token (401 for ${what}).`, 'Enter a token that is still valid and may read this model.')
      : new SourceError('access', `The token may not read ${what} (403 from ${host}).`, 'Accept the model’s terms on its page at the hub with the account of this token, or enter another token.');
  }
  if (status === 404 || status === 410) return new SourceError('missing', `${what} is not there (${status} from ${host}).`, 'Check the spelling of the id, the revision and the address.');
  if (status === 416) return new SourceError('changed', `${what} is shorter than it was (416 from ${host}): it changed on the server.`, 'Look the model up again; the new version is then loaded from its beginning.');
  if (status === 429) {
    return new SourceError('busy', `${host} asks to wait: too many requests (429).`, 'Try again later; what is already loaded is kept. With a token the hub allows more.', retryAfterOf(response.headers.get('retry-after')));
  }
  if (status === 408 || status >= 500) return new SourceError('server', `${host} failed to send ${what} (${status}).`, AGAIN, retryAfterOf(response.headers.get('retry-after')));
  return new SourceError('request', `${host} answered ${status} for ${what}.`, 'Check the address.');
}

/** One request. @throws SourceError with the reason in words; the signal's own reason when it was aborted */
export async function ask(question: Question, { fetcher, token, signal }: Access): Promise<Response> {
  const { url, what, method = 'GET', headers = {} } = question;
  let response: Response;
  try {
    response = await fetcher(url, {
      method,
      headers: { ...headers, ...(token === null ? {} : { Authorization: `Bearer ${token}` }) },
      credentials: 'omit',
      // The store is the cache: kept twice, a model of a gigabyte would take two.
      cache: 'no-store',
      ...(signal ? { signal } : {}),
    });
  } catch {
    signal?.throwIfAborted();
    if (offline()) throw new SourceError('offline', `This machine is offline; ${what} could not be fetched.`, 'Models that are kept here can be used without a network. Connect, then press Try again.', 0);
    throw new SourceError('offline', `${hostOf(url)} could not be reached for ${what}.`, 'Check the address and the connection. A server of your own must allow this page to read it (Access-Control-Allow-Origin).', 0);
  }
  if (!response.ok) {
    // Nobody reads the body of a refusal.
    await response.body?.cancel().catch(() => undefined);
    throw statusError(response, question, token !== null);
  }
  return response;
}

export type Wait = (milliseconds: number, signal?: AbortSignal) => Promise<void>;

export const wait: Wait = (milliseconds, signal) =>
  new Promise((resolve, reject) => {
    const stop = (): void => {
      clearTimeout(timer);
      reject(signal?.reason instanceof Error ? signal.reason : new DOMException('Cancelled.', 'AbortError'));
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', stop);
      resolve();
    }, milliseconds);
    if (signal?.aborted) stop();
    else signal?.addEventListener('abort', stop, { once: true });
  });

export interface Patience {
  readonly signal?: AbortSignal;
  readonly wait?: Wait;
  /** Failures in a row without progress before giving up. */
  readonly attempts?: number;
  /** Any number that grows while the work gets on; growth forgives earlier failures. */
  readonly progress?: () => number;
  readonly onRetry?: (error: SourceError, milliseconds: number) => void;
}

const ATTEMPTS = 5;
const FIRST_WAIT = 500;
/** A server that asks for a longer pause than this is told to the user instead of waited for. */
const LONGEST_WAIT = 60_000;

/** Runs `work` again after 0.5, 1, 2, 4 s, or after what the server asks for, while its errors say that this may help. */
export async function patiently<Result>(work: () => Promise<Result>, { signal, wait: pause = wait, attempts = ATTEMPTS, progress = () => 0, onRetry }: Patience): Promise<Result> {
  let failures = 0;
  let reached = progress();
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof SourceError) || error.retryAfter === null) throw error;
      const now = progress();
      failures = now > reached ? 1 : failures + 1;
      reached = Math.max(reached, now);
      const milliseconds = Math.max(error.retryAfter, FIRST_WAIT * 2 ** (failures - 1));
      if (failures >= attempts) throw error;
      if (milliseconds > LONGEST_WAIT) throw new SourceError(error.fault, `${error.message.replace(/\.$/, '')}, for ${Math.ceil(milliseconds / 60_000)} min.`, error.remedy);
      onRetry?.(error, milliseconds);
      await pause(milliseconds, signal);
    }
  }
}
