import { beforeEach, expect, it, vi } from 'vitest';
import type { ModelCheckEvent } from '../../lab/model-check-events.ts';
import { DEVICE } from '../../lab/testing/tiny.ts';
import { useSources } from '../sources-store.ts';
import { afterEvent, IDLE_CHECK, isChecking, useModelCheck } from './check-store.ts';
import { LabModelCheck } from './lab-model-check.ts';

const MEASURE = { phase: 'forward', milliseconds: 100, computing: 100, tokens: 32, flops: 5e8, gpuBytes: 1, peakBytes: 2, result: 'x' } as const;
const PARITY = { provider: { provider: 'wasm', measured: [], reason: 'r' }, tokens: 31, maxDifference: Infinity, meanDifference: 1, tolerance: 1e-3, basis: 'b' } as const;

let told: (event: ModelCheckEvent) => void = () => undefined;
const client = {
  startModelCheck: vi.fn(),
  subscribeModelCheck: (listener: (event: ModelCheckEvent) => void) => {
    told = listener;
    return () => true;
  },
  pause: vi.fn(),
  resume: vi.fn(),
  cancel: vi.fn(),
};

beforeEach(() => {
  vi.stubGlobal('requestAnimationFrame', (tell: () => void) => setTimeout(tell, 0));
  vi.stubGlobal('__APP_VERSION__', '1');
  vi.stubGlobal('__APP_COMMIT__', 'c');
  vi.stubGlobal('navigator', { userAgent: 'test' });
  useModelCheck.setState(IDLE_CHECK, true);
  useSources.setState(useSources.getInitialState(), true);
});

it('starts with the chosen backbone and steers its own job', () => {
  const check = new LabModelCheck(client);
  check.start(128);
  expect(client.startModelCheck).toHaveBeenCalledWith({ backbone: 'seesaw-tiny', tokens: 128, seed: 1 }, { kind: 'bundled', name: 'seesaw-tiny' });
  expect(useModelCheck.getState()).toMatchObject({ status: 'running', config: { tokens: 128 } });
  check.pause();
  check.resume();
  check.cancel();
  for (const call of [client.pause, client.resume, client.cancel]) expect(call).toHaveBeenCalledWith('model-check');
});

it('keeps what was finished when a check fails, and forgets it when another begins', async () => {
  const check = new LabModelCheck(client);
  check.start(32);
  told({ type: 'device', at: 0, device: DEVICE });
  told({ type: 'measured', at: 1, measure: MEASURE });
  told({ type: 'verdict', at: 2, verdict: { kind: 'memory', outcome: 'passed', finding: 'f' } });
  told({ type: 'failed', at: 3, failure: { message: 'The graphics device was lost.', remedy: 'Again.' } });
  await vi.waitFor(() => expect(useModelCheck.getState()).toMatchObject({ status: 'failed', measures: [MEASURE], verdicts: [{ kind: 'memory' }], failure: { remedy: 'Again.' } }));
  check.start(32);
  expect(useModelCheck.getState()).toMatchObject({ status: 'running', measures: [], verdicts: [], failure: null });
});

it('pauses, goes on and ends', () => {
  const events: readonly ModelCheckEvent[] = [
    { type: 'phase', at: 0, phase: 'differences', detail: 'd', fraction: 0.5, secondsLeft: 3 },
    { type: 'paused', at: 1 },
  ];
  const paused = events.reduce(afterEvent, { ...IDLE_CHECK, status: 'running' });
  expect([paused.status, isChecking(paused.status), paused.secondsLeft]).toEqual(['paused', true, 3]);
  expect(afterEvent(paused, { type: 'resumed', at: 2 }).status).toBe('running');
  const finished = afterEvent(paused, { type: 'finished', at: 3, seconds: 4, longestSubmitMs: 5 });
  expect([finished.status, isChecking(finished.status), finished.longestSubmitMs]).toEqual(['finished', false, 5]);
  expect(afterEvent(paused, { type: 'cancelled', at: 3 }).status).toBe('cancelled');
});

it('writes a record of everything, which JSON can hold, and none before a check', async () => {
  const check = new LabModelCheck(client);
  expect(() => check.record()).toThrow(/No backbone was checked/);
  check.start(32);
  told({ type: 'parity', at: 1, parity: PARITY });
  told({ type: 'measured', at: 1, measure: MEASURE });
  const record: unknown = JSON.parse(await check.record().text());
  expect(record).toMatchObject({
    format: 'seesaw.model-check',
    version: 1,
    config: { backbone: 'seesaw-tiny', tokens: 32, seed: 1 },
    plan: { purpose: 'training', batch: 1, length: 32, losses: 2 },
    phases: [MEASURE],
    parity: { maxDifference: null, tokens: 31 },
  });
});
