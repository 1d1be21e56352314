import { describe, expect, it } from 'vitest';
import { BackboneError } from '../backbone/types.ts';
import { DeviceError } from '../gpu/device.ts';
import { DeviceLostError } from './failure.ts';
import type { ModelCheckEvent, VerdictKind } from './model-check-events.ts';
import type { ModelCheckParts } from './model-check-parts.ts';
import { checkAdapters } from './model-check-plan.ts';
import { runModelCheck } from './model-check.ts';
import { RunControl } from './run-control.ts';
import { fakeCheckEngine, fakeCheckSession, type FakeEngineOptions } from './testing/fake-check.ts';
import { DEVICE, tinyBackbone } from './testing/tiny.ts';

const CONFIG = { backbone: 'seesaw-tiny', tokens: 16, seed: 1 };
const PREDICTED = { layers: 0, embedding: 0, adapters: 0, gradients: 0, activations: 0, peak: 1000 };
const REPORT = { provider: 'wasm', measured: [], reason: 'It is the only one.' } as const;

type Of<Type extends ModelCheckEvent['type']> = Extract<ModelCheckEvent, { readonly type: Type }>;

function all<Type extends ModelCheckEvent['type']>(events: readonly ModelCheckEvent[], type: Type): Of<Type>[] {
  return events.filter((event): event is Of<Type> => event.type === type);
}

function verdictOf(events: readonly ModelCheckEvent[], kind: VerdictKind): string {
  return all(events, 'verdict').find(({ verdict }) => verdict.kind === kind)?.verdict.outcome ?? 'none';
}

interface Setup extends FakeEngineOptions {
  readonly shift?: number;
  readonly fault?: Promise<Error>;
  readonly parts?: Partial<ModelCheckParts>;
  readonly onEvent?: (event: ModelCheckEvent, control: RunControl) => void;
}

async function run({ shift = 0, fault = new Promise<Error>(() => undefined), parts, onEvent, ...engine }: Setup = {}) {
  const backbone = await tinyBackbone();
  const adapters = checkAdapters(backbone.config, CONFIG.seed);
  const fake = fakeCheckEngine(adapters, engine);
  const session = fakeCheckSession(backbone, adapters, CONFIG, shift);
  const events: ModelCheckEvent[] = [];
  const control = new RunControl();
  let clock = 0;
  await runModelCheck(
    CONFIG,
    {
      openDevice: () => Promise.resolve({ report: DEVICE, fault, createEngine: () => Promise.resolve(fake) }),
      loadBackbone: () => Promise.resolve(backbone),
      predict: () => Promise.resolve(PREDICTED),
      undecodable: () => Promise.resolve(null),
      openSession: () => Promise.resolve({ session, report: REPORT }),
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
  return { events, fake, session };
}

describe('runModelCheck', () => {
  it('measures every phase in order, and passes what agrees', async () => {
    const { events, fake, session } = await run();
    expect(all(events, 'measured').map(({ measure }) => measure.phase)).toEqual(['load', 'predict', 'prepare', 'forward', 'backward', 'differences', 'onnxruntime']);
    expect(events.every((event, index) => index === 0 || event.at >= events[index - 1].at)).toBe(true);
    expect(all(events, 'backbone')[0].backbone).toMatchObject({ name: 'public/models/seesaw-tiny' });
    expect(all(events, 'verdict').map(({ verdict }) => [verdict.kind, verdict.outcome])).toEqual([
      ['backward', 'passed'],
      ['differences', 'passed'],
      ['memory', 'passed'],
      ['onnxruntime', 'passed'],
    ]);
    const { layers } = (await tinyBackbone()).config;
    expect(all(events, 'difference').map(({ difference: { layer, part } }) => [layer, part])).toEqual([[0, 'A'], [Math.floor(layers / 2), 'B'], [layers - 1, 'B']]);
    // The made-up model is smooth and computed in f64, so only the f32 of its log-probabilities is left.
    for (const { difference } of all(events, 'difference')) expect(difference.error).toBeLessThan(2e-3);
    expect(all(events, 'parity')[0].parity).toMatchObject({ tokens: 15, tolerance: 1e-3 });
    expect(all(events, 'parity')[0].parity.maxDifference).toBeLessThan(1e-5);
    expect(events.at(-1)).toMatchObject({ type: 'finished', longestSubmitMs: 12 });
    expect([fake.destroyed(), session.closed()]).toEqual([true, true]);
    // The engine has gone before a session holds a second copy of the backbone.
    expect(all(events, 'measured').at(-1)?.measure).toMatchObject({ gpuBytes: 0, peakBytes: 1000 });
  });

  it.each([
    ['a gradient that is 3 % too large', { wrong: 1.03 }, 'differences'],
    ['a gradient of the wrong sign', { wrong: -1 }, 'differences'],
    ['a session that differs by 0.01 nats', { shift: 0.01 }, 'onnxruntime'],
    ['a session that gives no numbers', { shift: Number.NaN }, 'onnxruntime'],
    ['more memory than was predicted', { bytes: 1160 }, 'memory'],
    ['less memory than was predicted', { bytes: 840 }, 'memory'],
    ['gradients that are 0', { wrong: 0 }, 'backward'],
    ['gradients that are not numbers', { wrong: Number.NaN }, 'backward'],
  ] as const)('catches %s', async (_, setup, kind) => {
    const { events } = await run(setup);
    expect(verdictOf(events, kind)).toBe('failed');
    expect(events.at(-1)?.type).toBe('finished');
  });

  it('catches losses of the backward pass that are not the forward’s', async () => {
    const backbone = await tinyBackbone();
    const fake = fakeCheckEngine(checkAdapters(backbone.config, CONFIG.seed));
    const other = { ...fake, backward: async (...given: Parameters<typeof fake.backward>) => ({ ...(await fake.backward(...given)), losses: Float64Array.of(1, 2) }) };
    const { events } = await run({ parts: { openDevice: () => Promise.resolve({ report: DEVICE, fault: new Promise<Error>(() => undefined), createEngine: () => Promise.resolve(other) }) } });
    expect(verdictOf(events, 'backward')).toBe('failed');
  });

  it('tells and does not judge where activations are rounded to 8 bits', async () => {
    const backbone = await tinyBackbone();
    const { events } = await run({ shift: 0.3, parts: { loadBackbone: () => Promise.resolve({ ...backbone, weights: { ...backbone.weights, activationsRounded: 'allowed' } }) } });
    expect(verdictOf(events, 'onnxruntime')).toBe('told');
    expect(all(events, 'parity')[0].parity.maxDifference).toBeCloseTo(0.3, 4);
  });

  it.each([
    ['The model has no key/value cache.', 'told'],
    [null, 'failed'],
  ] as const)('says why there was no session; judged only where the graph should decode', async (undecodable, outcome) => {
    const { events } = await run({ parts: { undecodable: () => Promise.resolve(undecodable), openSession: () => Promise.reject(new BackboneError('It has no key/value cache.')) } });
    const verdict = all(events, 'verdict').at(-1)?.verdict;
    expect(verdict).toMatchObject({ kind: 'onnxruntime', outcome });
    expect(verdict?.finding).toMatch(/Not compared with onnxruntime\. .*no key\/value cache/);
    expect(events.at(-1)?.type).toBe('finished');
  });

  it('needs a graphics device', async () => {
    const { events } = await run({ parts: { openDevice: () => Promise.reject(new DeviceError('This browser does not offer WebGPU.', 'Switch it on.')) } });
    expect(events.at(-1)).toMatchObject({ type: 'failed', failure: { message: 'This browser does not offer WebGPU.', remedy: 'Switch it on.' } });
  });

  it('keeps what was measured when the device is lost', async () => {
    let lose: (error: Error) => void = () => undefined;
    const fault = new Promise<Error>((resolve) => (lose = resolve));
    const { events, fake } = await run({ fault, onForward: (forwards) => (forwards === 3 ? new Promise(() => lose(new DeviceLostError('gone'))) : undefined) });
    expect(events.at(-1)).toMatchObject({ type: 'failed', failure: { message: 'The graphics device was lost (gone).' } });
    expect(all(events, 'measured').at(-1)?.measure.phase).toBe('backward');
    expect(fake.destroyed()).toBe(true);
  });

  it('does not wait for a session on a device that is lost while it compares', async () => {
    let lose: (error: Error) => void = () => undefined;
    const fault = new Promise<Error>((resolve) => (lose = resolve));
    const never = new Promise<never>(() => undefined);
    const stuck = fakeCheckSession(await tinyBackbone(), checkAdapters((await tinyBackbone()).config, CONFIG.seed), CONFIG, 0);
    const step = (): Promise<never> => {
      lose(new DeviceLostError('gone'));
      return never;
    };
    const session = { ...stuck, open: (slots: number) => ({ ...stuck.open(slots), step }), destroy: () => never };
    const { events } = await run({ fault, parts: { openSession: () => Promise.resolve({ session, report: REPORT }) } });
    expect(events.at(-1)).toMatchObject({ type: 'failed', failure: { message: 'The graphics device was lost (gone).' } });
  });

  it('closes a session that comes after the check was cancelled', async () => {
    let opened: () => void = () => undefined;
    const backbone = await tinyBackbone();
    const late = fakeCheckSession(backbone, checkAdapters(backbone.config, CONFIG.seed), CONFIG, 0);
    const { events } = await run({
      parts: { openSession: () => new Promise((resolve) => (opened = () => resolve({ session: late, report: REPORT }))) },
      onEvent: (event, control) => event.type === 'phase' && event.detail === 'opening a session' && setTimeout(() => control.cancel(), 0),
    });
    expect(events.at(-1)?.type).toBe('cancelled');
    opened();
    await new Promise((resolve) => setTimeout(resolve, 0));
    expect(late.closed()).toBe(true);
  });

  it('is refused where the sequence does not fit the backbone', async () => {
    const backbone = await tinyBackbone();
    const { events } = await run({ parts: { loadBackbone: () => Promise.resolve({ ...backbone, config: { ...backbone.config, maxPositions: 12 } }) } });
    expect(events.at(-1)).toMatchObject({ type: 'failed', failure: { message: 'The backbone has 12 positions, fewer than the 16 tokens of the check.', remedy: 'Choose a shorter sequence.' } });
  });

  it('is refused where the adapter has no room, with the number that is missing', async () => {
    const { events } = await run({ parts: { predict: () => Promise.reject(new RangeError('embedding 0 needs 600 bytes in one binding; this adapter allows 500.')) } });
    expect(events.at(-1)).toMatchObject({ type: 'failed', failure: { message: expect.stringMatching(/needs 600 bytes/) as string } });
  });

  it('pauses between two passes and goes on', async () => {
    const { events } = await run({
      onForward: (forwards) => {
        if (forwards === 2) pauseAt();
      },
      onEvent: (event, control) => {
        pauseAt = () => control.pause();
        if (event.type === 'paused') setTimeout(() => control.resume(), 5);
      },
    });
    expect([all(events, 'paused').length, all(events, 'resumed').length]).toEqual([1, 1]);
    expect(events.at(-1)?.type).toBe('finished');
  });

  it('is cancelled between two passes, and while kernels are compiled', async () => {
    const { events, fake } = await run({ onEvent: (event, control) => event.type === 'difference' && control.cancel() });
    expect(events.at(-1)?.type).toBe('cancelled');
    expect(all(events, 'difference')).toHaveLength(1);
    expect(fake.destroyed()).toBe(true);
    const compiling = await run({
      parts: { openDevice: () => Promise.resolve({ report: DEVICE, fault: new Promise<Error>(() => undefined), createEngine: () => new Promise(() => undefined) }) },
      onEvent: (event, control) => event.type === 'phase' && event.phase === 'prepare' && setTimeout(() => control.cancel(), 0),
    });
    expect(compiling.events.at(-1)?.type).toBe('cancelled');
  });

  it('closes the session of a check that is cancelled while it compares', async () => {
    const { events, session } = await run({ onEvent: (event, control) => event.type === 'phase' && event.phase === 'onnxruntime' && (event.fraction ?? 0) > 0.3 && control.cancel() });
    expect(events.at(-1)?.type).toBe('cancelled');
    expect(session.closed()).toBe(true);
  });
});

let pauseAt: () => void = () => undefined;
