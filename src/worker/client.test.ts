import { describe, expect, it } from 'vitest';
import { SEARCH_R1_TAGS } from '../core/trajectory/tags.ts';
import type { SpanGram } from '../core/gram/types.ts';
import { DEFAULT_ANGLE_SETTINGS } from '../core/angles/settings.ts';
import type { AngleEvent, AngleRunConfig } from '../lab/events.ts';
import type { RolloutEvent } from '../lab/rollout-events.ts';
import type { SeesawEvent } from '../lab/seesaw-events.ts';
import type { LeasEvent } from '../lab/leas-events.ts';
import { ROLLOUT_CONFIG } from '../lab/testing/fake-rollouts.ts';
import { LEAS_CONFIG } from '../lab/testing/leas.ts';
import { SEESAW_CONFIG } from '../lab/testing/seesaw.ts';
import { LETTER_CONFIG } from '../lab/testing/tag-warm-up.ts';
import type { TagWarmUpEvent } from '../lab/tag-warm-up-events.ts';
import { AnalysisClient } from './analysis-client.ts';
import { LabClient, type WorkerPort } from './client.ts';
import { parseMessage } from './messages.ts';

const CONFIG: AngleRunConfig = { backbone: 'b', trajectories: 't', parameterSet: 'full', routing: 'paper', tags: SEARCH_R1_TAGS, seed: 1, maxGroups: 0 };
const BACKBONE = { kind: 'bundled', name: 'b' } as const;
const DATA = { kind: 'bundled', name: 't', url: 't.jsonl' } as const;
const DEVICE = { vendor: 'v', architecture: '', description: '', software: true, features: [], limits: {} };

class FakePort implements WorkerPort {
  readonly sent: unknown[] = [];
  terminated = false;
  readonly #listeners = new Map<string, ((event: Event) => void)[]>();
  postMessage(message: unknown): void {
    this.sent.push(message);
  }
  addEventListener(type: string, listener: (event: Event) => void): void {
    this.#listeners.set(type, [...(this.#listeners.get(type) ?? []), listener]);
  }
  terminate(): void {
    this.terminated = true;
  }
  answer(data: unknown): void {
    this.fire('message', { data });
  }
  fire(type: string, properties: object): void {
    for (const listener of this.#listeners.get(type) ?? []) listener(Object.assign(new Event(type), properties));
  }
}

function setup(): { client: LabClient; ports: FakePort[]; events: AngleEvent[] } {
  const ports: FakePort[] = [];
  const client = new LabClient('https://host/page/', () => {
    ports.push(new FakePort());
    return ports[ports.length - 1];
  });
  const events: AngleEvent[] = [];
  client.subscribe((event) => events.push(event));
  return { client, ports, events };
}

describe('LabClient', () => {
  it('starts a warm-up of tag tokens, and tells when the worker dies during one', () => {
    const { client, ports } = setup();
    const told: TagWarmUpEvent[] = [];
    client.subscribeTagWarmUp((event) => told.push(event));
    client.startTagWarmUp(LETTER_CONFIG, BACKBONE, DATA);
    expect(ports[0].sent).toEqual([{ type: 'tag-warm-up', run: 1, base: 'https://host/page/', config: LETTER_CONFIG, backbone: BACKBONE, trajectories: DATA }]);
    ports[0].answer({ type: 'tag-warm-up-event', run: 1, event: { type: 'paused', at: 2 } });
    ports[0].answer({ type: 'tag-warm-up-event', run: 0, event: { type: 'resumed', at: 3 } });
    ports[0].fire('error', { message: 'gone' });
    expect(told.map(({ type }) => type)).toEqual(['paused', 'failed']);
    ports[0].answer({ type: 'tag-warm-up-event', run: 1, event: { type: 'surprise', at: 2 } });
    expect(told).toHaveLength(2);
  });

  it('answers each question about tags by its number, also when the worker dies', async () => {
    const { client, ports } = setup();
    const asked = [client.tagReports(BACKBONE), client.tagReports(BACKBONE), client.tagReports(BACKBONE)];
    expect(ports[0].sent.at(-1)).toEqual({ type: 'tags', question: 3, base: 'https://host/page/', backbone: BACKBONE });
    const reports = { 'search-r1': { split: [], refusal: null }, qwen: { split: [], refusal: 'no' } };
    ports[0].answer({ type: 'tags', question: 2, result: { reports } });
    expect(await asked[1]).toEqual({ reports });
    ports[0].fire('error', { message: 'gone' });
    for (const index of [0, 2]) expect(await asked[index]).toMatchObject({ failure: { message: expect.stringContaining('gone') as unknown } });
  });

  it('starts training, steers it, and passes over what an earlier run still tells', () => {
    const { client, ports } = setup();
    const told: SeesawEvent[] = [];
    client.subscribeSeesaw((event) => told.push(event));
    client.startSeesaw(SEESAW_CONFIG, BACKBONE);
    client.startSeesaw(SEESAW_CONFIG, BACKBONE, true);
    client.steer({ kind: 'freeze', adapters: [1] });
    client.pause('seesaw');
    expect(ports[0].sent).toMatchObject([{ type: 'seesaw', run: 1, goOn: false }, { type: 'seesaw', run: 2, goOn: true, config: { backbone: 'seesaw-tiny' } }, { type: 'steer', steer: { adapters: [1] } }, { type: 'pause', job: 'seesaw' }]);
    ports[0].answer({ type: 'seesaw-event', run: 1, event: { type: 'paused', at: 1 } });
    ports[0].answer({ type: 'seesaw-event', run: 2, event: { type: 'resumed', at: 2 } });
    expect(told).toEqual([{ type: 'resumed', at: 2 }]);
    ports[0].fire('error', { message: 'boom' });
    expect(told.at(-1)).toMatchObject({ type: 'failed', failure: { message: expect.stringContaining('boom') as string } });
    expect(parseMessage({ type: 'seesaw-event', run: 1, event: { type: 'block', at: 1 } })).toBeNull();
  });

  it('starts LEAS, steers it, and passes over what an earlier run still tells', () => {
    const { client, ports } = setup();
    const told: LeasEvent[] = [];
    const stop = client.subscribeLeas((event) => told.push(event));
    client.startLeas(LEAS_CONFIG, BACKBONE);
    client.startLeas(LEAS_CONFIG, BACKBONE);
    client.steerLeas({ kind: 'samples', samples: 32 });
    client.cancel('leas');
    expect(ports[0].sent).toMatchObject([{ type: 'leas', run: 1 }, { type: 'leas', run: 2, base: 'https://host/page/', config: { samples: 2 } }, { type: 'steer-leas', steer: { samples: 32 } }, { type: 'cancel', job: 'leas' }]);
    ports[0].answer({ type: 'leas-event', run: 1, event: { type: 'paused', at: 1 } });
    ports[0].answer({ type: 'leas-event', run: 2, event: { type: 'samples', at: 2, samples: 32 } });
    expect(told).toEqual([{ type: 'samples', at: 2, samples: 32 }]);
    ports[0].fire('error', { message: 'boom' });
    expect(told.at(-1)).toMatchObject({ type: 'failed', failure: { message: expect.stringContaining('boom') as string } });
    stop();
    expect(parseMessage({ type: 'leas-event', run: 1, event: { type: 'tokens', at: 1 } })).toBeNull();
  });

  it('starts no worker until something is asked', () => {
    const { client, ports } = setup();
    expect(ports).toHaveLength(0);
    client.start(CONFIG, BACKBONE, DATA);
    expect(ports[0].sent).toEqual([{ type: 'run', run: 1, base: 'https://host/page/', config: CONFIG, backbone: BACKBONE, trajectories: DATA }]);
    client.pause();
    client.resume();
    client.cancel();
    expect(ports[0].sent.slice(1)).toEqual(['pause', 'resume', 'cancel'].map((type) => ({ type, job: 'angles' })));
    expect(ports).toHaveLength(1);
  });

  it('tells the newest run only', () => {
    const { client, ports, events } = setup();
    client.start(CONFIG, BACKBONE, DATA);
    client.start(CONFIG, BACKBONE, DATA);
    ports[0].answer({ type: 'event', run: 1, event: { type: 'cancelled', at: 3 } });
    ports[0].answer({ type: 'event', run: 2, event: { type: 'paused', at: 4 } });
    expect(events).toEqual([{ type: 'paused', at: 4 }]);
  });

  it('gives checks and probes their answers', async () => {
    const { client, ports } = setup();
    const [check, failed, probe] = [client.check(), client.check(), client.probe()];
    ports[0].answer({ type: 'check', rows: [], device: DEVICE });
    ports[0].answer({ type: 'check-failed', failure: { message: 'm', remedy: 'r' } });
    ports[0].answer({ type: 'probe', device: DEVICE, failure: null });
    expect(await check).toEqual({ rows: [], device: DEVICE });
    expect(await failed).toEqual({ failure: { message: 'm', remedy: 'r' } });
    expect(await probe).toEqual({ device: DEVICE, failure: null });
  });

  it('turns the death of the worker into failures, and starts another for the next call', async () => {
    const { client, ports, events } = setup();
    client.start(CONFIG, BACKBONE, DATA);
    const probe = client.probe();
    ports[0].fire('error', { message: 'boom' });
    expect(events.at(-1)).toMatchObject({ type: 'failed', failure: { message: 'The part of the page that computes has stopped unexpectedly (boom).' } });
    expect((await probe).failure?.remedy).toMatch(/Run again/);
    expect(ports[0].terminated).toBe(true);
    client.start(CONFIG, BACKBONE, DATA);
    expect(ports).toHaveLength(2);
  });

  it('keeps rollouts and angles apart', () => {
    const { client, ports, events } = setup();
    const told: RolloutEvent[] = [];
    client.subscribeRollouts((event) => told.push(event));
    client.start(CONFIG, BACKBONE, DATA);
    client.startRollouts(ROLLOUT_CONFIG, BACKBONE);
    client.step('rollouts');
    client.cancel('rollouts');
    expect(ports[0].sent.slice(1)).toEqual([
      { type: 'rollouts', run: 1, base: 'https://host/page/', config: ROLLOUT_CONFIG, backbone: BACKBONE },
      { type: 'step', job: 'rollouts' },
      { type: 'cancel', job: 'rollouts' },
    ]);
    ports[0].answer({ type: 'rollout-event', run: 1, event: { type: 'no-parity', at: 1, reason: 'r' } });
    ports[0].answer({ type: 'rollout-event', run: 7, event: { type: 'paused', at: 1 } });
    expect(told.map(({ type }) => type)).toEqual(['no-parity']);
    ports[0].fire('error', { message: 'boom' });
    expect([events.at(-1)?.type, told.at(-1)?.type]).toEqual(['failed', 'failed']);
    ports[0].fire('error', { message: 'boom' });
    expect(told).toHaveLength(2);
  });

  it('does not report a failed run twice or when none is under way', () => {
    const { client, ports, events } = setup();
    client.start(CONFIG, BACKBONE, DATA);
    ports[0].answer({ type: 'event', run: 1, event: { type: 'finished', at: 3, seconds: 1, peakGpuBytes: 1 } });
    ports[0].fire('error', {});
    expect(events.map(({ type }) => type)).toEqual(['finished']);
  });

  it('gives up a worker that speaks another protocol', () => {
    const { client, ports, events } = setup();
    client.start(CONFIG, BACKBONE, DATA);
    ports[0].answer({ type: 'event', run: 1, event: { type: 'weather', at: 1 } });
    expect(events.at(-1)).toMatchObject({ type: 'failed' });
  });
});

describe('parseMessage', () => {
  it.each([null, 'x', {}, { type: 'x' }, { type: 'event', event: { type: 'paused', at: 1 } }, { type: 'event', run: 1, event: null }, { type: 'event', run: 1, event: { type: 'paused' } }, { type: 'constructor' }, { type: 'rollout-event', run: 1, event: { type: 'inventory', at: 1 } }])('refuses %j', (data) => {
    expect(parseMessage(data)).toBeNull();
  });
});

describe('AnalysisClient', () => {
  const gram: SpanGram = { parameterSet: 'full', modules: [], trajectories: [], spans: [], blocks: [] };

  it('gives each request its own answer, and failures as errors', async () => {
    const port = new FakePort();
    const client = new AnalysisClient(() => port);
    const [first, second] = [client.analyse(gram, DEFAULT_ANGLE_SETTINGS), client.analyse(gram, DEFAULT_ANGLE_SETTINGS)];
    port.answer({ id: 2, failure: { message: 'No.', remedy: '' } });
    port.answer({ id: 1, analysis: { finding: 'x' } });
    await expect(second).rejects.toThrow('No.');
    expect(await first).toEqual({ finding: 'x' });
    const third = client.analyse(gram, DEFAULT_ANGLE_SETTINGS);
    port.fire('error', {});
    await expect(third).rejects.toThrow(/stopped/);
  });
});
