// @vitest-environment happy-dom
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { analyseExperiment } from '../../core/leas/experiment.ts';
import { parseLeasRecordText } from '../../core/leas/record.ts';
import type { LeasEvent, LeasRollout } from '../../lab/leas-events.ts';
import { readCountsFile } from './counts-file.ts';
import { LabLeas } from './lab-leas.ts';
import type { LeasPorts } from './leas-ports.ts';
import { IDLE_LEAS, useLeasRun } from './run-store.ts';
import { DEFAULT_LEAS, useLeasSettings } from './settings-store.ts';

const QUICK = { ...DEFAULT_LEAS.analysis, draws: 20, splits: 5, repeats: 5 };
const question = (id: string) => ({ id, question: `Which ${id}?`, goldenAnswers: ['x'], hops: 2, supportingTitles: [] });

const READY: LeasEvent = {
  type: 'ready',
  at: 1,
  backbone: { name: 'tiny', parameters: 5, quantisation: 'f32', sha256: 'a'.repeat(64) },
  provider: { provider: 'wasm', measured: [], reason: 'The CPU.' },
  retriever: 'world',
  sets: [{ label: 'A', name: 'World A', questions: [question('p'), question('q')] }],
  seeds: [1, 2].map((seed) => ({ seed, arms: [{ arm: 'joint', sha256: 'b'.repeat(64) }] })),
  rollouts: 20,
  kept: 0,
  problems: [],
  notes: [],
};

function rollout(writer: LeasRollout['writer'], seed: number | null, at: number, sample: number, reward: 0 | 1): LeasRollout {
  return { set: 0, seed, writer, retrieval: 'search', question: at, sample, reward, f1: reward, hit: true, wellFormed: true, searches: 1, answer: 'x', spans: [{ role: 1, kind: 'think', text: 'so' }] };
}

function setUp() {
  let tell: (event: LeasEvent) => void = () => undefined;
  const client = { startLeas: vi.fn(), steerLeas: vi.fn(), pause: vi.fn(), resume: vi.fn(), cancel: vi.fn(), subscribeLeas: (listener: (event: LeasEvent) => void) => ((tell = listener), () => true) };
  const ports: LeasPorts = {
    client,
    analyse: (counts, settings) => Promise.resolve(analyseExperiment(counts, settings)),
    readCounts: async (blob, mapping) => readCountsFile(await blob.text(), mapping),
    readRecord: async (blob) => parseLeasRecordText(await blob.text()),
    trained: () => null,
  };
  return { leas: new LabLeas(ports), client, tell: (event: LeasEvent) => tell(event) };
}

function run({ leas, tell }: ReturnType<typeof setUp>): void {
  leas.start();
  tell(READY);
  const models = ['m_reas', 'm_tool', 'm_uni', 'h_tool', 'h_reas', 'h_both', 'dart'] as const;
  const rollouts = [0, 1].flatMap((at) => [0, 1, 2, 3].flatMap((sample) => [rollout('base', null, at, sample, 0), ...[1, 2].flatMap((seed) => models.map((model) => rollout(model, seed, at, sample, sample < seed ? 1 : 0)))]));
  tell({ type: 'rollouts', at: 50, rollouts });
  tell({ type: 'finished', at: 1000, seconds: 1, tokens: 10 });
}

beforeEach(() => {
  useLeasRun.setState(IDLE_LEAS, true);
  useLeasSettings.setState({ ...DEFAULT_LEAS, models: { kind: 'given', name: 'mine', arms: [] }, analysis: QUICK }, true);
});

describe('LabLeas', () => {
  it('counts rollouts, Base beside every training seed, and analyses them', async () => {
    const lab = setUp();
    run(lab);
    await vi.waitFor(() => expect(useLeasRun.getState().analysis?.sets[0].runs).toHaveLength(2), { timeout: 5000 });
    const { analysis, sets } = useLeasRun.getState();
    expect(analysis?.sets[0].runs.map(({ seed }) => seed)).toEqual(['1', '2']);
    for (const [index, seedRun] of (analysis?.sets[0].runs ?? []).entries()) {
      expect(seedRun.rows.map(({ question: id }) => id)).toEqual(['p', 'q']);
      expect(seedRun.rows[0].counts).toMatchObject({ base: { k: 0, n: 4 }, m_uni: { k: index + 1, n: 4 } });
      expect(seedRun.rows[0].attributes).toEqual({ hops: '2' });
    }
    expect(analysis?.comparison?.rows.map(({ writer }) => writer)).toContain('dart');
    expect(sets[0].questions.get('q')?.question).toBe('Which q?');
    expect(lab.leas.rollouts('A', 'q').filter(({ writer }) => writer === 'base')).toHaveLength(4);
  });

  it('asks for more samples while it runs, and never for fewer', () => {
    const lab = setUp();
    lab.leas.start();
    lab.tell(READY);
    lab.leas.setSamples(4);
    expect(lab.client.steerLeas).not.toHaveBeenCalled();
    lab.leas.setSamples(24);
    expect(lab.client.steerLeas).toHaveBeenCalledWith({ kind: 'samples', samples: 24 });
  });

  it('exports a record that plays again with the same counts, and counts that open again', async () => {
    const lab = setUp();
    run(lab);
    await vi.waitFor(() => expect(useLeasRun.getState().analysis).not.toBeNull(), { timeout: 5000 });
    const record = await lab.leas.exportRecord();
    const counts = lab.leas.exportCsv('counts');
    expect(await lab.leas.openRecord(record, 'mine.json')).toMatchObject({ kind: 'opened', page: 'leas' });
    await vi.waitFor(() => expect(useLeasRun.getState()).toMatchObject({ status: 'finished', origin: { kind: 'recorded', name: 'mine.json' } }), { timeout: 8000 });
    await vi.waitFor(() => expect(useLeasRun.getState().analysis?.sets[0].runs[1].rows[1].counts.m_uni).toEqual({ k: 2, n: 4 }), { timeout: 5000 });
    expect(useLeasRun.getState().analysis?.comparison?.rows.map(({ writer }) => writer)).toContain('dart');
    expect(lab.leas.rollouts('A', 'p').every(({ sample }) => sample < 2)).toBe(true);
    await lab.leas.openCounts(counts, 'counts.csv');
    await vi.waitFor(() => expect(useLeasRun.getState().analysis?.sets[0].runs[0].rows[0].counts.base).toEqual({ k: 0, n: 4 }), { timeout: 5000 });
  }, 20_000);

  it('keeps the good rows of a file, names the bad ones, and counts anew with other names of models', async () => {
    const { leas } = setUp();
    const rows = ['base', 'm_reas', 'm_tool', 'Mine'].map((model) => `p,${model},1,4`);
    await leas.openCounts(new Blob([['question,model,k,n', ...rows, 'p,base,9,4'].join('\n')]), 'own.csv');
    expect(useLeasRun.getState().opened).toMatchObject({ rows: 3, unknownModels: [{ name: 'Mine', rows: 1 }] });
    expect(useLeasRun.getState().opened?.problems.map(({ line }) => line)).toEqual([5, 6]);
    await leas.mapModels(new Map([['Mine', 'm_uni']]));
    expect(useLeasRun.getState().opened).toMatchObject({ rows: 4, unknownModels: [] });
    await vi.waitFor(() => expect(useLeasRun.getState().analysis?.sets[0].runs[0].effects.tool_x_reasoning.counted).toBe(1), { timeout: 5000 });
  });

  it('shows the names to be told where no model is known, and refuses what is no file of counts', async () => {
    const { leas } = setUp();
    await leas.openCounts(new Blob(['question,model,k,n\np,Mine,1,4']), 'own.csv');
    expect(useLeasRun.getState()).toMatchObject({ status: 'idle', opened: { rows: 0, unknownModels: [{ name: 'Mine', rows: 1 }] } });
    expect(await leas.openCounts(new Blob(['a,b\n1,2']), 'other.csv')).toMatchObject({ kind: 'refused' });
  });
});
