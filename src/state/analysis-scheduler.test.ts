import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { DEFAULT_ANGLE_SETTINGS } from '../core/angles/settings.ts';
import type { AngleAnalysis } from '../core/angles/types.ts';
import type { SpanGram } from '../core/gram/types.ts';
import { AnalysisScheduler } from './analysis-scheduler.ts';

const GRAM: SpanGram = { parameterSet: 'full', modules: [], trajectories: [], spans: [], blocks: [] };

function setUp() {
  const answers: { readonly seed: number; readonly resolve: (analysis: AngleAnalysis) => void; readonly reject: (error: Error) => void }[] = [];
  const results: unknown[] = [];
  const failures: string[] = [];
  const port = { analyse: (_: SpanGram, settings: { readonly seed: number }) => new Promise<AngleAnalysis>((resolve, reject) => answers.push({ seed: settings.seed, resolve, reject })) };
  const scheduler = new AnalysisScheduler(port, (analysis) => results.push(analysis), (message) => failures.push(message), 400);
  const ask = (seed: number) => scheduler.request(GRAM, { ...DEFAULT_ANGLE_SETTINGS, seed });
  return { answers, results, failures, scheduler, ask };
}
const RESULT = {} as AngleAnalysis;

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

describe('AnalysisScheduler', () => {
  it('keeps one in flight and only the newest wish', async () => {
    const { answers, ask, results } = setUp();
    for (const seed of [1, 2, 3]) ask(seed);
    expect(answers.map(({ seed }) => seed)).toEqual([1]);
    answers[0].resolve(RESULT);
    await vi.advanceTimersByTimeAsync(500);
    expect(answers.map(({ seed }) => seed)).toEqual([1, 3]);
    expect(results).toHaveLength(1);
  });
  it('leaves a pause between two starts', async () => {
    const { answers, ask } = setUp();
    ask(1);
    answers[0].resolve(RESULT);
    await vi.advanceTimersByTimeAsync(0);
    ask(2);
    expect(answers).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(400);
    expect(answers).toHaveLength(2);
  });
  it('drops the answer of a run that was given up', async () => {
    const { answers, ask, results, scheduler } = setUp();
    ask(1);
    scheduler.reset();
    answers[0].resolve(RESULT);
    await vi.advanceTimersByTimeAsync(0);
    expect(results).toEqual([]);
  });
  it('says when it fails, and goes on', async () => {
    const { answers, ask, failures } = setUp();
    ask(1);
    answers[0].reject(new Error('no spans'));
    await vi.advanceTimersByTimeAsync(0);
    expect(failures).toEqual(['no spans']);
    await vi.advanceTimersByTimeAsync(400);
    ask(2);
    expect(answers).toHaveLength(2);
  });
});
