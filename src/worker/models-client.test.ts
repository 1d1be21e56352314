import { expect, it, vi } from 'vitest';
import { ModelsClient } from './models-client.ts';
import type { ModelsReply, ModelsRequest } from './models-protocol.ts';

class FakeWorker {
  readonly sent: ModelsRequest[] = [];
  readonly listeners = new Map<string, (event: Event) => void>();
  terminate = vi.fn();

  postMessage(message: ModelsRequest): void {
    this.sent.push(message);
  }

  addEventListener(type: string, listener: (event: Event) => void): void {
    this.listeners.set(type, listener);
  }

  tell(data: ModelsReply): void {
    this.listeners.get('message')?.(new MessageEvent('message', { data }));
  }
}

function opened() {
  const worker = new FakeWorker();
  const spawn = vi.fn(() => worker);
  return { worker, spawn, client: new ModelsClient(spawn) };
}

const KEPT = { models: [], free: 7 };

it('pairs answers with requests by their number and starts one worker', async () => {
  const { worker, spawn, client } = opened();
  expect(spawn).not.toHaveBeenCalled();
  const first = client.list();
  const second = client.delete('a');
  worker.tell({ id: 2, type: 'failed', failure: { message: 'no', remedy: 'yes' } });
  worker.tell({ id: 1, type: 'kept', kept: KEPT });
  expect(await first.answer).toEqual({ kind: 'done', value: KEPT });
  expect(await second.answer).toEqual({ kind: 'failed', failure: { message: 'no', remedy: 'yes' } });
  expect(spawn).toHaveBeenCalledTimes(1);
});

it('passes progress on until the answer, and stops what it is told to', async () => {
  const { worker, client } = opened();
  const told: number[] = [];
  const model = { kind: 'hub' as const, name: 'm', root: 'r', revision: 'main', commit: null, files: [] };
  const variant = { path: 'onnx/model.onnx', label: '', refused: null, files: [], bytes: 0 };
  const asked = client.download(model, variant, null, ({ bytes }) => told.push(bytes));
  worker.tell({ id: 1, type: 'progress', progress: { phase: 'loading', bytes: 5, total: 9, perSecond: 1, secondsLeft: 4, note: null } });
  asked.stop();
  expect(worker.sent.at(-1)).toEqual({ id: 0, type: 'stop', request: 1 });
  worker.tell({ id: 1, type: 'stopped' });
  expect(await asked.answer).toEqual({ kind: 'stopped' });
  expect(told).toEqual([5]);
});

it('fails what is open when the worker dies, and starts another afterwards', async () => {
  const { worker, spawn, client } = opened();
  const asked = client.list();
  worker.listeners.get('messageerror')?.(new Event('messageerror'));
  expect(await asked.answer).toMatchObject({ kind: 'failed', failure: { message: 'The part of the page that loads models has stopped (an answer could not be read).' } });
  client.list();
  expect(spawn).toHaveBeenCalledTimes(2);
});
