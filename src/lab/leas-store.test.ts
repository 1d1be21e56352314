import { describe, expect, it } from 'vitest';
import { LeasStore, type StoredRollout } from './leas-store.ts';
import { memoryFolder } from './testing/seesaw.ts';

const ONE = 'a'.repeat(64);
const TWO = 'b'.repeat(64);

function rollout(sample: number, reward: 0 | 1 = 1): StoredRollout {
  return { sample, reward, f1: 0.5, hit: true, wellFormed: true, searches: 1, answer: null, spans: [[1, 'think', 'a\nb'], [2, 'tool', 'q']] };
}

describe('LeasStore', () => {
  it('gives back what was kept under a fingerprint and key, every sample once', async () => {
    const store = new LeasStore(memoryFolder());
    await store.save(ONE, new Map([['k', [rollout(0), rollout(1)]], ['l', [rollout(0)]]]));
    await store.save(ONE, new Map([['k', [rollout(1), rollout(2)]]]));
    await store.save(TWO, new Map([['k', [rollout(9)]]]));
    const { rollouts, notes } = await store.load(ONE, new Set(['k', 'm']));
    expect([...rollouts.keys()]).toEqual(['k']);
    expect(rollouts.get('k')!.map(({ sample }) => sample).sort()).toEqual([0, 1, 2]);
    expect(rollouts.get('k')).toContainEqual(rollout(2));
    expect(notes).toEqual([]);
  });

  it('passes over what is broken, and says so', async () => {
    const folder = memoryFolder();
    const store = new LeasStore(folder);
    await store.save(ONE, new Map([['k', [rollout(0)]], ['l', [rollout(1)]]]));
    const [[name, file]] = folder.files;
    const text = await file.text();
    folder.files.set(name, new Blob([text.slice(0, -20)]));
    folder.files.set(name.replace('.rollouts', '2.rollouts'), new Blob(['{"version":2}\n']));
    folder.files.set('foreign.txt', new Blob(['x']));
    const { rollouts, notes } = await store.load(ONE, new Set(['k', 'l']));
    expect([...rollouts.keys()]).toEqual(['k']);
    expect(notes).toEqual([expect.stringMatching(/^A file .*written anew/), expect.stringMatching(/^A line .*written anew/)]);
  });

  it('counts its bytes and forgets some or all', async () => {
    const folder = memoryFolder();
    const store = new LeasStore(folder);
    await store.save(ONE, new Map([['k', [rollout(0)]]]));
    await store.save(TWO, new Map([['k', [rollout(0)]]]));
    folder.files.set('foreign.txt', new Blob(['x']));
    expect(await store.bytes()).toBe((await store.list()).reduce((sum, { bytes }) => sum + bytes, 0));
    await store.forget([ONE]);
    expect((await store.load(TWO, new Set(['k']))).rollouts.size).toBe(1);
    expect(await store.list()).toHaveLength(1);
    await store.forget();
    expect([...folder.files.keys()]).toEqual(['foreign.txt']);
    expect(await store.bytes()).toBe(0);
  });

  it('leaves nothing half written', async () => {
    const folder = memoryFolder();
    folder.interrupt = true;
    await expect(new LeasStore(folder).save(ONE, new Map([['k', [rollout(0)]]]))).rejects.toThrow(/closed/);
    expect(folder.files.size).toBe(0);
    await expect(new LeasStore(memoryFolder(() => 0)).save(ONE, new Map([['k', [rollout(0)]]]))).rejects.toThrow(/do not fit/);
  });
});
