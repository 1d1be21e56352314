import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { Bm25Index, bm25Retriever } from '../agent/retriever/bm25.ts';
import { parseEnvironmentSettings } from '../agent/retriever/bm25-settings.ts';
import { readCorpus } from '../agent/retriever/corpus.ts';
import { goldRetriever } from '../agent/retriever/gold.ts';
import { readQuestions } from '../agent/retriever/questions.ts';
import { readAdapter } from '../backbone/peft.ts';
import { filesSource } from '../backbone/sources.ts';
import { createDecoder } from '../engine/decoder.ts';
import { PipelineCache } from '../gpu/pipelines.ts';
import { testDevice } from '../gpu/testing/device.ts';
import { createRoutedSession } from '../inference/session.ts';
import { loadNodeRuntime } from '../inference/testing/node-runtime.ts';
import { CheckpointStore } from './checkpoints.ts';
import { givenTrajectories } from './given-trajectories.ts';
import { LearnerBench } from './learner.ts';
import { RunControl } from './run-control.ts';
import type { SeesawEvent, SeesawRunConfig } from './seesaw-events.ts';
import type { SeesawParts, TrainingDevice } from './seesaw-parts.ts';
import { runSeesaw } from './seesaw-run.ts';
import { armsNamed, memoryFolder, SEESAW_CONFIG } from './testing/seesaw.ts';
import { DEVICE, tinyBackbone } from './testing/tiny.ts';

const WORLD = 'public/datasets/world';
const gpu = await testDevice();
const pipelines = new PipelineCache(gpu.device);
const backbone = await tinyBackbone();
const { passages } = await readCorpus(new Blob([readFileSync(`${WORLD}/corpus.jsonl`)]));
const index = await Bm25Index.build(passages, parseEnvironmentSettings(readFileSync(`${WORLD}/environment.json`, 'utf8')));

interface Given {
  readonly config?: Partial<SeesawRunConfig>;
  readonly store?: CheckpointStore;
  readonly resume?: boolean;
  readonly onEvent?: (event: SeesawEvent, control: RunControl) => void;
}

/** The job as the worker puts it together, with the software adapter and one thread of WebAssembly. */
async function train({ config: changes = {}, store, resume = false, onEvent }: Given): Promise<SeesawEvent[]> {
  const config = { ...SEESAW_CONFIG, ...changes };
  const device: TrainingDevice = {
    report: DEVICE,
    fault: new Promise(() => undefined),
    createDecoder: (model, adapters, onCompiled) => createDecoder(gpu, model.weights, { pipelines, onCompiled, ...(adapters ? { adapters } : {}) }),
  };
  const bench = new LearnerBench(config, async ({ graph, config: decoder }, adapters) => ({
    session: await createRoutedSession({ graph: graph.blob, config: decoder, adapters, provider: 'wasm', loadRuntime: loadNodeRuntime }),
    report: { provider: 'wasm', measured: [], reason: 'WebAssembly.' },
  }));
  const parts: SeesawParts = {
    openDevice: () => Promise.resolve(device),
    loadBackbone: () => Promise.resolve(backbone),
    loadQuestions: (choice) => readQuestions(new Blob([readFileSync(`${WORLD}/questions-${choice.kind === 'bundled' ? choice.name.replace('world-', '') : ''}.jsonl`)])),
    loadTrajectories: givenTrajectories,
    createRetriever: () => Promise.resolve({ retriever: bm25Retriever(index, 'world'), gold: (question) => goldRetriever(question, index), problems: [] }),
    openLearner: (request) => bench.open(request),
    openCheckpoints: () => Promise.resolve(store ?? null),
    resume,
    frozen: () => [],
  };
  const control = new RunControl();
  const events: SeesawEvent[] = [];
  await runSeesaw(config, parts, control, (event) => {
    events.push(event);
    onEvent?.(event, control);
  });
  bench.close();
  return events;
}

/** Steps and points without what depends on time, last of each. */
function curves(events: readonly SeesawEvent[]): unknown {
  const kept = new Map<string, unknown>();
  for (const event of events) {
    if (event.type === 'step') kept.set(`${event.run.arm} step ${event.report.step}`, { ...event.report, time: null });
    if (event.type === 'evaluation') kept.set(`${event.run.arm} point ${event.point.step}`, { ...event.point.evaluation, milliseconds: null });
  }
  return [...kept].sort(([a], [b]) => (a < b ? -1 : 1));
}

it('goes on from a checkpoint to the very same bits, with adapters that PEFT can read', { timeout: 600_000 }, async () => {
  const whole = await train({});
  expect(whole.at(-1)).toMatchObject({ type: 'finished' });
  const steps = whole.filter((event) => event.type === 'step');
  expect(steps.map(({ run, report }) => `${run.arm} ${report.step}`)).toEqual(['joint 0', 'joint 1', 'dart 0', 'dart 1']);
  expect(Math.max(...steps.map(({ report }) => report.ratioError))).toBeLessThan(0.01);
  expect(steps.some(({ report }) => report.norm > 0)).toBe(true);
  expect(whole.filter((event) => event.type === 'evaluation').map(({ point }) => point.step)).toEqual([0, 2, 0, 2]);

  const store = new CheckpointStore(memoryFolder());
  const broken = await train({ store, onEvent: (event, control) => event.type === 'checkpoint' && event.run.arm === 'dart' && event.step === 1 && control.cancel() });
  expect(broken.at(-1)).toMatchObject({ type: 'cancelled' });
  expect((await store.list()).map(({ header: { run, step } }) => [run.arm, step]).sort()).toEqual([['dart', 1], ['joint', 2]]);
  const resumed = await train({ store, resume: true });
  expect(resumed.filter((event) => event.type === 'run-started').map(({ step }) => step)).toEqual([2, 1]);
  expect(curves(resumed)).toEqual(curves(whole));
  const last = (events: readonly SeesawEvent[], arm: string) => events.filter((event) => event.type === 'adapters').findLast((event) => event.run.arm === arm)!;
  for (const arm of ['joint', 'dart']) {
    const [one, other] = [last(whole, arm), last(resumed, arm)];
    expect(other.files.map(({ path }) => path)).toEqual(one.files.map(({ path }) => path));
    for (const [at, { blob }] of one.files.entries()) expect(await other.files[at].blob.text()).toBe(await blob.text());
  }
  const { files } = last(whole, 'dart');
  const read = await readAdapter(filesSource('dart', [...files]), 'tool', backbone.config);
  expect([read.rank, [...read.modules.values()].some(({ b }) => b.some((value) => value !== 0))]).toEqual([2, true]);
});

it('learns given trajectories: their likelihood rises', { timeout: 600_000 }, async () => {
  const lines = readFileSync(`${WORLD}/rollouts.jsonl`, 'utf8').split('\n').slice(0, 4).join('\n');
  const events = await train({
    config: {
      arms: armsNamed('dart-strict', 'two-agents'),
      objective: { kind: 'supervised', name: 'four', trajectories: new Blob([lines]) },
      training: { ...SEESAW_CONFIG.training, questions: 4, samples: 1, steps: 4, rates: [3e-3] },
      evaluation: { ...SEESAW_CONFIG.evaluation, every: 0, maxQuestions: 1 },
    },
  });
  expect(events.at(-1)).toMatchObject({ type: 'finished' });
  for (const arm of ['dart-strict', 'two-agents']) {
    const nats = events.filter((event) => event.type === 'step' && event.run.arm === arm).map((event) => (event.type === 'step' ? event.report.entropy : NaN));
    expect(nats).toHaveLength(4);
    expect(nats[3]).toBeLessThan(0.95 * nats[0]);
  }
});
