// @vitest-environment happy-dom
import { beforeEach, describe, expect, it } from 'vitest';
import { QWEN } from '../../agent/environment.ts';
import { CheckpointStore } from '../../lab/checkpoints.ts';
import type { SeesawEvent, SeesawRunConfig } from '../../lab/seesaw-events.ts';
import { plainConfig } from '../../lab/seesaw-plan.ts';
import { memoryFolder } from '../../lab/testing/seesaw.ts';
import type { Evaluation } from '../../training/evaluate.ts';
import type { StepReport } from '../../training/trainer.ts';
import { adaptersAmong, unzipped } from '../adapter-zip.ts';
import { classifyFiles } from '../open-files.ts';
import { useRolloutSettings } from '../rollouts/settings-store.ts';
import { LabSeesaw, type SeesawClient } from './lab-seesaw.ts';
import { settingsOf } from './restore-config.ts';
import { IDLE_SEESAW, useSeesawRun } from './run-store.ts';
import { DEFAULT_SEESAW_SETTINGS, setSeesawSettings, useSeesawSettings } from './settings-store.ts';
import { applySeesawQuery, currentSeesawQuery, seesawQuery, useSeesawUrl } from './settings-url.ts';
import { WakeLock } from './wake-lock.ts';

beforeEach(() => {
  useSeesawSettings.setState(DEFAULT_SEESAW_SETTINGS, true);
  useSeesawRun.setState(IDLE_SEESAW, true);
});

function setup(store = new CheckpointStore(memoryFolder())) {
  const calls: unknown[][] = [];
  const locks: string[] = [];
  let tell: (event: SeesawEvent) => void = () => undefined;
  const log = (name: string) => (...args: unknown[]) => void calls.push([name, ...args]);
  const client: SeesawClient = {
    startSeesaw: log('start'), steer: log('steer'), pause: log('pause'), resume: log('resume'), cancel: log('cancel'),
    subscribeSeesaw: (listener) => {
      tell = listener;
      return () => undefined;
    },
  };
  const lock = new WakeLock({ request: () => Promise.resolve({ release: () => Promise.resolve(void locks.push('release')) }).finally(() => locks.push('request')) }, null);
  const session = new LabSeesaw(client, lock, () => Promise.resolve(store));
  return { session, calls, locks, tell: (...events: SeesawEvent[]) => events.forEach((event) => tell(event)) };
}

const frame = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 320));
const RUN = { arm: 'dart', seed: 1 };
const measured = { value: 1 / 3, error: 0.1234567891 };
const EVALUATION: Evaluation = {
  rollouts: 4, exactMatch: measured, f1: measured, toolSkill: measured, reasoningSkill: null, byHops: [{ hops: 2, exactMatch: measured }], wellFormed: 1, searches: 0.5,
  perQuestion: { exactMatch: [1 / 3, 0], f1: [1 / 3, 0], toolSkill: [0, 1], reasoningSkill: null }, milliseconds: 12.3456789,
};
const report = (step: number): StepReport => ({
  step, reward: 1 / 7, hit: NaN, wellFormed: 1, live: 1, searches: 1, length: 10, entropy: 1.23456789, losses: [0.1, 0.2], gradients: { norms: [[1, 0], [0.5, 2]], leakage: [[null, 0.3], [0.25, null]], angle: 88.123456789 },
  norm: 1, kl: 0, clipFraction: 0, ratioError: 1e-5, rate: 1e-3, tokens: { rollout: 100, reencoded: 0, trained: 90 }, time: { rollout: 5, forward: 0, backward: 5, optimiser: 1 },
});
const DEVICE = { vendor: 'v', architecture: 'a', description: '', software: true, features: ['f'], limits: { x: 1 } };
const READY: SeesawEvent = {
  type: 'ready', at: 3, backbone: { name: 'seesaw-tiny', parameters: 5, quantisation: 'q4', sha256: 'w' }, provider: { provider: 'wasm', measured: [], reason: 'r' }, retriever: 'BM25',
  trainQuestions: 2, evaluationQuestions: 2, parameters: [10, 10], dataSha256: 'd', problems: [], notes: ['n'],
};
const FILES = [{ path: 'reasoning/adapter_config.json', blob: new Blob(['{}']) }, { path: 'tool/adapter_config.json', blob: new Blob(['{"r":1}']) }];
const STORY: SeesawEvent[] = [
  { type: 'phase', at: 0, phase: 'load', detail: 'x', fraction: null },
  { type: 'device', at: 1, device: DEVICE },
  READY,
  { type: 'run-started', at: 4, run: RUN, step: 0 },
  { type: 'evaluation', at: 5, run: RUN, point: { step: 0, evaluation: EVALUATION } },
  { type: 'step', at: 6, run: RUN, report: report(0) },
  { type: 'step', at: 7, run: RUN, report: report(1) },
  { type: 'evaluation', at: 8, run: RUN, point: { step: 2, evaluation: EVALUATION } },
  { type: 'recovered', at: 9, run: RUN, step: 1, reason: 'Lost.' },
  { type: 'step', at: 10, run: RUN, report: report(1) },
  { type: 'progress', at: 11, done: 2, total: 4, secondsLeft: 5, tokensPerSecond: 10, gpuBytes: 7 },
  { type: 'adapters', at: 11, run: RUN, step: 2, files: FILES },
  { type: 'run-finished', at: 12, run: RUN },
  { type: 'finished', at: 13, seconds: 0.013, peakGpuBytes: 99 },
];

describe('LabSeesaw', () => {
  it('starts what is chosen, steers it, and runs it again with the same seeds or new ones', async () => {
    const { session, calls, locks } = setup();
    setSeesawSettings({ arms: ['dart', 'nobody', 'joint'], seeds: [3, 4] });
    session.start();
    expect(calls[0]).toMatchObject(['start', { backbone: 'seesaw-tiny', arms: [{ id: 'dart' }, { id: 'joint' }], seeds: [3, 4] }, { name: 'seesaw-tiny' }, false]);
    expect(session.runs().map(({ key, status }) => [key, status])).toEqual([['dart-3', 'waiting'], ['joint-3', 'waiting'], ['dart-4', 'waiting'], ['joint-4', 'waiting']]);
    session.stepOnce();
    session.freeze([1]);
    session.pause();
    expect(calls.slice(1)).toEqual([['steer', { kind: 'step' }], ['steer', { kind: 'freeze', adapters: [1] }], ['pause', 'seesaw']]);
    setSeesawSettings({ seeds: [9] });
    session.reset();
    expect(calls.at(-1)).toEqual(calls[0]);
    session.newSeed();
    expect(calls.at(-1)?.[1]).toMatchObject({ seeds: useSeesawSettings.getState().seeds });
    await Promise.resolve();
    expect(locks).toEqual(['request']);
  });

  it('keeps curves outside the store, cuts them back after a loss, and gives the screen free at the end', async () => {
    const { session, tell, locks } = setup();
    setSeesawSettings({ arms: ['dart'] });
    session.start();
    tell(...STORY);
    await frame();
    expect(useSeesawRun.getState()).toMatchObject({ status: 'finished', seconds: 0.013, peakGpuBytes: 99, current: null, ready: { retriever: 'BM25' } });
    const view = session.run(RUN)!;
    expect([view.steps.map(({ step }) => step), view.points.map(({ step }) => step), view.status, view.adaptersStep]).toEqual([[0, 1], [0], 'finished', 2]);
    expect(view.recoveries).toEqual([{ step: 1, reason: 'Lost.' }]);
    expect(locks).toEqual(['request', 'release']);
    expect((await session.exportCsv('steps').text()).split('\n').slice(0, 2)).toEqual([
      expect.stringMatching(/^arm,seed,step,reward,.*norm_0_0,norm_0_1,norm_1_0,norm_1_1,/) as string,
      expect.stringMatching(/^dart,1,0,0\.14285714285714285,,1,/) as string,
    ]);
    expect(await session.exportCsv('evaluations').text()).toMatch(/exact_match_hops_2.*\ndart,1,0,4,0\.3333/);
  });

  it('writes a record that plays the same again, rounded', async () => {
    const first = setup();
    setSeesawSettings({ arms: ['dart'] });
    first.session.start();
    first.tell(...STORY);
    const text = await (await first.session.exportRecord()).text();
    expect(await classifyFiles([{ path: 'record.json', blob: new Blob([text]) }])).toMatchObject({ kind: 'seesaw', name: 'record.json' });
    expect(text).not.toContain('88.123456789');
    const second = setup();
    expect(await second.session.openRecord(new Blob([text]), 'record.json')).toEqual({ kind: 'opened', what: '' });
    await frame();
    const state = useSeesawRun.getState();
    expect(state).toMatchObject({ status: 'finished', origin: { kind: 'recorded', device: 'v a (software)' }, config: { arms: [{ id: 'dart' }] } });
    const [live, replayed] = [first.session, second.session].map((session) => session.run(RUN)!);
    expect(replayed.steps.map(({ step, hit, gradients }) => [step, hit, gradients.angle])).toEqual([[0, NaN, 88.1235], [1, NaN, 88.1235]]);
    expect(replayed.points.map(({ step }) => step)).toEqual(live.points.map(({ step }) => step));
    expect(replayed.points[0].evaluation.exactMatch).toEqual({ value: 0.333333, error: 0.123457 });
    expect(second.calls).toEqual([]);
    expect(replayed.adaptersStep).toBeNull();
    expect(await (await second.session.exportRecord()).text()).toBe(text);
    expect(await second.session.openRecord(new Blob([text.slice(0, 100)]), 'half')).toMatchObject({ kind: 'refused', message: expect.stringMatching(/cut off/) as string });
  });

  it('gives adapters away as a zip that opens wherever a folder does, and to the rollout page', async () => {
    const { session, tell } = setup();
    setSeesawSettings({ arms: ['dart'] });
    session.start();
    await expect(session.exportAdapters(RUN)).rejects.toThrow(/no adapters/);
    expect(session.toRolloutPage(RUN)).toMatchObject({ kind: 'refused' });
    tell(...STORY);
    const zip = { path: 'dart-1.zip', blob: await session.exportAdapters(RUN) };
    expect(await classifyFiles([zip])).toMatchObject({ kind: 'adapters' });
    expect(adaptersAmong(await unzipped([zip]))).toMatchObject({ name: 'dart-1', folders: ['dart-1/reasoning', 'dart-1/tool'] });
    expect(await session.importAdapters([zip])).toMatchObject({ kind: 'opened' });
    expect(useRolloutSettings.getState().writers[1]).toMatchObject({ label: 'dart-1', writing: { kind: 'routed', reasoning: 0, tool: 1 } });
    expect(await session.importAdapters([{ path: 'a.txt', blob: new Blob(['x']) }])).toMatchObject({ kind: 'refused' });
    expect(session.toRolloutPage(RUN)).toMatchObject({ kind: 'opened' });
    expect(useRolloutSettings.getState().writers).toMatchObject([{ label: 'Backbone' }, { label: 'DART, seed 1', adapters: { kind: 'files', name: 'dart-1' }, writing: { reasoning: 0, tool: 1 } }]);
    expect(window.location.hash).toMatch(/^#\/rollouts/);
  });

  it('lists checkpoints and goes on from one with its settings', async () => {
    const store = new CheckpointStore(memoryFolder());
    const { session, calls } = setup(store);
    setSeesawSettings({ arms: ['dart'], seeds: [1, 2], totalRank: 8 });
    session.start();
    const config = calls[0][1] as SeesawRunConfig;
    await store.save({ version: 1, run: RUN, step: 5, configSha256: 'a'.repeat(64), saved: '2026-11-22T03:00:00.000Z', config: plainConfig(config), reports: [], points: [] }, { step: 5, values: new Float32Array(2), m: new Float32Array(2), v: new Float32Array(2) });
    setSeesawSettings(DEFAULT_SEESAW_SETTINGS);
    const [kept] = await session.checkpoints();
    expect(kept).toMatchObject({ run: RUN, armLabel: 'DART', step: 5, steps: 40 });
    expect(await session.resumeCheckpoint(kept.id)).toMatchObject({ kind: 'opened' });
    expect(useSeesawSettings.getState()).toMatchObject({ arms: ['dart'], seeds: [1, 2], totalRank: 8, ownArms: [] });
    expect(calls.at(-1)).toEqual(['start', config, expect.anything(), true]);
    await session.deleteCheckpoint(kept.id);
    expect(await session.checkpoints()).toEqual([]);
    expect(await session.resumeCheckpoint(kept.id)).toMatchObject({ kind: 'refused' });
  });
});

describe('settings', () => {
  it('stand in the address and come back', () => {
    const own = { ...DEFAULT_SEESAW_SETTINGS, arms: ['mine', 'base'], ownArms: [{ id: 'mine', label: 'Mine', description: '', abilities: ['think', 'tool', 'answer'] as const, adapters: 3, rank: 4, adapterOf: [0, 1, 2], mask: [[1, 0, 0], [0, 1, 0], [0, 0, 1]] as const, routing: 'ability', surgery: 'none', agents: false, trained: true } as const], seeds: [1, 2, 3], totalRank: 32 };
    setSeesawSettings({ ...own, training: { ...own.training, rates: [1e-3, 5e-4], kl: 0.01, schedule: 'cosine' }, trainSets: [{ kind: 'bundled', name: 'world-b-train' }] });
    const before = useSeesawSettings.getState();
    const query = currentSeesawQuery();
    useSeesawSettings.setState(DEFAULT_SEESAW_SETTINGS, true);
    applySeesawQuery(`${query}&run=1`);
    expect(useSeesawSettings.getState()).toEqual(before);
    expect(useSeesawUrl.getState()).toMatchObject({ autoStart: true, reports: [] });
    expect(seesawQuery(DEFAULT_SEESAW_SETTINGS, [])).toBe('');
    applySeesawQuery('steps=0&own=[{]&train=mine.jsonl');
    expect(useSeesawUrl.getState().reports).toHaveLength(3);
    expect(useSeesawSettings.getState()).toMatchObject({ training: { steps: 1 }, ownArms: [], trainSets: DEFAULT_SEESAW_SETTINGS.trainSets });
  });

  it('keep limits of their own with their dialect, and name thinking that is switched off', () => {
    const own = { ...QWEN, maxTokens: 900 };
    setSeesawSettings({ ...DEFAULT_SEESAW_SETTINGS, environment: own });
    applySeesawQuery('dialect=qwen');
    expect(useSeesawSettings.getState().environment).toBe(own);
    applySeesawQuery('dialect=qwen&thinking=0');
    expect(useSeesawSettings.getState().environment).toEqual({ ...own, thinking: false });
    expect(currentSeesawQuery()).toContain('thinking=0');
    applySeesawQuery('');
    expect(useSeesawSettings.getState().environment).toBe(DEFAULT_SEESAW_SETTINGS.environment);
  });

  it('of a record need the files that it names', () => {
    const blob = new Blob(['x']);
    const withFile = { ...DEFAULT_SEESAW_SETTINGS, trainSets: [{ kind: 'file', name: 'mine', blob } as const] };
    const plain = plainConfig({ ...withFile, backbone: 'b', arms: [] });
    expect(() => settingsOf(plain, DEFAULT_SEESAW_SETTINGS)).toThrow(/file “mine”, which is not open here/);
    expect(settingsOf(plain, withFile).trainSets).toEqual([{ kind: 'file', name: 'mine', blob }]);
  });
});
