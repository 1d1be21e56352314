import { describe, expect, it } from 'vitest';
import { analyseAngles } from '../core/angles/analyse.ts';
import { DEFAULT_ANGLE_SETTINGS } from '../core/angles/settings.ts';
import { buildAngleRecord, gramOfRecord, parseRunRecord } from '../core/record/run-record.ts';
import type { RunRecord } from '../core/record/schema.ts';
import { gramOf, modulesOf, noisyTrajectories } from '../core/testing/synthetic-gram.ts';
import type { AngleEvent } from '../lab/events.ts';
import { play } from './player.ts';
import { replayLabel, replaySteps } from './replay-events.ts';

const MODULES = modulesOf(1, ['q_proj', 'v_proj'], 20);
const GRAM = gramOf(noisyTrajectories({ groups: 2, rollouts: 2, dimension: 20, modules: MODULES, seed: 1 }), MODULES);
const COUNTS = GRAM.blocks.map(({ spans }) => spans.length);

async function recorded(): Promise<RunRecord> {
  const progress = { tokensTotal: 8, tokensPerSecond: 4, secondsLeft: 1, gpuBytes: 10 };
  const record = await buildAngleRecord({
    app: { version: '0.1.0', commit: 'abc' },
    createdAt: new Date('2026-11-22T03:00:00Z'),
    config: { seed: 1 },
    seeds: { run: 1 },
    hashes: { weights: 'w', data: 'd' },
    backbone: { name: 'tiny', parameters: 5, quantisation: 'f32' },
    device: { vendor: 'Google', architecture: 'swiftshader', description: '', software: true, features: [], limits: {} },
    browser: 'Chromium',
    timings: { seconds: 1.5, peakGpuBytes: 99 },
    views: GRAM.trajectories.map(({ id, group, question }) => ({ id, group, question, goldenAnswers: ['x'], reward: 1, pieces: ['a', 'b'], roles: Uint8Array.of(0, 2), adapters: Uint8Array.of(1, 0), spans: [{ role: 'tool', kind: 'tool', start: 1, end: 2 }] })),
    problems: [{ line: 3, reason: 'bad' }],
    tokens: 8,
    timeline: {
      phases: [{ at: 0, phase: 'load', detail: 'x' }, { at: 500, phase: 'forward/backward', detail: '' }, { at: 2000, phase: 'finished', detail: '' }],
      inventoryAt: 400,
      progress: [{ at: 1000, tokensDone: 4, trajectoriesDone: 2, ...progress }, { at: 1900, tokensDone: 8, trajectoriesDone: 4, ...progress }],
      blocks: [{ at: 900, group: GRAM.blocks[0].group, spans: 2 }, { at: 1000, group: GRAM.blocks[0].group, spans: COUNTS[0] }, { at: 1900, group: GRAM.blocks[1].group, spans: COUNTS[1] }],
      finishedAt: 2000,
    },
    gram: GRAM,
    analysis: analyseAngles(GRAM, { ...DEFAULT_ANGLE_SETTINGS, draws: 20 }),
  });
  return parseRunRecord(JSON.parse(JSON.stringify(record)));
}

/** Time that moves only when a test says so. */
function fakeTime(): { now: () => number; schedule: (run: () => void, ms: number) => () => void; advance: (ms: number) => void } {
  let clock = 0;
  let due: { at: number; run: () => void }[] = [];
  return {
    now: () => clock,
    schedule(run, ms) {
      const entry = { at: clock + ms, run };
      due.push(entry);
      return () => {
        due = due.filter((other) => other !== entry);
      };
    },
    advance(ms) {
      const end = clock + ms;
      for (;;) {
        const [first] = due.filter(({ at }) => at <= end).sort((a, b) => a.at - b.at);
        if (due.every(({ at }) => at > end)) break;
        due = due.filter((other) => other !== first);
        clock = Math.max(clock, first.at);
        first.run();
      }
      clock = end;
    },
  };
}

describe('a record as events', () => {
  it('tells what the run told, in its order, with growing blocks', async () => {
    const record = await recorded();
    const gram = gramOfRecord(record)!;
    const events = replaySteps(record, gram).map(({ make }) => make());
    expect(events.map(({ type }) => type)).toEqual(['phase', 'device', 'inventory', 'phase', 'block', 'block', 'progress', 'block', 'progress', 'phase', 'finished']);
    const blocks = events.filter((event) => event.type === 'block');
    expect(blocks.map(({ block }) => block.spans.length)).toEqual([2, COUNTS[0], COUNTS[1]]);
    expect(blocks[1].block.values).toEqual(GRAM.blocks[0].values);
    expect([...blocks[1].losses]).toEqual(GRAM.blocks[0].spans.map((index) => GRAM.spans[index].loss));
    const inventory = events.find((event) => event.type === 'inventory')!;
    expect(inventory.views[0].roles).toEqual(Uint8Array.of(0, 2));
    expect(inventory.spans.every(({ loss }) => Number.isNaN(loss))).toBe(true);
    expect(inventory.backbone).toEqual({ name: 'tiny', parameters: 5, quantisation: 'f32', sha256: 'w' });
  });

  it('is labelled with device and date', async () => {
    expect(replayLabel(await recorded())).toEqual({ device: 'Google swiftshader (software)', date: '2026-11-22T03:00:00.000Z' });
  });
});

describe('play', () => {
  const setup = async (speed: number): Promise<{ told: AngleEvent[]; time: ReturnType<typeof fakeTime>; playback: ReturnType<typeof play> }> => {
    const record = await recorded();
    const told: AngleEvent[] = [];
    const time = fakeTime();
    return { told, time, playback: play(replaySteps(record, gramOfRecord(record)!), (event) => told.push(event), { speed, now: time.now, schedule: time.schedule }) };
  };

  it('keeps the recorded times, at any speed', async () => {
    const { told, time } = await setup(10);
    time.advance(41);
    expect(told.at(-1)?.type).toBe('inventory');
    time.advance(60);
    expect(told.at(-1)).toMatchObject({ type: 'progress', tokensDone: 4 });
    time.advance(100);
    expect(told.at(-1)?.type).toBe('finished');
  });

  it('tells everything at once, each group once', async () => {
    const { told, playback } = await setup(Infinity);
    await playback.done;
    expect(told.map(({ type }) => type)).toEqual(['phase', 'device', 'inventory', 'phase', 'block', 'block', 'progress', 'phase', 'finished']);
  });

  it('pauses without losing its place', async () => {
    const { told, time, playback } = await setup(1);
    time.advance(950);
    playback.pause();
    const before = told.length;
    time.advance(10_000);
    expect(told.length).toBe(before);
    expect(told.at(-1)).toMatchObject({ type: 'paused', at: 950 });
    playback.resume();
    time.advance(49);
    expect(told.at(-1)?.type).toBe('resumed');
    time.advance(5);
    expect(told.at(-1)).toMatchObject({ type: 'progress' });
  });

  it('can be cancelled and skipped', async () => {
    const first = await setup(1);
    first.time.advance(450);
    first.playback.cancel();
    first.time.advance(10_000);
    expect(first.told.at(-1)).toMatchObject({ type: 'cancelled', at: 450 });
    await first.playback.done;

    const second = await setup(1);
    second.time.advance(450);
    second.playback.skip();
    expect(second.told.at(-1)?.type).toBe('finished');
  });
});
