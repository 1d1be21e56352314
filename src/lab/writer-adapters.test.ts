import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parseConfig } from '../backbone/config.ts';
import { folderSource } from '../backbone/testing/folder-source.ts';
import { adapterFolders, writerAdapters } from './writer-adapters.ts';

const golden = folderSource('fixtures/golden/qwen2-f32');
const config = parseConfig(readFileSync('fixtures/golden/qwen2-f32/config.json', 'utf8'));

async function files(under: string) {
  const paths = (await golden.list()).filter((path) => path.startsWith('adapters/'));
  return Promise.all(paths.map(async (path) => ({ path: path.replace('adapters', under), blob: await golden.open(path) })));
}

describe('writerAdapters', () => {
  it('finds the backbone’s own, and the same ones in an opened folder, under one key', async () => {
    const own = await writerAdapters({ kind: 'own' }, golden, config, 1);
    expect(own.stacked?.layout.spec.count).toBe(2);
    const opened = await writerAdapters({ kind: 'files', name: 'step-100', files: await files('step-100') }, golden, config, 1);
    expect(opened).toMatchObject({ key: own.key, note: 'step-100: reasoning, tool' });
    expect(opened.stacked?.values).toEqual(own.stacked?.values);
  });

  it('takes one folder alone', async () => {
    const tool = (await files('x')).filter(({ path }) => path.startsWith('x/tool/'));
    const one = await writerAdapters({ kind: 'files', name: 'tool', files: tool }, golden, config, 1);
    expect(one.stacked?.layout.spec.count).toBe(1);
    expect(one.note).toBe('tool');
  });

  it('makes untrained ones from the seed', async () => {
    const choice = { kind: 'untrained', count: 3, rank: 4 } as const;
    const [one, same, other] = await Promise.all([1, 1, 2].map((seed) => writerAdapters(choice, golden, config, seed)));
    expect(one.key).toBe(same.key);
    expect(one.key).not.toBe(other.key);
    expect(one.stacked?.layout.spec).toEqual({ count: 3, rank: 4, alpha: 8 });
  });

  it('says what is missing', async () => {
    const tiny = folderSource('public/models/seesaw-tiny');
    await expect(writerAdapters({ kind: 'own' }, tiny, config, 1)).rejects.toThrow(/has no adapters\/reasoning/);
    await expect(writerAdapters({ kind: 'files', name: 'f', files: [] }, tiny, config, 1)).rejects.toThrow(/has no adapter_config\.json/);
    expect((await writerAdapters({ kind: 'none' }, tiny, config, 1)).stacked).toBeNull();
  });

  it('says of opened ones that they belong to another backbone, with a way out', async () => {
    const tiny = folderSource('public/models/seesaw-tiny');
    const wider = { ...config, intermediateSize: 2 * config.intermediateSize };
    await expect(writerAdapters({ kind: 'files', name: 'step-100', files: await files('step-100') }, tiny, wider, 1)).rejects.toMatchObject({
      message: expect.stringMatching(/^The adapters “step-100” cannot be used with the backbone “.*seesaw-tiny”: .*has shape/) as string,
      remedy: expect.stringMatching(/^Choose the backbone that they were trained on/) as string,
    });
  });
});

describe('adapterFolders', () => {
  it('puts reasoning before tool before the others by name', () => {
    const inside = (folder: string): string[] => [`${folder}/adapter_config.json`, `${folder}/adapter_model.safetensors`];
    expect(adapterFolders([...inside('b'), ...inside('tool'), ...inside('a'), ...inside('reasoning')])).toEqual(['reasoning', 'tool', 'a', 'b']);
    expect(adapterFolders(['adapter_config.json'])).toEqual(['']);
  });
});
