import { describe, expect, it } from 'vitest';
import type { Evaluation } from '../training/evaluate.ts';
import type { StepReport } from '../training/trainer.ts';
import { CheckpointStore } from './checkpoints.ts';
import { DeviceLostError } from './failure.ts';
import { RunControl } from './run-control.ts';
import type { SeesawEvent, SeesawRunConfig } from './seesaw-events.ts';
import type { Learner, LearnerRequest, SeesawParts } from './seesaw-parts.ts';
import { runSeesaw } from './seesaw-run.ts';
import { question } from './testing/fake-rollouts.ts';
import { armsNamed, memoryFolder, SEESAW_CONFIG } from './testing/seesaw.ts';
import { DEVICE, tinyBackbone } from './testing/tiny.ts';

type Of<Type extends SeesawEvent['type']> = Extract<SeesawEvent, { readonly type: Type }>;

function all<Type extends SeesawEvent['type']>(events: readonly SeesawEvent[], type: Type): Of<Type>[] {
  return events.filter((event): event is Of<Type> => event.type === type);
}

const MEASURED = { value: 0.5, error: 0.1 };
const EVALUATION: Evaluation = {
  rollouts: 2, exactMatch: MEASURED, f1: MEASURED, toolSkill: MEASURED, reasoningSkill: MEASURED, byHops: [], wellFormed: 1, searches: 1,
  perQuestion: { exactMatch: [0, 1], f1: [0, 1], toolSkill: [0, 1], reasoningSkill: [0, 1] }, milliseconds: 5,
};

/** Its one parameter is the sum of the steps' numbers: a step is a function of parameters and number alone. */
function fakeLearner({ arm, seed, checkpoint }: LearnerRequest, onStep: (step: number) => void | Promise<void>): Learner {
  let state = { step: 0, values: Float32Array.of(seed), m: Float32Array.of(0), v: Float32Array.of(0) };
  const report = (step: number): StepReport => ({
    step, reward: state.values[0], hit: 0, wellFormed: 1, live: 1, searches: 1, length: 10, entropy: 1, losses: [0, 0], gradients: { norms: [[1], [1]], leakage: [[null], [null]], angle: 90 },
    norm: 1, kl: 0, clipFraction: 0, ratioError: 0, rate: 1, tokens: { rollout: 10, reencoded: 0, trained: 10 }, time: { rollout: 5, forward: 0, backward: 5, optimiser: 0 },
  });
  return {
    report: { provider: 'wasm', measured: [], reason: 'It is the only one.' },
    notes: [],
    memory: { bytes: 1000, peakBytes: 2000 },
    async step(step) {
      for (let pass = 0; pass < 3; pass++) await checkpoint();
      await onStep(step);
      state = { ...state, step: state.step + 1, values: Float32Array.of(state.values[0] * 2 + step) };
      return report(step);
    },
    async evaluate() {
      await checkpoint();
      return EVALUATION;
    },
    state: () => Promise.resolve({ ...state, values: state.values.slice() }),
    restore(kept) {
      state = { ...kept };
      return Promise.resolve();
    },
    adapters: () => Promise.resolve([{ path: `${arm.id}/adapter_config.json`, blob: new Blob([String(state.values[0])]) }]),
    close: () => undefined,
  };
}

const NOTHING: readonly number[] = [];

interface Setup {
  readonly config?: Partial<SeesawRunConfig>;
  readonly parts?: Partial<SeesawParts>;
  readonly onStep?: (step: number, arm: string) => void | Promise<void>;
  readonly onEvent?: (event: SeesawEvent, control: RunControl) => void;
}

async function train({ config = {}, parts = {}, onStep = () => undefined, onEvent }: Setup = {}): Promise<SeesawEvent[]> {
  const backbone = await tinyBackbone();
  const events: SeesawEvent[] = [];
  const control = new RunControl();
  let clock = 0;
  await runSeesaw(
    { ...SEESAW_CONFIG, training: { ...SEESAW_CONFIG.training, steps: 3 }, checkpointEvery: 0, ...config },
    {
      openDevice: () => Promise.resolve({ report: DEVICE, fault: new Promise<Error>(() => undefined), createDecoder: () => Promise.reject(new Error('not made in tests')) }),
      loadBackbone: () => Promise.resolve(backbone),
      loadQuestions: () => Promise.resolve({ questions: [question('a'), question('b')], problems: [] }),
      loadTrajectories: () => Promise.resolve({ encoded: [], problems: [], notes: [] }),
      createRetriever: () => Promise.resolve({ retriever: { description: 'BM25', search: () => Promise.resolve([]) }, gold: null, problems: [] }),
      openLearner: (request) => Promise.resolve(fakeLearner(request, (step) => onStep(step, request.arm.id))),
      openCheckpoints: () => Promise.resolve(null),
      resume: false,
      frozen: () => NOTHING,
      now: () => (clock += 10),
      breathe: () => Promise.resolve(),
      ...parts,
    },
    control,
    (event) => {
      events.push(event);
      onEvent?.(event, control);
    },
  );
  return events;
}

const rewards = (events: readonly SeesawEvent[]): Record<string, number> => Object.fromEntries(all(events, 'step').map(({ run, report }) => [`${run.arm}-${run.seed} ${report.step}`, report.reward]));

describe('runSeesaw', () => {
  it('trains every arm once a seed, the untrained backbone once, and tells everything in order', async () => {
    const events = await train({ config: { arms: armsNamed('base', 'joint', 'dart'), seeds: [1, 2] } });
    expect(all(events, 'run-started').map(({ run }) => `${run.arm}-${run.seed}`)).toEqual(['base-1', 'joint-1', 'dart-1', 'joint-2', 'dart-2']);
    expect(all(events, 'run-finished')).toHaveLength(5);
    expect(all(events, 'step')).toHaveLength(12);
    expect(all(events, 'evaluation').filter(({ run }) => run.arm === 'joint').map(({ point }) => point.step)).toEqual([0, 2, 3, 0, 2, 3]);
    expect(all(events, 'evaluation').filter(({ run }) => run.arm === 'base').map(({ point }) => point.step)).toEqual([0]);
    const [ready] = all(events, 'ready');
    expect(ready).toMatchObject({ trainQuestions: 2, evaluationQuestions: 2, retriever: 'BM25' });
    expect(ready.parameters[0]).toBe(0);
    expect(ready.parameters[1]).toBe(ready.parameters[2]);
    expect(ready.notes.join(' ')).toMatch(/reasoning skill is not measured/);
    expect(all(events, 'progress').at(-1)).toMatchObject({ done: 12, total: 12, secondsLeft: 0, gpuBytes: 1000 });
    expect(all(events, 'adapters').filter(({ run }) => run.arm === 'dart' && run.seed === 2).at(-1)).toMatchObject({ step: 3, files: [{ path: 'dart/adapter_config.json' }] });
    expect(events.every((event, index) => index === 0 || event.at >= events[index - 1].at)).toBe(true);
    expect(events.at(-1)).toMatchObject({ type: 'finished', peakGpuBytes: 2000 });
  });

  it('steps a paused run by whole optimiser steps', async () => {
    const seen: number[] = [];
    let taken = 0;
    const events = await train({
      config: { arms: armsNamed('joint') },
      onEvent: (event, control) => {
        if (event.type === 'evaluation' && event.point.step === 0) control.pause();
        if (event.type === 'step') taken += 1;
        if (event.type === 'paused') void steps(control, () => taken, seen);
      },
    });
    expect(seen).toEqual([0, 1, 2]);
    expect([all(events, 'paused').length, all(events, 'resumed').length]).toEqual([1, 1]);
    expect(events.at(-1)?.type).toBe('finished');
  });

  it('goes on from what is kept when the device is lost, and tells it', async () => {
    const undisturbed = rewards(await train());
    let lose: (error: Error) => void = () => undefined;
    let opened = 0;
    let lost = 0;
    const events = await train({
      parts: {
        openDevice: () => {
          opened += 1;
          const fault = new Promise<Error>((resolve) => (lose = resolve));
          return Promise.resolve({ report: DEVICE, fault, createDecoder: () => Promise.reject(new Error('not made in tests')) });
        },
      },
      onStep: (step, arm) => {
        if (arm !== 'dart' || step !== 1 || lost > 1) return undefined;
        lost += 1;
        lose(new DeviceLostError('gone'));
        // Nothing on a lost device answers any more.
        return new Promise<void>(() => undefined);
      },
    });
    expect(opened).toBe(3);
    expect(all(events, 'recovered')).toMatchObject([{ run: { arm: 'dart' }, step: 1, reason: 'The graphics device was lost (gone).' }, { step: 1 }]);
    expect(rewards(events)).toEqual(undisturbed);
    expect(events.at(-1)?.type).toBe('finished');
  });

  it('gives up on a device that is lost again and again, and on other errors at once', async () => {
    let lose: (error: Error) => void = () => undefined;
    const parts: Partial<SeesawParts> = {
      openDevice: () => Promise.resolve({ report: DEVICE, fault: new Promise<Error>((resolve) => (lose = resolve)), createDecoder: () => Promise.reject(new Error('not made in tests')) }),
    };
    const events = await train({
      parts,
      onStep: () => {
        lose(new DeviceLostError('gone'));
        return new Promise<void>(() => undefined);
      },
    });
    expect(all(events, 'recovered')).toHaveLength(3);
    expect(events.at(-1)).toMatchObject({ type: 'failed', failure: { message: 'The graphics device was lost (gone).' } });
    const broken = await train({ onStep: () => Promise.reject(new Error('no')) });
    expect(all(broken, 'recovered')).toHaveLength(0);
    expect(broken.at(-1)).toMatchObject({ type: 'failed', failure: { message: 'Something unexpected failed: no' } });
  });

  it('keeps checkpoints, goes on from them, and trains on where none can be kept', async () => {
    const store = new CheckpointStore(memoryFolder());
    const parts: Partial<SeesawParts> = { openCheckpoints: () => Promise.resolve(store) };
    const config = { checkpointEvery: 1 };
    const broken = await train({ config, parts, onEvent: (event, control) => event.type === 'checkpoint' && event.run.arm === 'dart' && event.step === 2 && control.cancel() });
    expect(broken.at(-1)?.type).toBe('cancelled');
    const resumed = await train({ config, parts: { ...parts, resume: true } });
    expect(all(resumed, 'run-started').map(({ step }) => step)).toEqual([3, 2]);
    expect(rewards(resumed)).toEqual(rewards(await train()));
    const other = await train({ config: { ...config, training: { ...SEESAW_CONFIG.training, kl: 0.1 } }, parts: { ...parts, resume: true } });
    expect(all(other, 'run-started').map(({ step }) => step)).toEqual([0, 0]);
    const full = await train({ config, parts: { openCheckpoints: () => Promise.resolve(new CheckpointStore(memoryFolder(() => 1000))) } });
    expect(all(full, 'checkpoint-failed')[0].failure.message).toMatch(/the browser allows this page only 0\.0 MB more/);
    expect(full.at(-1)?.type).toBe('finished');
    const refused = await train({ config, parts: { openCheckpoints: () => Promise.reject(new Error('Private.')) } });
    expect(all(refused, 'ready')[0].notes.join(' ')).toMatch(/No checkpoints are kept.*Private/);
  });

  it('keeps what was frozen by hand in the checkpoint, and does not freeze it in the next run', async () => {
    const store = new CheckpointStore(memoryFolder());
    const told = (events: readonly SeesawEvent[]) => all(events, 'frozen').map(({ run, step, adapters }) => [run.seed, step, adapters]);
    const config = { arms: armsNamed('dart'), checkpointEvery: 1 };
    const openCheckpoints = () => Promise.resolve(store);
    const seen: (readonly number[])[] = [];
    let frozen: readonly number[] = [];
    const freezeFirst = (event: SeesawEvent) => event.type === 'step' && event.run.seed === 1 && event.report.step === 0 && (frozen = [1]);
    await train({ config, parts: { openCheckpoints, frozen: () => frozen }, onEvent: (event, control) => {
        freezeFirst(event);
        if (event.type === 'checkpoint' && event.step === 2) control.cancel();
      } });
    const resumed = await train({
      config: { ...config, seeds: [1, 2] },
      parts: {
        openCheckpoints,
        resume: true,
        openLearner: (request) => {
          const learner = fakeLearner(request, () => undefined);
          const step: Learner['step'] = (index, still) => {
            seen.push(still);
            return learner.step(index, still);
          };
          return Promise.resolve({ ...learner, step });
        },
      },
    });
    expect(told(resumed)).toEqual([[1, 1, [1]]]);
    expect(resumed.findIndex(({ type }) => type === 'frozen')).toBeGreaterThan(resumed.findIndex((event) => event.type === 'step' && event.report.step === 0));
    // The last step of the first seed; the second seed begins with nothing frozen.
    expect(seen).toEqual([[1], [], [], []]);
    frozen = [];
    const next = await train({ config: { ...config, checkpointEvery: 0, seeds: [1, 2] }, parts: { frozen: () => frozen }, onEvent: freezeFirst });
    expect(told(next)).toEqual([[1, 1, [1]]]);
  });

  it('tells when adapters are frozen, and refuses what cannot be trained', async () => {
    let frozen: readonly number[] = [];
    const events = await train({ config: { arms: armsNamed('dart') }, parts: { frozen: () => frozen }, onEvent: (event) => event.type === 'step' && (frozen = event.report.step === 0 ? [1] : []) });
    expect(all(events, 'frozen').map(({ step, adapters }) => [step, adapters])).toEqual([[1, [1]], [2, []]]);
    for (const [config, sentence] of [
      [{ arms: [] }, /No arm is chosen/],
      [{ seeds: [1, 1] }, /A seed stands twice/],
      [{ arms: [{ ...armsNamed('dart')[0], rank: 0 }] }, /"DART" cannot be trained/],
      [{ training: { ...SEESAW_CONFIG.training, samples: 1 } }, /nothing to compare/],
    ] as const) {
      const [only] = await train({ config });
      expect(only).toMatchObject({ type: 'failed', failure: { message: expect.stringMatching(sentence) as string } });
    }
  });
});

/** Two single steps, then on. */
async function steps(control: RunControl, taken: () => number, seen: number[]): Promise<void> {
  const soon = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 20));
  for (let press = 0; press < 2; press++) {
    await soon();
    seen.push(taken());
    control.step();
  }
  await soon();
  seen.push(taken());
  control.resume();
}
