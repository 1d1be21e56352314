import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { RetrieverError } from '../types.ts';
import { connectionError, retrieverAddress } from './server-connection.ts';
import { serverRetriever } from './server.ts';

type Handler = (request: IncomingMessage, response: ServerResponse, body: string) => void;

let server: Server;
let origin: string;
let handler: Handler;
let requests: { readonly method: string; readonly url: string; readonly body: string }[];

beforeEach(async () => {
  requests = [];
  server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const body = Buffer.concat(chunks).toString();
      requests.push({ method: request.method ?? '', url: request.url ?? '', body });
      handler(request, response, body);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

const json = (value: unknown, status = 200): Handler => (_request, response) => {
  response.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(value));
};
const GOOD = { result: [[{ document: { id: 3, contents: '"Kenya"\nA country.' }, score: 2.5 }, { document: { id: 'x', contents: 'untitled' }, score: 1 }]] };
const retriever = (options: { readonly timeoutMs?: number; readonly retries?: number; readonly url?: string } = {}) =>
  serverRetriever(options.url ?? origin, { timeoutMs: options.timeoutMs ?? 5000, retries: options.retries ?? 0, backoffMs: 5 });

async function failure(search: Promise<unknown>): Promise<RetrieverError> {
  const error: unknown = await search.then(
    () => null,
    (reason: unknown) => reason,
  );
  if (!(error instanceof RetrieverError)) throw new Error(`No RetrieverError but ${String(error)}`);
  expect(error.message).toMatch(/^[^\n]+\.$/);
  expect(error.remedy).toMatch(/^[A-Z].+\.$/);
  return error;
}

describe('a retriever server', () => {
  it('is asked as Search-R1 asks, and its passages are taken in order', async () => {
    handler = json(GOOD);
    expect(await retriever().search('Kenya "capital"', 2)).toEqual([
      { id: '3', title: 'Kenya', text: 'A country.', score: 2.5 },
      { id: 'x', title: '', text: 'untitled', score: 1 },
    ]);
    expect(requests).toEqual([{ method: 'POST', url: '/retrieve', body: '{"queries":["Kenya \\"capital\\""],"topk":2,"return_scores":true}' }]);
    expect(await retriever().search('more than asked for', 1)).toHaveLength(1);
  });

  it('may leave the scores out, or give title and text apart', async () => {
    handler = json({ result: [[{ id: '1', contents: '"A"\nb' }, { id: '2', title: 'C', text: 'd' }]] });
    expect(await retriever().search('q', 5)).toEqual([
      { id: '1', title: 'A', text: 'b', score: 0 },
      { id: '2', title: 'C', text: 'd', score: 0 },
    ]);
    handler = json({ result: [[]] });
    expect(await retriever().search('q', 5)).toEqual([]);
  });

  it('that is slow runs into the time-out, before the answer and within it, and is not asked again', async () => {
    handler = () => undefined;
    expect((await failure(retriever({ timeoutMs: 80, retries: 3 }).search('q', 1))).message).toContain('did not answer within 0.08 s');
    handler = (_request, response) => {
      response.writeHead(200, { 'Content-Type': 'application/json' }).write('{"result":');
    };
    expect((await failure(retriever({ timeoutMs: 80, retries: 3 }).search('q', 1))).message).toContain('did not answer within 0.08 s');
    expect(requests).toHaveLength(2);
  });

  it.each([500, 503, 429])('that fails with %i is asked again', async (status) => {
    handler = (...call) => json(requests.length < 3 ? { detail: 'busy' } : GOOD, requests.length < 3 ? status : 200)(...call);
    expect(await retriever({ retries: 2 }).search('q', 2)).toHaveLength(2);
    expect(requests).toHaveLength(3);
    requests.length = 0;
    expect((await failure(retriever({ retries: 1 }).search('q', 2))).message).toContain(`HTTP status ${status}`);
    expect(requests).toHaveLength(2);
  });

  it.each([400, 401, 404, 405, 422, 418])('that answers %i is not asked again', async (status) => {
    handler = json({ detail: 'no' }, status);
    expect((await failure(retriever({ retries: 3 }).search('q', 1))).message).toContain(`HTTP status ${status}`);
    expect(requests).toHaveLength(1);
  });

  it('whose connection breaks off is asked again', async () => {
    handler = (request, response, body) => {
      if (requests.length === 1) request.socket.destroy();
      else if (requests.length === 2) {
        response.writeHead(200, { 'Content-Length': '1000' }).write('{"result"');
        setTimeout(() => request.socket.destroy(), 10);
      } else json(GOOD)(request, response, body);
    };
    expect(await retriever({ retries: 2 }).search('q', 2)).toHaveLength(2);
  });

  it('that sends a page in place of JSON is named by how that begins', async () => {
    handler = (_request, response) => response.writeHead(200, { 'Content-Type': 'text/html' }).end('<!doctype html>\n<title>Hi</title>');
    expect((await failure(retriever().search('q', 1))).message).toContain('begins "<!doctype html> <title>Hi</title>"');
    handler = (_request, response) => response.end();
    expect((await failure(retriever().search('q', 1))).message).toContain('is empty');
  });

  it.each([
    [[], 'a list in place of an object'],
    [null, 'null in place of an object'],
    [{ results: [], total: 0 }, 'an object with "results", "total" without "result"'],
    [{ result: 'none' }, '"result" is a string'],
    [{ result: [] }, 'without an entry for the query'],
    [{ result: [{ id: 1 }] }, 'an object with "id" in place of a list of passages'],
    [{ result: [['text']] }, 'a passage is not'],
    [{ result: [[{ document: 'text', score: 1 }]] }, 'passage 1 has neither'],
    [{ result: [[{ id: 1 }]] }, 'passage 1 has neither contents nor text'],
  ])('with the answer %j is named by what was found', async (value, found) => {
    handler = json(value);
    expect((await failure(retriever({ retries: 2 }).search('q', 1))).message).toContain(found);
    expect(requests).toHaveLength(1);
  });

  it('that sends too much is cut off, and a long passage is cut', async () => {
    handler = (_request, response) => {
      const piece = 'x'.repeat(1 << 20);
      const more = (): void => {
        while (!response.destroyed && response.write(piece));
        response.once('drain', more);
      };
      more();
    };
    expect((await failure(retriever({ retries: 3 }).search('q', 1))).message).toContain('more than 8 MB');
    expect(requests).toHaveLength(1);
    handler = json({ result: [[{ document: { id: 1, contents: `"T"\n${'y'.repeat(100_000)}` }, score: 1 }]] });
    const [passage] = await retriever().search('q', 1);
    expect(passage.text).toHaveLength(50_000);
  });

  it('that does not run is said to refuse', async () => {
    const url = origin;
    await new Promise((resolve) => server.close(resolve));
    expect((await failure(retriever({ url, retries: 1 }).search('q', 1))).message).toContain('Nothing answers at');
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  });

  it('is left when the search is cancelled: before, while it answers, and while waiting to ask again', async () => {
    handler = json(GOOD);
    await expect(retriever().search('q', 1, AbortSignal.abort())).rejects.toMatchObject({ name: 'AbortError' });
    expect(requests).toHaveLength(0);
    const controller = new AbortController();
    handler = () => controller.abort();
    await expect(retriever({ retries: 3 }).search('q', 1, controller.signal)).rejects.toMatchObject({ name: 'AbortError' });
    const waiting = new AbortController();
    handler = (...call) => {
      json({}, 500)(...call);
      setTimeout(() => waiting.abort(), 50);
    };
    const began = performance.now();
    await expect(serverRetriever(origin, { timeoutMs: 5000, retries: 3, backoffMs: 60_000 }).search('q', 1, waiting.signal)).rejects.toMatchObject({ name: 'AbortError' });
    expect(performance.now() - began).toBeLessThan(2000);
  });
});

describe('why there is no answer', () => {
  const page = { address: 'https://example.org/app/', isolated: false };

  it('is CORS where a request without an answer gets through', async () => {
    handler = json(GOOD);
    const error = await connectionError(`${origin}/retrieve`, page);
    expect(error.message).toContain('without the header Access-Control-Allow-Origin');
    expect(error.remedy).toContain('"Access-Control-Allow-Origin: https://example.org"');
  });

  it('is a refusal where that fails too, and either on an isolated page', async () => {
    const closed = 'http://127.0.0.1:9/retrieve';
    expect((await connectionError(closed, page)).message).toContain('is not the reason');
    const either = await connectionError(closed, { ...page, isolated: true });
    expect(either.message).toMatch(/refused, or .*Access-Control-Allow-Origin/);
    expect(either.remedy).toContain('https://example.org');
    expect((await connectionError(closed, { address: 'http://127.0.0.1:9/app/', isolated: true })).message).toContain('refused or broke off');
  });
});

describe('a retriever address', () => {
  const http = { address: 'http://localhost:5173/', isolated: true };
  it.each([
    ['http://127.0.0.1:8000', 'http://127.0.0.1:8000/retrieve'],
    [' http://127.0.0.1:8000/ ', 'http://127.0.0.1:8000/retrieve'],
    ['http://127.0.0.1:8000/retrieve#x', 'http://127.0.0.1:8000/retrieve'],
    ['https://host/api/', 'https://host/api/retrieve'],
    ['https://host/search?k=1', 'https://host/search?k=1'],
  ])('%s', (given, expected) => expect(retrieverAddress(given, http)).toBe(expected));

  it.each(['', 'localhost:8000', '127.0.0.1:8000', 'ftp://host/', 'javascript:alert(1)', 'http://'])('"%s" is refused', (given) => {
    expect(() => retrieverAddress(given, http)).toThrow(/is not the address of a web server/);
  });

  it('with a password is refused, and one that an https page may not ask', () => {
    expect(() => retrieverAddress('http://a:b@host/', http)).toThrow(/user name or password/);
    for (const address of ['https://page.org/', 'blob:https://page.org/1']) {
      const page = { address, isolated: false };
      expect(() => retrieverAddress('http://192.168.0.2:8000', page)).toThrow(/loaded over https/);
      expect(retrieverAddress('http://localhost:8000', page)).toBe('http://localhost:8000/retrieve');
      expect(retrieverAddress('https://other.org', page)).toBe('https://other.org/retrieve');
    }
  });
});
