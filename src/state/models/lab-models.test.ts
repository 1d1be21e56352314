import { beforeEach, expect, it, vi } from 'vitest';
import type { Answer, Asked, ModelsClient } from '../../worker/models-client.ts';
import type { FoundModel, KeptList, PreflightReport, Variant } from '../../worker/models-protocol.ts';
import { useSources } from '../sources-store.ts';
import { LabModels } from './lab-models.ts';
import { useModels } from './models-store.ts';

const variant = (path: string, refused: string | null): Variant => ({ path, label: path, refused, files: [], bytes: 10 });
const Q4 = variant('onnx/model_q4.onnx', null);
const FOUND: FoundModel = { model: { kind: 'hub', name: 'org/tiny', root: 'https://hub/', revision: 'main', commit: 'c', files: [] }, variants: [variant('onnx/model_int8.onnx', '8 bits'), Q4], refused: null };
const REPORT: PreflightReport = { downloadBytes: 10, gpu: null, basis: 'x', refusals: [], warnings: [], suggestions: [] };
const KEPT: KeptList = { models: [], free: 5 };

function done<Value>(value: Value): Asked<Value> {
  return { answer: Promise.resolve({ kind: 'done', value }), stop: vi.fn() };
}

function later<Value>(): Asked<Value> & { readonly settle: (answer: Answer<Value>) => void } {
  let resolve: (answer: Answer<Value>) => void = () => undefined;
  const promise = new Promise<Answer<Value>>((settle) => {
    resolve = settle;
  });
  return { answer: promise, settle: (answer) => resolve(answer), stop: vi.fn(() => resolve({ kind: 'stopped' })) };
}

function client(change: Partial<Pick<ModelsClient, 'find' | 'preflightHere' | 'download'>> = {}) {
  return { find: vi.fn(() => done(FOUND)), preflight: vi.fn(() => done(REPORT)), preflightHere: vi.fn(() => done(REPORT)), download: vi.fn(() => done({ key: 'k', name: 'org/tiny@c model_q4' })), list: vi.fn(() => done(KEPT)), delete: vi.fn(() => done(KEPT)), ...change };
}

beforeEach(() => {
  useModels.setState(useModels.getInitialState(), true);
  useSources.setState(useSources.getInitialState(), true);
  vi.stubGlobal('navigator', { storage: { persist: () => Promise.resolve(true) } });
});

it('finds a model and checks the first variant that can be used', async () => {
  const port = client();
  const models = new LabModels(port);
  models.set({ token: ' secret ' });
  await models.find('hub');
  expect(port.find).toHaveBeenCalledWith({ kind: 'hub', id: 'onnx-community/Qwen2.5-0.5B-Instruct', host: 'https://huggingface.co' }, 'secret');
  expect(useModels.getState()).toMatchObject({ found: FOUND, chosen: Q4, report: REPORT, finding: false });
});

it('looks a half-loaded model up where it came from, in the variant that was begun', async () => {
  const both: FoundModel = { ...FOUND, variants: [variant('onnx/model.onnx', null), Q4] };
  const port = client({ find: vi.fn(() => done(both)) });
  const models = new LabModels(port);
  await models.lookUpAgain({ root: 'http://mirror:80/hf/org/tiny/resolve/abc/', commit: 'abc', label: Q4.label });
  expect(port.find).toHaveBeenCalledWith({ kind: 'hub', id: 'org/tiny@abc', host: 'http://mirror:80/hf' }, null);
  expect(useModels.getState()).toMatchObject({ tab: 'hub', chosen: Q4 });
  await models.lookUpAgain({ root: 'https://example.org/m/', commit: null, label: Q4.label });
  expect(port.find).toHaveBeenLastCalledWith({ kind: 'address', address: 'https://example.org/m/' }, null);
  expect(useModels.getState()).toMatchObject({ tab: 'address', chosen: Q4 });
});

it('sends the hub’s token to no other address', async () => {
  const port = client();
  const models = new LabModels(port);
  models.set({ token: 'secret', address: 'https://example.org/m' });
  await models.find('address');
  expect(port.find).toHaveBeenCalledWith({ kind: 'address', address: 'https://example.org/m' }, null);
});

it('takes the newest of two questions', async () => {
  const [slow, quick] = [later<FoundModel>(), later<FoundModel>()];
  const find = vi.fn().mockReturnValueOnce(slow).mockReturnValueOnce(quick);
  const models = new LabModels(client({ find }));
  const first = models.find('hub');
  const second = models.find('hub');
  quick.settle({ kind: 'failed', failure: { message: 'no', remedy: 'yes' } });
  slow.settle({ kind: 'done', value: FOUND });
  await Promise.all([first, second]);
  expect(useModels.getState()).toMatchObject({ found: null, findFailure: { message: 'no' } });
});

it('makes a downloaded model the backbone of the next run, and the bundled one again when it is deleted', async () => {
  const models = new LabModels(client());
  await models.find('hub');
  await models.download();
  expect(useModels.getState().download).toMatchObject({ status: 'done', key: 'k' });
  expect(useSources.getState().backbone).toEqual({ kind: 'kept', key: 'k', name: 'org/tiny@c model_q4' });
  await models.delete('k');
  expect(useSources.getState().backbone.kind).toBe('bundled');
  expect(useModels.getState().download.status).toBe('none');
});

it('pauses and goes on', async () => {
  const running = later<{ key: string; name: string }>();
  const download = vi.fn().mockReturnValueOnce(running).mockReturnValueOnce(done({ key: 'k', name: 'n' }));
  const models = new LabModels(client({ download }));
  await models.find('hub');
  const first = models.download();
  await vi.waitFor(() => expect(download).toHaveBeenCalled());
  models.pause();
  await first;
  expect(useModels.getState().download.status).toBe('paused');
  await models.download();
  expect(useModels.getState().download.status).toBe('done');
});

it('shows what stands against files that were opened, and stays out of the way where nothing does', async () => {
  vi.stubGlobal('document', { baseURI: 'https://page/' });
  const fine = new LabModels(client());
  await fine.checkOpened();
  expect(useModels.getState()).toMatchObject({ open: false, here: { checking: false, report: REPORT } });
  const refused = { ...REPORT, refusals: ['It does not fit this adapter.'] };
  await new LabModels(client({ preflightHere: vi.fn(() => done(refused)) })).checkOpened();
  expect(useModels.getState()).toMatchObject({ open: true, tab: 'files', here: { report: refused } });
});
