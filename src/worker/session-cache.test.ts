import { beforeAll, describe, expect, it } from 'vitest';
import { fakeSession } from '../agent/testing/fake-session.ts';
import { loadBackbone, type Backbone } from '../backbone/load.ts';
import { folderSource } from '../backbone/testing/folder-source.ts';
import type { Provider } from '../inference/types.ts';
import type { WriterAdapters } from '../lab/writer-adapters.ts';
import { SessionCache } from './session-cache.ts';

let backbone: Backbone;
beforeAll(async () => {
  backbone = await loadBackbone(folderSource('fixtures/golden/qwen2-f32'));
});

const adapters = (key: string): WriterAdapters => ({ key, stacked: null, note: key });

/** A cache over sessions that count: how many were opened, how many weigh on memory, and how many did at most. */
function counted(provider: Provider = 'wasm', failing = false) {
  const count = { opened: 0, alive: 0, most: 0 };
  const noDevice = { get: () => Promise.reject(new Error('No device is asked for here.')) };
  const cache = new SessionCache(noDevice, () => {
    if (failing) return Promise.reject(new Error('refused'));
    count.opened += 1;
    count.alive += 1;
    count.most = Math.max(count.most, count.alive);
    const session = {
      ...fakeSession(() => new Float32Array(4), { vocabSize: 4 }),
      provider,
      async destroy() {
        await Promise.resolve();
        count.alive -= 1;
        // A session on a device that is gone.
        if (provider === 'webgpu') await new Promise<never>(() => undefined);
      },
    };
    return Promise.resolve({ session, report: { provider, measured: [], reason: '' } });
  });
  const open = (key: string) => cache.open(backbone, adapters(key), provider, false, 8);
  return { cache, count, open };
}

describe('the sessions of a worker', () => {
  it('are kept for the next run that asks for the same', async () => {
    const { cache, count, open } = counted();
    cache.begin();
    const first = await open('a');
    cache.begin();
    expect(await open('a')).toBe(first);
    expect(count).toEqual({ opened: 1, alive: 1, most: 1 });
  });

  it('are never more than a run uses: others are gone before a new one is made', async () => {
    const { cache, count, open } = counted();
    cache.begin();
    await open('a');
    cache.begin();
    await open('b');
    await open('c');
    expect(count).toEqual({ opened: 3, alive: 2, most: 2 });
  });

  it('are all gone when a run with the engine begins', async () => {
    const { cache, count, open } = counted();
    cache.begin();
    await open('a');
    await open('b');
    await cache.clear();
    expect(count.alive).toBe(0);
    await open('a');
    expect(count).toEqual({ opened: 3, alive: 1, most: 2 });
  });

  it('are not waited for on a graphics device, which may be gone', async () => {
    const { cache, count, open } = counted('webgpu');
    cache.begin();
    await open('a');
    await cache.clear();
    await Promise.resolve();
    expect(count.alive).toBe(0);
  });

  it('are forgotten where none could be opened', async () => {
    const { cache, count, open } = counted('wasm', true);
    cache.begin();
    await expect(open('a')).rejects.toThrow('refused');
    await expect(open('a')).rejects.toThrow('refused');
    await cache.clear();
    expect(count.alive).toBe(0);
  });
});
