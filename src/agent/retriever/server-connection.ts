import { RetrieverError } from '../types.ts';

/** Where requests come from: what browsers allow depends on it. */
export interface PageContext {
  /** Address of the page or worker; null outside a browser. */
  readonly address: string | null;
  /** Cross-origin isolated pages may not even load an opaque answer, so nothing can be learnt from one. */
  readonly isolated: boolean;
}

/** Longest wait for the probe, ms. */
const PROBE_MS = 3000;

/** Browsers treat these hosts as secure although they speak http (Safari does not). */
const LOOPBACK = /^(?:localhost|.+\.localhost|127(?:\.\d+){3}|\[::1\])$/;

/**
 * The address that is asked: without a path, or with one that ends in a slash, `retrieve` is added.
 * @throws RetrieverError for what is not an http address, or one that the page's browser will not ask
 */
export function retrieverAddress(url: string, page: PageContext): string {
  const example = 'Write it in full, such as http://127.0.0.1:8000/retrieve.';
  const trimmed = url.trim();
  const parsed = URL.canParse(trimmed) ? new URL(trimmed) : null;
  if (parsed === null || (parsed.protocol !== 'http:' && parsed.protocol !== 'https:')) throw new RetrieverError(`"${trimmed.slice(0, 200)}" is not the address of a web server.`, example);
  if (parsed.username !== '' || parsed.password !== '') throw new RetrieverError("Browsers do not send a user name or password that stands in an address.", 'Leave them out, and let the server accept this page without them.');
  if (isMixed(parsed, page)) {
    throw new RetrieverError(`This page was loaded over https, so the browser does not let it ask ${parsed.origin}, which speaks only http.`, 'Serve the retriever over https, run it on this computer (http://127.0.0.1), or open the page over http.');
  }
  parsed.hash = '';
  if (parsed.pathname.endsWith('/')) parsed.pathname += 'retrieve';
  return parsed.href;
}

function isMixed(url: URL, page: PageContext): boolean {
  return url.protocol === 'http:' && page.address !== null && /^(?:blob:)?https:/.test(page.address) && !LOOPBACK.test(url.hostname);
}

/**
 * Why no answer came. A browser gives one and the same error for a refused connection and for an answer without the
 * header that lets this page read it; a second request that asks for no answer at all (`no-cors`) tells them apart,
 * except on cross-origin isolated pages.
 * @throws the signal's reason once it is aborted
 */
export async function connectionError(address: string, page: PageContext, signal?: AbortSignal): Promise<RetrieverError> {
  const origin = page.address === null ? null : new URL(page.address).origin;
  const allow = `Access-Control-Allow-Origin: ${origin ?? '*'}`;
  const server = `let it send "${allow}" on every answer, and to OPTIONS requests also "Access-Control-Allow-Headers: Content-Type" (FastAPI: CORSMiddleware)`;
  const check = 'Start the server and check the address and its port';
  if (origin === null || origin === new URL(address).origin) return new RetrieverError(`Nothing answers at ${address}: the connection was refused or broke off.`, `${check}.`);
  const timeout = AbortSignal.timeout(PROBE_MS);
  const reachable = await fetch(address, { mode: 'no-cors', credentials: 'omit', cache: 'no-store', signal: signal === undefined ? timeout : AbortSignal.any([signal, timeout]) }).then(
    (response) => response.body?.cancel().then(() => true) ?? true,
    () => false,
  );
  signal?.throwIfAborted();
  if (reachable) return new RetrieverError(`A server answers at ${address}, but without the header Access-Control-Allow-Origin, so the browser keeps its answer from this page (CORS).`, `${server[0].toUpperCase()}${server.slice(1)}.`);
  if (page.isolated) return new RetrieverError(`No answer from ${address}: the connection was refused, or the answer lacks the header Access-Control-Allow-Origin (CORS); the browser does not say which.`, `${check}; if it runs, ${server}.`);
  return new RetrieverError(`Nothing answers at ${address}: the connection was refused, or the browser blocks addresses of this kind; a missing Access-Control-Allow-Origin (CORS) is not the reason.`, `${check}, and that the browser allows this page to reach it.`);
}
