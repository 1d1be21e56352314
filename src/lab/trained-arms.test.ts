import { describe, expect, it } from 'vitest';
import { zipSync } from 'fflate';
import { bundledAdapters } from './bundled-adapters.ts';
import { trainedArmsAmong } from './trained-arms.ts';
import { unzipped } from './zip-files.ts';

const file = (path: string) => ({ path, blob: new Blob([path]) });
const PATHS = ['dart-2/reasoning/adapter_config.json', 'dart-2/tool/adapter_config.json', 'joint-2/adapter-0/adapter_config.json', 'joint-1/adapter-0/adapter_config.json', 'joint-1/adapter-0/adapter_model.safetensors'];

describe('trainedArmsAmong', () => {
  it('finds folders ARM-SEED wherever they stand, by seed and arm', () => {
    const found = trainedArmsAmong([...PATHS.map((path) => file(`out/adapters/${path}`)), file('out/record.json'), file('pcgrad-1/adapter-0/adapter_config.json'), file('joint-x/adapter_config.json'), file('tool-only-3')]);
    expect(found.map(({ arm, seed, files }) => [arm, seed, files.map(({ path }) => path)])).toEqual([
      ['joint', 1, ['adapter-0/adapter_config.json', 'adapter-0/adapter_model.safetensors']],
      ['joint', 2, ['adapter-0/adapter_config.json']],
      ['dart', 2, ['reasoning/adapter_config.json', 'tool/adapter_config.json']],
    ]);
  });

  it('reads them from a zip too', async () => {
    const zip = new Blob([zipSync(Object.fromEntries(PATHS.map((path) => [path, new Uint8Array([1])])))]);
    expect(trainedArmsAmong(await unzipped([{ path: 'adapters.zip', blob: zip }])).map(({ arm, seed }) => `${arm} ${seed}`)).toEqual(['joint 1', 'joint 2', 'dart 2']);
  });
});

describe('bundledAdapters', () => {
  it('says what is wrong where they are not there', async () => {
    const before = globalThis.fetch;
    try {
      globalThis.fetch = () => Promise.resolve(new Response('<html>', { headers: { 'content-type': 'text/html' } }));
      await expect(bundledAdapters('https://host/page/')).rejects.toThrow(/come with the page could not be taken: https:\/\/host\/page\/leas\/adapters.zip is missing/);
      globalThis.fetch = () => Promise.resolve(new Response('text', { headers: { 'content-type': 'application/zip' } }));
      await expect(bundledAdapters('https://host/page/')).rejects.toThrow(/no zip/);
    } finally {
      globalThis.fetch = before;
    }
  });
});
