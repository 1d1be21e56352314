import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { chooseModel } from './choose-model.ts';
import { loadBackbone } from './load.ts';
import { sha256Blob, sha256Text } from './sha256.ts';
import { bundledSource, filesSource } from './sources.ts';

describe('chooseModel', () => {
  it('prefers 4 bits, then 8 bits, then float16, then float32, with the reason', () => {
    const all = ['onnx/model.onnx', 'onnx/model_fp16.onnx', 'onnx/model_int8.onnx', 'onnx/model_q4.onnx', 'onnx/model_q4f16.onnx'];
    expect(chooseModel(all)).toMatchObject({ path: 'onnx/model_q4.onnx', label: '4-bit blocks, float32' });
    expect(chooseModel(all).reason).toMatch(/Of 5 ONNX files/);
    expect(chooseModel(all.slice(0, 3))).toMatchObject({ path: 'onnx/model_int8.onnx', label: '8 bits, signed' });
    expect(chooseModel(all.slice(0, 2)).path).toBe('onnx/model_fp16.onnx');
    expect(chooseModel(['config.json', 'onnx/model.onnx'])).toMatchObject({ path: 'onnx/model.onnx', reason: 'It is the only ONNX file.' });
    expect(chooseModel(['my-own.onnx'])).toMatchObject({ path: 'my-own.onnx', label: 'as stored' });
  });

  it('names what is there when nothing can be read', () => {
    expect(() => chooseModel(['onnx/decoder_model_merged.onnx', 'onnx/model_bnb4.onnx'])).toThrow(/decoder_model_merged\.onnx \(a merged decoder with If branches\).*bitsandbytes/);
    expect(() => chooseModel(['model.safetensors'])).toThrow(/no \.onnx file/);
  });
});

describe('filesSource', () => {
  const blob = new Blob(['x']);
  it('finds the root where config.json is, and bare files under their layout path', async () => {
    const nested = filesSource('m', [{ path: '/Qwen/config.json', blob }, { path: 'Qwen/onnx/model_q4.onnx', blob }, { path: 'other/readme.md', blob }]);
    expect(await nested.list()).toEqual(['config.json', 'onnx/model_q4.onnx']);
    const bare = filesSource('m', [{ path: 'config.json', blob }, { path: 'model_q4.onnx_data', blob }]);
    expect(await bare.open('onnx/model_q4.onnx_data')).toBe(blob);
    await expect(bare.open('tokenizer.json')).rejects.toThrow(/tokenizer\.json is missing; the 2 files given are config\.json, model_q4\.onnx_data\./);
  });

  it('tells what a folder without a config lacks', async () => {
    await expect(loadBackbone(filesSource('photos', [{ path: 'a.png', blob }]))).rejects.toThrow(/"photos" has no config\.json/);
  });
});

describe('bundledSource', () => {
  const server = (files: Readonly<Record<string, string>>): typeof fetch => (input) => {
    const path = (input as string).replace('models/tiny/', '');
    // A static host may answer anything with its front page.
    return Promise.resolve(path in files ? new Response(files[path]) : new Response('<html>', { headers: { 'content-type': 'text/html' } }));
  };

  it('asks for the names of the layout, and takes a front page for a missing file', async () => {
    const source = bundledSource('tiny', 'models/tiny', { fetcher: server({ 'config.json': '{}', 'onnx/model_q4.onnx': 'o' }) });
    expect(await source.list()).toEqual(['config.json', 'onnx/model_q4.onnx']);
    expect(await (await source.open('config.json')).text()).toBe('{}');
    await expect(source.open('tokenizer.json')).rejects.toThrow(/tokenizer\.json of the backbone "tiny" is missing/);
    expect(await bundledSource('tiny', 'models/tiny', { fetcher: server({ 'onnx/model_quantized.onnx': 'o', 'onnx/model_quantized.onnx_data': 'o' }) }).list()).toEqual(['onnx/model_quantized.onnx', 'onnx/model_quantized.onnx_data']);
  });

  it('reads a list of files where there is one', async () => {
    const source = bundledSource('tiny', 'models/tiny/', { fetcher: server({ 'files.json': '["config.json"]' }) });
    expect(await source.list()).toEqual(['config.json']);
  });

  it('tells a network failure', async () => {
    const source = bundledSource('tiny', 'models/tiny/', { paths: ['config.json'], fetcher: () => Promise.reject(new TypeError('Failed to fetch')) });
    await expect(source.open('config.json')).rejects.toThrow(/could not be fetched \(Failed to fetch\)/);
  });
});

describe('sha256', () => {
  const node = (data: Uint8Array | string): string => createHash('sha256').update(data).digest('hex');
  it('hashes texts and small blobs whole', async () => {
    expect(await sha256Text('é')).toBe(node('é'));
    expect(await sha256Blob(new Blob(['abc']))).toBe(node('abc'));
  });

  it('hashes the chunks of larger ones, and says so', async () => {
    const bytes = Uint8Array.from({ length: 5 * 2 ** 20 }, (_, i) => i % 251);
    const digests = [0, 2, 4].map((mib) => Buffer.from(node(bytes.subarray(mib * 2 ** 20, (mib + 2) * 2 ** 20)), 'hex'));
    expect(await sha256Blob(new Blob([bytes]), 'x', 2 ** 20, 2 * 2 ** 20)).toBe(`chunks-2MiB:${node(Buffer.concat(digests))}`);
  });
});
