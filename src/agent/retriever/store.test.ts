import { beforeEach, describe, expect, it } from 'vitest';
import type { StorageFolder } from './storage-folder.ts';
import { CorpusStore } from './store.ts';
import { MemoryFolder } from './testing/memory-folder.ts';

const corpus = (...ids: string[]): Blob => new Blob(ids.map((id) => `${JSON.stringify({ id, contents: `"T"\ntext ${id}` })}\n`));

describe('stored corpora', () => {
  let folder: MemoryFolder;
  let store: CorpusStore;
  beforeEach(() => {
    folder = new MemoryFolder();
    store = new CorpusStore(folder);
  });

  it('are listed with their sizes, read back and removed', async () => {
    const wiki = corpus('a', 'b');
    expect(await store.save('wiki/../ä', wiki)).toMatchObject({ name: 'wiki/../ä', passages: 2, bytes: wiki.size });
    await store.save('books', corpus('c'));
    expect((await store.list()).map(({ name, passages }) => [name, passages])).toEqual([['books', 1], ['wiki/../ä', 2]]);
    expect((await store.read('wiki/../ä')).passages.map(({ id }) => id)).toEqual(['a', 'b']);
    expect(folder.files.size).toBe(4);
    await store.remove('wiki/../ä');
    await store.remove('no such');
    expect((await store.list()).map(({ name }) => name)).toEqual(['books']);
    expect(folder.files.size).toBe(2);
    await expect(store.open('wiki/../ä')).rejects.toMatchObject({ name: 'RetrieverError' });
  });

  it('are replaced by another one of their name', async () => {
    await store.save('wiki', corpus('a'));
    await store.save('wiki', corpus('b', 'c'));
    expect((await store.list()).map(({ passages }) => passages)).toEqual([2]);
    expect(folder.files.size).toBe(2);
  });

  it('that do not fit are refused before anything is written, and while writing', async () => {
    folder.room = 5_000_000;
    const large = new Blob([...Array.from({ length: 20 }, () => `{"id":1,"contents":"${'x'.repeat(100_000)}"}\n`)]);
    await expect(store.save('large', large)).rejects.toMatchObject({ message: 'The corpus "large" needs 2.0 MB, but the browser allows this page only 0.8 MB more.' });
    const silent: StorageFolder = Object.assign(new MemoryFolder(), { room: 1_000_000, free: () => Promise.resolve(null) });
    const other = new CorpusStore(silent);
    await expect(other.save('large', large)).rejects.toMatchObject({ name: 'RetrieverError', message: expect.stringContaining('more than the browser allows') as string });
    expect([folder.files.size, (await silent.names()).length]).toEqual([0, 0]);
  });

  it('without passages or a name are refused, and one that is cancelled leaves nothing', async () => {
    await expect(store.save('bad', new Blob(['nothing']))).rejects.toThrow(/could be read as a passage/);
    await expect(store.save(' ', corpus('a'))).rejects.toThrow(/no name/);
    const controller = new AbortController();
    folder.written = () => controller.abort();
    await expect(store.save('stopped', corpus('a'), { signal: controller.signal })).rejects.toMatchObject({ name: 'AbortError' });
    expect(folder.files.size).toBe(0);
  });

  it('pass over foreign and broken files, and clear away what was broken off', async () => {
    folder.files.set('x.card.json', new Blob(['{']));
    folder.files.set('y.card.json', new Blob(['{"version":9}']));
    folder.files.set('left-over.corpus', corpus('a'));
    folder.files.set('foreign', new Blob(['']));
    await store.save('wiki', corpus('a'));
    expect((await store.list()).map(({ name }) => name)).toEqual(['wiki']);
    await store.remove('wiki');
    expect([...folder.files.keys()].sort()).toEqual(['foreign', 'x.card.json', 'y.card.json']);
  });
});
