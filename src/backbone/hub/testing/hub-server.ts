import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface ServedFile {
  readonly path: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Listed with its SHA-256, as files in LFS are; others with git's name. */
  readonly lfs?: boolean;
}

/** How the server behaves, changed by tests while it runs. */
export interface Behaviour {
  ranges: boolean;
  /** Answers to give before any other, each once: a status, or after how many bytes of a body the connection is cut. */
  readonly faults: ({ readonly status: number; readonly headers?: Record<string, string> } | { readonly cutAfter: number })[];
  /** Added to every file's bytes or taken away, while the list and Content-Length say otherwise. */
  extra: Uint8Array | null;
  etag: string | null;
  token: string | null;
  /** Files a page of the listing. */
  pageSize: number;
  /** HEAD and GET without Content-Length, as packed answers are. */
  hideLength: boolean;
  /** Milliseconds between pieces of a body. */
  slow: number;
}

export const COMMIT = '0123456789abcdef0123456789abcdef01234567';

/** A hub in small on the local machine: API, files, and everything that can go wrong. */
export class HubServer {
  readonly behaviour: Behaviour = { ranges: true, faults: [], extra: null, etag: null, token: null, pageSize: 1000, hideLength: false, slow: 0 };
  /** Every request as "METHOD path range". */
  readonly requests: string[] = [];
  readonly #server = createServer((request, response) => this.#answer(request, response));
  readonly #files: readonly ServedFile[];

  constructor(files: readonly ServedFile[]) {
    this.#files = files;
  }

  async start(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    const address: AddressInfo | string | null = this.#server.address();
    if (address === null || typeof address === 'string') throw new Error('The server has no port.');
    return `http://127.0.0.1:${address.port}`;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    const url = new URL(request.url ?? '/', 'http://server');
    const { headers, method = 'GET' } = request;
    this.requests.push([method, url.pathname, headers.range ?? ''].join(' ').trim());
    const cors = { 'Access-Control-Allow-Origin': '*', 'Access-Control-Allow-Headers': '*', 'Access-Control-Expose-Headers': 'Link, ETag, Content-Range, X-Error-Code, Retry-After', 'Cross-Origin-Resource-Policy': 'cross-origin' };
    for (const [name, value] of Object.entries(cors)) response.setHeader(name, value);
    if (method === 'OPTIONS') {
      response.writeHead(204).end();
      return;
    }
    const fault = this.behaviour.faults.at(0);
    if (fault && 'status' in fault) {
      this.behaviour.faults.shift();
      response.writeHead(fault.status, fault.headers).end('refused');
      return;
    }
    if (this.behaviour.token !== null && headers.authorization !== `Bearer ${this.behaviour.token}`) {
      response.writeHead(401, { 'X-Error-Code': 'GatedRepo' }).end();
      return;
    }
    const api = /^\/api\/models\/org\/tiny\/(revision|tree)\/(.+)$/.exec(url.pathname);
    if (api) this.#api(api[1], api[2], url, response);
    else this.#file(url, request, response);
  }

  #api(kind: string, revision: string, url: URL, response: ServerResponse): void {
    const json = (value: unknown, headers: Record<string, string> = {}): void => {
      response.writeHead(200, { 'Content-Type': 'application/json', ...headers }).end(JSON.stringify(value));
    };
    if (kind === 'revision') {
      if (revision === 'main' || revision === COMMIT) json({ sha: COMMIT, id: 'org/tiny' });
      else response.writeHead(404, { 'X-Error-Code': 'RevisionNotFound' }).end();
      return;
    }
    const from = Number(url.searchParams.get('cursor') ?? 0);
    const to = from + this.behaviour.pageSize;
    const entries = this.#files.map(({ path, bytes, lfs }) => {
      const oid = createHash('sha1').update(`blob ${bytes.length}\0`).update(bytes).digest('hex');
      return { type: 'file', path, size: bytes.length, oid, ...(lfs ? { lfs: { oid: createHash('sha256').update(bytes).digest('hex'), size: bytes.length, pointerSize: 130 } } : {}) };
    });
    const all = [{ type: 'directory', path: 'onnx', oid: '', size: 0 }, ...entries];
    // As a mirror does that passes on the hub's own link.
    json(all.slice(from, to), to < all.length ? { Link: `<https://huggingface.co/api/models/org/tiny/tree/${COMMIT}?recursive=true&cursor=${to}>; rel="next"` } : {});
  }

  #file(url: URL, { headers, method }: IncomingMessage, response: ServerResponse): void {
    const path = url.pathname.replace(`/org/tiny/resolve/${COMMIT}/`, '').replace(/^\/folder\//, '');
    const file = this.#files.find((one) => one.path === path);
    if (!file) {
      response.writeHead(404).end();
      return;
    }
    const { ranges, extra, etag, hideLength } = this.behaviour;
    const bytes = extra ? Buffer.concat([file.bytes, extra]) : Buffer.from(file.bytes);
    const match = ranges ? /^bytes=(\d+)-(\d+)$/.exec(headers.range ?? '') : null;
    const [start, end] = match ? [Number(match[1]), Math.min(Number(match[2]) + 1, bytes.length)] : [0, bytes.length];
    if (etag !== null) response.setHeader('ETag', etag);
    if (match && start >= bytes.length) {
      response.writeHead(416).end();
      return;
    }
    const body = bytes.subarray(start, end);
    response.writeHead(match ? 206 : 200, { 'Content-Type': 'application/octet-stream', ...(hideLength ? {} : { 'Content-Length': String(body.length) }), ...(match ? { 'Content-Range': `bytes ${start}-${end - 1}/${bytes.length}` } : {}) });
    if (method === 'HEAD') response.end();
    else void this.#send(body, response);
  }

  async #send(body: Buffer, response: ServerResponse): Promise<void> {
    const fault = this.behaviour.faults.at(0);
    if (fault && 'cutAfter' in fault && body.length > fault.cutAfter) {
      this.behaviour.faults.shift();
      response.write(body.subarray(0, fault.cutAfter), () => setTimeout(() => response.destroy(), 5));
      return;
    }
    if (this.behaviour.slow === 0) {
      response.end(body);
      return;
    }
    for (let at = 0; at < body.length && !response.destroyed; at += 1000) {
      response.write(body.subarray(at, at + 1000));
      await new Promise((resolve) => setTimeout(resolve, this.behaviour.slow));
    }
    response.end();
  }
}

/** Bytes that repeat at no short distance. */
export function noise(length: number, seed = 1): Uint8Array<ArrayBuffer> {
  let state = seed;
  return Uint8Array.from({ length }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state >>> 24;
  });
}
