import { describe, expect, it } from 'vitest';
import type { AngleEvent } from '../lab/events.ts';
import { AngleRun } from './angle-run.ts';

const INVENTORY: AngleEvent = {
  type: 'inventory',
  at: 5,
  views: [],
  trajectories: [{ id: 't', question: 'q', group: 'g', reward: 1, advantage: 0, fingerprint: 'f', tokens: 9 }],
  spans: [
    { trajectory: 0, role: 'reasoning', kind: 'think', start: 1, end: 4, loss: Number.NaN },
    { trajectory: 0, role: 'tool', kind: 'tool', start: 4, end: 6, loss: Number.NaN },
  ],
  modules: [{ layer: 0, target: 'q_proj', parameters: 4 }],
  problems: [{ line: 3, reason: 'not JSON' }],
  notes: ['one trajectory has no tool span'],
  tokens: 9,
  backbone: { name: 'b', parameters: 4, quantisation: 'f32', sha256: '' },
  dataSha256: '',
};
const block = (at: number, spans: number[], fill: number): AngleEvent => ({ type: 'block', at, block: { group: 'g', spans, values: new Float64Array(spans.length ** 2).fill(fill) }, losses: Float64Array.from(spans, (span) => span + 0.5) });

describe('AngleRun', () => {
  it('has no Gram before the first block, and then the newest block of each group', () => {
    const run = new AngleRun('full');
    run.apply(INVENTORY);
    expect(run.gram()).toBeNull();
    run.apply(block(6, [0], 1));
    const first = run.gram();
    expect(first?.blocks).toHaveLength(1);
    expect(run.gram()).toBe(first);
    run.apply(block(7, [0, 1], 2));
    expect(run.gram()?.blocks[0].spans).toEqual([0, 1]);
    expect(run.gram()?.spans.map((span) => span.loss)).toEqual([0.5, 1.5]);
    expect(run.losses()?.get('0-4')).toBe(1.5);
  });
  it('follows the run’s state and notes what happened', () => {
    const run = new AngleRun('full');
    run.apply({ type: 'phase', at: 0, phase: 'load', detail: '' });
    expect(run.status).toBe('running');
    run.apply(INVENTORY);
    run.apply({ type: 'paused', at: 8 });
    expect(run.status).toBe('paused');
    run.apply({ type: 'resumed', at: 9 });
    run.apply({ type: 'failed', at: 10, failure: { message: 'm', remedy: 'r' } });
    expect(run.status).toBe('failed');
    expect(run.log.map((line) => line.text).join('; ')).toMatch(/line 3 left out: not JSON.*paused.*resumed.*failed: m/);
  });
  it('keeps times for the record, with progress thinned out', () => {
    const run = new AngleRun('full');
    run.apply(INVENTORY);
    for (let at = 0; at < 1000; at += 1) run.apply({ type: 'progress', at, tokensDone: at, tokensTotal: 1000, tokensPerSecond: 1, secondsLeft: null, trajectoriesDone: 0, gpuBytes: 0 });
    run.apply(block(1001, [0, 1], 1));
    run.apply({ type: 'finished', at: 1002, seconds: 1, peakGpuBytes: 2 });
    const timeline = run.timeline.recorded();
    expect(timeline.progress.length).toBeLessThanOrEqual(201);
    expect(timeline.progress.at(-1)?.at).toBe(999);
    expect(timeline).toMatchObject({ inventoryAt: 5, finishedAt: 1002, blocks: [{ at: 1001, group: 'g', spans: 2 }] });
  });
});
