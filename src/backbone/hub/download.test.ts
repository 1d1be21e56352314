import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { loadBackbone } from '../load.ts';
import { downloadModel, type DownloadOptions, type DownloadProgress } from './download.ts';
import { findAtAddress } from './address-client.ts';
import { findAtHub } from './hub-client.ts';
import { KeptModels, keyOf } from './kept-models.ts';
import { RateMeter } from './rate-meter.ts';
import type { Access } from './request.ts';
import { COMMIT, HubServer, noise } from './testing/hub-server.ts';
import { memoryFetch } from './testing/memory-fetch.ts';
import { MemoryFolder } from './testing/memory-folder.ts';
import type { RemoteModel } from './types.ts';
import { variantsOf } from './variants.ts';

// Sockets are slow on a busy machine.
vi.setConfig({ testTimeout: 60_000 });

const GRAPH = noise(50_000, 7);
const files = [
  { path: 'config.json', bytes: noise(100) },
  { path: 'tokenizer.json', bytes: noise(2500, 3) },
  { path: 'onnx/model_q4.onnx', bytes: GRAPH, lfs: true },
];

let server: HubServer;
let host: string;
let folder: MemoryFolder;
let kept: KeptModels;
const access: Access = { fetcher: (url, init) => fetch(url, init), token: null };
const options: DownloadOptions = { access, partBytes: 4096, wait: () => Promise.resolve() };

beforeEach(async () => {
  server = new HubServer(files);
  host = await server.start();
  folder = new MemoryFolder();
  kept = new KeptModels(folder);
});

afterEach(() => server.stop());

const findHub = () => findAtHub({ id: 'org/tiny', revision: 'main' }, host, access);
const download = async (model: RemoteModel, more: Partial<DownloadOptions> = {}) => downloadModel(model, variantsOf(model)[0], kept, { ...options, ...more });

/** Whether what is stored is what the server has. */
async function stored(model: RemoteModel): Promise<boolean> {
  const [variant] = variantsOf(model);
  const source = kept.source(await keyOf(model, variant), 'x');
  return Buffer.from(await (await source.open('onnx/model_q4.onnx')).arrayBuffer()).equals(GRAPH);
}

const ranges = () => server.requests.filter((line) => line.startsWith('GET') && line.includes('bytes='));

describe('a download', () => {
  it('brings the same bytes in parts, tells its progress, and names the model by its commit', async () => {
    const told: DownloadProgress[] = [];
    const model = await findHub();
    const manifest = await download(model, { onProgress: (progress) => told.push(progress) });
    expect(await stored(model)).toBe(true);
    expect(ranges()).toHaveLength(13);
    expect(manifest).toMatchObject({ complete: true, name: `org/tiny@${COMMIT} model_q4` });
    const total = 50_000 + 2500 + 100;
    expect(told.filter(({ phase }) => phase === 'loading').at(-1)).toMatchObject({ bytes: total, total });
    expect(told.at(-1)).toMatchObject({ phase: 'checking', bytes: total });
    expect(await kept.list()).toMatchObject([{ bytes: total, total, complete: true }]);
    server.requests.length = 0;
    await download(model);
    expect(server.requests).toEqual([]);
  });

  it('asks for the rest alone when a connection breaks, and again when a server fails', async () => {
    const model = await findHub();
    server.behaviour.faults.push({ cutAfter: 1000 }, { status: 503 }, { cutAfter: 3000 }, { status: 429, headers: { 'Retry-After': '1' } });
    const notes: (string | null)[] = [];
    await download(model, { parallel: 1, onProgress: ({ note }) => notes.push(note) });
    expect(await stored(model)).toBe(true);
    expect(notes.some((note) => note !== null && /Trying again in 1 s/.test(note))).toBe(true);
    expect(server.requests.some((line) => line.endsWith('tokenizer.json bytes=1000-2499'))).toBe(true);
  });

  it('goes on where a cancelled one stopped, with another page and another memory', async () => {
    const model = await findHub();
    const controller = new AbortController();
    const first = download(model, {
      parallel: 2,
      access: { ...access, signal: controller.signal },
      onProgress: ({ bytes }) => {
        if (bytes > 30_000) controller.abort();
      },
    });
    await expect(first).rejects.toMatchObject({ name: 'AbortError' });
    const [half] = await kept.list();
    expect(half.complete).toBe(false);
    expect(half.bytes).toBeGreaterThan(10_000);
    await expect(kept.source(half.key, 'half').list()).rejects.toThrow(/not loaded completely/);
    server.requests.length = 0;
    kept = new KeptModels(folder);
    await download(await findHub());
    expect(ranges().length).toBeLessThan(9);
    expect(await stored(model)).toBe(true);
  });

  it('takes the whole file from a server without ranges, and passes over what it has', async () => {
    const model = await findHub();
    server.behaviour.ranges = false;
    server.behaviour.faults.push({ cutAfter: 20_000 });
    const told: DownloadProgress[] = [];
    await download(model, { onProgress: (progress) => told.push(progress) });
    expect(await stored(model)).toBe(true);
    expect(told.some(({ note }) => note?.includes('cannot send parts'))).toBe(true);
    expect(Math.max(...told.map(({ bytes }) => bytes))).toBe(52_600);
  });

  it('throws away what is not what the list says', async () => {
    const model = await findHub();
    const wrong = { ...model, files: model.files.map((file) => (file.sha256 === null ? file : { ...file, sha256: 'f'.repeat(64) })) };
    await expect(download(wrong)).rejects.toThrow(/model_q4\.onnx is not what the server’s list says: SHA-256 ffffffffffff… was expected/);
    expect([...folder.files.keys()].some((name) => /\.2\.\d+$/.test(name))).toBe(false);
    const other = { ...model, files: model.files.map((file) => (file.path === 'config.json' ? { ...file, gitOid: 'a'.repeat(40) } : file)) };
    await expect(download(other)).rejects.toThrow(/config\.json is not what the server’s list says: git/);
    await download(model);
    expect(await stored(model)).toBe(true);
  });

  it('refuses other lengths and wrong ranges', async () => {
    const model = await findHub();
    server.behaviour.extra = noise(10);
    await expect(download(model)).rejects.toMatchObject({ fault: 'length' });
    server.behaviour.extra = null;
    const longer = { ...model, files: model.files.map((file) => (file.path.endsWith('.onnx') ? { ...file, size: 60_000, sha256: null } : file)) };
    await expect(download(longer)).rejects.toMatchObject({ fault: 'changed' });
  });

  it('tells storage that is too small before anything is loaded, and storage that fills up', async () => {
    const model = await findHub();
    folder = new MemoryFolder(20_000);
    kept = new KeptModels(folder);
    server.requests.length = 0;
    await expect(download(model)).rejects.toThrow(/needs 1 MiB more/);
    expect(server.requests).toEqual([]);
    expect(folder.files.size).toBe(0);
    kept = new KeptModels(Object.assign(folder, { free: () => Promise.resolve(null) }));
    await expect(download(model)).rejects.toThrow(/storage for this page is full/);
  });

  it('gives up a connection that goes silent and makes a new one', async () => {
    const model = await findHub();
    server.behaviour.slow = 400;
    const notes: string[] = [];
    const onProgress = ({ note }: DownloadProgress): void => {
      if (note === null || !note.includes('stopped sending')) return;
      notes.push(note);
      server.behaviour.slow = 0;
    };
    await download(model, { stallMs: 100, onProgress });
    expect(notes.length).toBeGreaterThan(0);
    expect(await stored(model)).toBe(true);
  });

  it('deletes a model with all its parts', async () => {
    const model = await findHub();
    const { key } = await download(model);
    await kept.delete(key);
    expect(folder.files.size).toBe(0);
    await expect(kept.source(key, 'gone').list()).rejects.toThrow(/no longer kept/);
  });

  it('notices a part that is gone', async () => {
    const model = await findHub();
    const { key } = await download(model);
    folder.files.delete(`${key}.2.3`);
    await expect(stored(model)).rejects.toThrow(/no longer whole/);
  });
});

describe('from an address', () => {
  it('notices by the ETag that a file changed, and begins it again', async () => {
    const model = await findAtAddress(`${host}/folder`, access);
    server.behaviour.etag = '"one"';
    const controller = new AbortController();
    await expect(
      download(model, {
        access: { ...access, signal: controller.signal },
        onProgress: ({ bytes }) => {
          if (bytes > 30_000) controller.abort();
        },
      }),
    ).rejects.toMatchObject({ name: 'AbortError' });
    server.behaviour.etag = '"two"';
    await expect(download(model)).rejects.toThrow(/changed on the server since its first part/);
    await download(model);
    expect(await stored(model)).toBe(true);
  });

  it('takes files whose size nobody tells', async () => {
    server.behaviour.hideLength = true;
    const model = await findAtAddress(`${host}/folder`, access);
    expect(model.files.every(({ size }) => size === null)).toBe(true);
    server.behaviour.faults.push({ cutAfter: 1000 });
    const manifest = await download(model);
    expect(manifest.files.map(({ size }) => size).sort()).toEqual([100, 2500, 50_000].sort());
    expect(await stored(model)).toBe(true);
    await expect(loadBackbone(kept.source(manifest.key, 'x'))).rejects.toThrow(/config\.json is not JSON/);
  });
});

it('any cutting into parts and any sequence of breaks gives the same bytes', async () => {
  const served = new Map(files.map(({ path, bytes }) => [path, bytes]));
  const model = await findHub();
  const fault = fc.oneof(fc.record({ cutAfter: fc.integer({ min: 0, max: 5000 }) }), fc.record({ status: fc.constantFrom(500, 503, 429) }));
  await fc.assert(
    fc.asyncProperty(fc.array(fault, { maxLength: 4 }), fc.integer({ min: 3000, max: 60_000 }), fc.integer({ min: 1, max: 5 }), fc.boolean(), fc.array(fc.integer({ min: 1, max: 52_000 }), { maxLength: 2 }), async (faults, partBytes, parallel, ranges, stops) => {
      folder = new MemoryFolder();
      kept = new KeptModels(folder);
      const fetcher = memoryFetch(served, [...faults], ranges);
      for (const stop of stops) {
        const controller = new AbortController();
        const onProgress = ({ bytes }: DownloadProgress): void => {
          if (bytes >= stop) controller.abort();
        };
        await download(model, { partBytes, parallel, onProgress, access: { fetcher, token: null, signal: controller.signal } }).catch(() => undefined);
      }
      await download(model, { partBytes, parallel, access: { fetcher, token: null } });
      expect(await stored(model)).toBe(true);
    }),
    { numRuns: 60 },
  );
});

it('measures the rate over the last ten seconds', () => {
  let now = 0;
  const meter = new RateMeter(() => now);
  expect(meter.perSecond).toBe(0);
  for (now = 0; now <= 20_000; now += 1000) meter.add(now < 10_000 ? 0 : (now - 10_000) * 2);
  expect(meter.perSecond).toBeCloseTo(2000, -2);
});
