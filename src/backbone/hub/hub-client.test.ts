import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { findAtAddress } from './address-client.ts';
import { findAtHub } from './hub-client.ts';
import { parseAddress, parseModelId } from './model-id.ts';
import { patiently, retryAfterOf, type Access } from './request.ts';
import { SourceError } from './source-error.ts';
import { COMMIT, HubServer, noise } from './testing/hub-server.ts';
import { isPlainPath } from './types.ts';
import { variantsOf, whyNone } from './variants.ts';

// Sockets are slow on a busy machine.
vi.setConfig({ testTimeout: 60_000 });

const files = [
  { path: 'config.json', bytes: noise(100) },
  { path: 'tokenizer.json', bytes: noise(200) },
  { path: 'README.md', bytes: noise(10) },
  { path: 'onnx/model_q4.onnx', bytes: noise(1000), lfs: true },
  { path: 'onnx/model_q4.onnx_data', bytes: noise(5000), lfs: true },
  { path: 'onnx/model_q4.onnx_data_1', bytes: noise(3000), lfs: true },
  { path: 'onnx/model_bnb4.onnx', bytes: noise(700), lfs: true },
  { path: 'chat_template.jinja', bytes: noise(50) },
];

let server: HubServer;
let host: string;
const pauses: number[] = [];
const access: Access = { fetcher: (url, init) => fetch(url, init), token: null };
const patience = {
  wait: (milliseconds: number) => {
    pauses.push(milliseconds);
    return Promise.resolve();
  },
};

beforeEach(async () => {
  server = new HubServer(files);
  host = await server.start();
  pauses.length = 0;
});

afterEach(() => server.stop());

const find = (id = 'org/tiny', own: Access = access) => findAtHub(parseModelId(id), host, own, patience);

describe('ids and addresses', () => {
  it('reads an id, with a revision or as the address of its page', () => {
    expect(parseModelId(' org/name ')).toEqual({ id: 'org/name', revision: 'main' });
    expect(parseModelId('onnx-community/Qwen2.5-0.5B-Instruct@v1/a')).toEqual({ id: 'onnx-community/Qwen2.5-0.5B-Instruct', revision: 'v1/a' });
    expect(parseModelId('https://huggingface.co/org/name/tree/abc/onnx')).toEqual({ id: 'org/name', revision: 'abc' });
    expect(parseModelId('https://huggingface.co/org/name')).toEqual({ id: 'org/name', revision: 'main' });
    for (const wrong of ['', 'a b', '../x', 'a/b/c', 'a/b@', 'a@b@c', 'a/..']) expect(() => parseModelId(wrong), wrong).toThrow(/is not the id of a model/);
    expect(parseAddress('https://mirror.example/hf/')).toBe('https://mirror.example/hf');
    for (const wrong of ['mirror', 'ftp://a', 'https://me:word@a.example', 'javascript:alert(1)']) expect(() => parseAddress(wrong), wrong).toThrow(/is not an address/);
  });

  it('takes no path out of the folder', () => {
    expect(['a/b.json', 'a b/ü.onnx'].every(isPlainPath)).toBe(true);
    expect(['', '/a', 'a//b', '../a', 'a/./b', 'a\\b', 'a?b', 'a#b', 'a\u0000'].some(isPlainPath)).toBe(false);
  });
});

describe('a model at the hub', () => {
  it('is pinned to its commit, with sizes and hashes, over several pages of the list', async () => {
    server.behaviour.pageSize = 3;
    const model = await find();
    expect(model).toMatchObject({ kind: 'hub', name: 'org/tiny', commit: COMMIT, revision: 'main', root: `${host}/org/tiny/resolve/${COMMIT}/` });
    expect(model.files.map(({ path }) => path)).toEqual(files.map(({ path }) => path));
    expect(model.files[3]).toMatchObject({ size: 1000, gitOid: null });
    expect(model.files[3].sha256).toMatch(/^[0-9a-f]{64}$/);
    expect(model.files[0].gitOid).toMatch(/^[0-9a-f]{40}$/);
    expect(server.requests.filter((line) => line.includes('/tree/'))).toHaveLength(3);
  });

  it('shows which of its graphs can be used, with all their files', async () => {
    const [q4, bnb4] = variantsOf(await find());
    expect(q4).toMatchObject({ path: 'onnx/model_q4.onnx', refused: null, bytes: 9350 });
    expect(q4.files.map(({ path }) => path)).toEqual(['config.json', 'tokenizer.json', 'chat_template.jinja', 'onnx/model_q4.onnx', 'onnx/model_q4.onnx_data', 'onnx/model_q4.onnx_data_1']);
    expect(bnb4.refused).toMatch(/quantised with bitsandbytes, which is not supported/);
  });

  it('says what was found where nothing can be used', async () => {
    const model = await find();
    const only = (...paths: string[]) => ({ ...model, files: model.files.filter(({ path }) => paths.includes(path)) });
    const why = (...paths: string[]) => whyNone(only(...paths), variantsOf(only(...paths)));
    expect(why('config.json', 'tokenizer.json', 'onnx/model_bnb4.onnx')).toMatch(/None of the 1 ONNX files.*model_bnb4\.onnx \(quantised with bitsandbytes.*model_q4\.onnx/);
    expect(why('config.json', 'onnx/model_q4.onnx')).toMatch(/tokenizer\.json is missing beside it/);
    expect(why('README.md')).toMatch(/has no \.onnx file among its 1 files/);
    expect(whyNone(model, variantsOf(model))).toBeNull();
  });

  it('offers those of 8 bits behind those of 4', async () => {
    const model = await find();
    const graphs = ['onnx/model_fp16.onnx', 'onnx/model_uint8.onnx', 'onnx/model_quantized.onnx', 'onnx/model_q4.onnx'].map((path) => ({ path, size: 1, sha256: null, gitOid: null }));
    const variants = variantsOf({ files: [...model.files.filter(({ path }) => !path.startsWith('onnx/')), ...graphs] });
    expect(variants.map(({ path, label, refused }) => [path, label, refused])).toEqual([
      ['onnx/model_q4.onnx', '4-bit blocks, float32', null],
      ['onnx/model_quantized.onnx', '8 bits', null],
      ['onnx/model_uint8.onnx', '8 bits, unsigned', null],
      ['onnx/model_fp16.onnx', 'float16', null],
    ]);
  });

  it('tells a missing model, a missing revision, gated ones and a refused token apart', async () => {
    await expect(find('org/other')).rejects.toMatchObject({ fault: 'missing', message: expect.stringContaining('is not there') as string });
    await expect(find('org/tiny@gone')).rejects.toThrow(/org\/tiny at “gone” is not there/);
    server.behaviour.token = 'secret';
    await expect(find()).rejects.toMatchObject({ fault: 'access', message: expect.stringContaining('without a token') as string });
    await expect(find('org/tiny', { ...access, token: 'wrong' })).rejects.toThrow(/refused the token/);
    expect((await find('org/tiny', { ...access, token: 'secret' })).files).toHaveLength(files.length);
    server.behaviour.token = null;
    server.behaviour.faults.push({ status: 401, headers: { 'X-Error-Code': 'RepoNotFound' } }, { status: 403 });
    await expect(find()).rejects.toThrow(/no such model, or it is private/);
    await expect(find('org/tiny', { ...access, token: 'x' })).rejects.toThrow(/The token may not read/);
  });

  it('waits as long as it is asked to, and no longer than a minute', async () => {
    server.behaviour.faults.push({ status: 429, headers: { 'Retry-After': '7' } }, { status: 503 });
    await find();
    expect(pauses).toEqual([7000, 1000]);
    server.behaviour.faults.push({ status: 429, headers: { 'Retry-After': '300' } });
    await expect(find()).rejects.toThrow(/asks to wait.* for 5 min\./);
    expect(retryAfterOf('Sun, 22 Nov 2026 10:00:05 GMT', Date.parse('2026-11-22T10:00:00Z'))).toBe(5000);
  });

  it('gives up after five failures, and tells a server that cannot be reached and one that is no hub', async () => {
    server.behaviour.faults.push(...Array.from({ length: 9 }, () => ({ status: 500 })));
    await expect(find()).rejects.toThrow(/failed to send .* \(500\)/);
    expect(pauses).toEqual([500, 1000, 2000, 4000]);
    server.behaviour.faults.length = 0;
    await expect(findAtHub({ id: 'org/tiny', revision: 'main' }, `${host}/folder`, access, patience)).rejects.toThrow(SourceError);
    await expect(findAtHub({ id: 'org/tiny', revision: 'main' }, 'http://127.0.0.1:9', access, patience)).rejects.toThrow(/could not be reached/);
  });

  it('forgives failures after progress', async () => {
    let calls = 0;
    const result = await patiently(
      () => {
        calls += 1;
        return calls < 12 ? Promise.reject(new SourceError('server', 'broke', '', 0)) : Promise.resolve(calls);
      },
      { ...patience, progress: () => calls },
    );
    expect(result).toBe(12);
    expect(Math.max(...pauses)).toBe(500);
  });
});

describe('a model at an address', () => {
  it('is found by the names of the layout, chunks of external data included', async () => {
    const model = await findAtAddress(`${host}/folder/`, access);
    expect(model).toMatchObject({ kind: 'address', name: 'folder', commit: null });
    expect(model.files.map(({ path }) => path).sort()).toEqual(files.map(({ path }) => path).filter((path) => path !== 'README.md').sort());
    expect(model.files.find(({ path }) => path === 'onnx/model_q4.onnx_data_1')?.size).toBe(3000);
  });

  it('is listed by files.json where there is one', async () => {
    const own = new HubServer([...files, { path: 'files.json', bytes: new TextEncoder().encode('["config.json", "../secret", "gone.json"]') }]);
    const model = await findAtAddress(`${await own.start()}/folder`, access);
    await own.stop();
    expect(model.files).toEqual([{ path: 'config.json', size: 100, sha256: null, gitOid: null }]);
  });

  it('says when nothing is there', async () => {
    await expect(findAtAddress(`${host}/empty`, access)).rejects.toThrow(/Nothing of a model is at/);
  });
});
