import { describe, expect, it } from 'vitest';
import { DeviceError } from '../gpu/device.ts';
import type { RoutedSession } from '../inference/types.ts';
import { DeviceLostError } from './failure.ts';
import type { RolloutEvent, RolloutRunConfig } from './rollout-events.ts';
import type { RolloutParts } from './rollout-parts.ts';
import { runRolloutJob } from './rollout-run.ts';
import { RunControl } from './run-control.ts';
import { fakeDecoder } from './testing/fake-decoder.ts';
import { fakeLoop, fakeSession, question, ROLLOUT_CONFIG } from './testing/fake-rollouts.ts';
import { DEVICE, tinyBackbone } from './testing/tiny.ts';

type Of<Type extends RolloutEvent['type']> = Extract<RolloutEvent, { readonly type: Type }>;

function all<Type extends RolloutEvent['type']>(events: readonly RolloutEvent[], type: Type): Of<Type>[] {
  return events.filter((event): event is Of<Type> => event.type === type);
}

interface Setup {
  readonly config?: Partial<RolloutRunConfig>;
  readonly session?: RoutedSession;
  readonly fault?: Promise<Error>;
  readonly parts?: Partial<RolloutParts>;
  readonly onEvent?: (event: RolloutEvent, control: RunControl) => void;
}

const REPORT = { provider: 'wasm', measured: [], reason: 'It is the only one.' } as const;
const none = { stacked: null, note: 'none', key: 'none' };

async function run({ config = {}, session = fakeSession(), fault = new Promise<Error>(() => undefined), parts, onEvent }: Setup = {}): Promise<RolloutEvent[]> {
  const backbone = await tinyBackbone();
  const events: RolloutEvent[] = [];
  const control = new RunControl();
  let clock = 0;
  await runRolloutJob(
    { ...ROLLOUT_CONFIG, ...config },
    {
      openDevice: () => Promise.resolve({ report: DEVICE, fault, createDecoder: () => Promise.resolve(fakeDecoder()) }),
      loadBackbone: () => Promise.resolve(backbone),
      loadAdapters: () => Promise.resolve(none),
      loadQuestions: () => Promise.resolve({ questions: [question('a'), question('b')], problems: [{ line: 3, reason: 'no question' }] }),
      createRetriever: (progress) => {
        progress('10 of 10 passages', 1);
        return Promise.resolve({ retriever: { description: 'BM25+ over 10 passages', search: () => Promise.resolve([]) }, problems: [] });
      },
      openSession: () => Promise.resolve({ session, report: { ...REPORT, provider: session.provider } }),
      generate: fakeLoop,
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

describe('runRolloutJob', () => {
  it('tells phases, device, what is ready, tokens, rollouts, progress, parity and the end, in order of time', async () => {
    const events = await run();
    expect([...new Set(all(events, 'phase').map(({ phase }) => phase))]).toEqual(['load', 'corpus', 'session', 'generate', 'parity', 'finished']);
    expect(events.every((event, index) => index === 0 || event.at >= events[index - 1].at)).toBe(true);
    expect(all(events, 'device')[0].device).toBe(DEVICE);
    expect(all(events, 'ready')).toMatchObject([{ questions: 2, rollouts: 4, retriever: 'BM25+ over 10 passages', problems: [{ line: 3 }], writers: [{ label: 'Backbone', adapters: 'none' }], streamed: [{ id: 'a-0' }] }]);
    expect(all(events, 'tokens').flatMap(({ tokens }) => tokens.map(({ position }) => position))).toEqual([0, 1, 2, 3, 4]);
    expect(all(events, 'rollout').map(({ rollout }) => rollout.id)).toEqual(['a-0', 'a-1', 'b-0', 'b-1']);
    const last = all(events, 'progress').at(-1)!;
    expect(last).toMatchObject({ done: 4, total: 4, secondsLeft: 0, tokens: 20, split: { inputs: 0, kernels: 0, sampling: 3, environment: 4 } });
    expect(last.summaries).toMatchObject([{ rollouts: 4, exactMatch: 1, exactMatchError: 0 }]);
    // The fake engine gives −1 everywhere; one token of each rollout has −1.5.
    expect(all(events, 'parity')).toMatchObject([{ rollouts: 4, tokens: 12, maxDifference: 0.5 }]);
    expect(all(events, 'parity')[0].meanDifference).toBeCloseTo(2 / 12, 6);
    expect(events.at(-1)).toMatchObject({ type: 'finished' });
  });

  it('needs no graphics device, and says why nothing is compared then', async () => {
    const events = await run({ parts: { openDevice: () => Promise.reject(new DeviceError('This browser does not offer WebGPU.', 'x')) } });
    expect(all(events, 'device')[0].device).toBeNull();
    expect(all(events, 'rollout')).toHaveLength(4);
    expect(all(events, 'no-parity')[0].reason).toMatch(/no graphics device.*does not offer WebGPU/);
    expect(events.at(-1)?.type).toBe('finished');
    const asked = await run({ config: { provider: 'webgpu' }, parts: { openDevice: () => Promise.reject(new DeviceError('This browser does not offer WebGPU.', 'x')) } });
    expect(asked.at(-1)).toMatchObject({ type: 'failed', failure: { message: 'This browser does not offer WebGPU.' } });
  });

  it.each(['wasm', 'webgpu'] as const)('keeps what is finished when the device is lost; %s', async (provider) => {
    let lose: (error: Error) => void = () => undefined;
    const fault = new Promise<Error>((resolve) => (lose = resolve));
    const events = await run({ session: fakeSession(provider), fault, onEvent: (event) => event.type === 'rollout' && event.rollout.id === 'a-1' && lose(new DeviceLostError('gone')) });
    if (provider === 'webgpu') {
      expect(events.at(-1)).toMatchObject({ type: 'failed', failure: { message: 'The graphics device was lost (gone).' } });
      expect(all(events, 'rollout').length).toBeGreaterThanOrEqual(2);
    } else {
      expect(all(events, 'rollout')).toHaveLength(4);
      expect(all(events, 'phase').some(({ detail }) => detail.includes('goes on without it'))).toBe(true);
      expect(all(events, 'no-parity')[0].reason).toMatch(/lost before the comparison/);
      expect(events.at(-1)?.type).toBe('finished');
    }
  });

  it('pauses, steps and goes on', async () => {
    let steps = 0;
    const events = await run({
      onEvent: (event, control) => {
        if (event.type === 'rollout' && event.rollout.id === 'a-0') control.pause();
        if (event.type === 'paused') {
          const timer = setInterval(() => {
            if (steps++ < 3) control.step();
            else {
              clearInterval(timer);
              control.resume();
            }
          }, 2);
        }
      },
    });
    expect(steps).toBe(4);
    expect([all(events, 'paused'), all(events, 'resumed')].map(({ length }) => length)).toEqual([1, 1]);
    expect(events.at(-1)?.type).toBe('finished');
  });

  it('is cancelled between steps, and also while something is waited for', async () => {
    const events = await run({ onEvent: (event, control) => event.type === 'rollout' && control.cancel() });
    expect(events.at(-1)?.type).toBe('cancelled');
    expect(all(events, 'rollout')).toHaveLength(1);
    const indexing = await run({
      parts: {
        createRetriever: (progress, signal) => {
          progress('1 of 10', 0.1);
          return new Promise((_, reject) => signal.addEventListener('abort', () => reject(new DOMException('Aborted', 'AbortError'))));
        },
      },
      onEvent: (event, control) => event.type === 'phase' && event.fraction === 0.1 && setTimeout(() => control.cancel(), 0),
    });
    expect(indexing.at(-1)?.type).toBe('cancelled');
    let ready: (decoder: ReturnType<typeof fakeDecoder>) => void = () => undefined;
    const creating = new Promise<ReturnType<typeof fakeDecoder>>((resolve) => (ready = resolve));
    const comparing = await run({
      parts: { openDevice: () => Promise.resolve({ report: DEVICE, fault: new Promise<Error>(() => undefined), createDecoder: () => creating }) },
      onEvent: (event, control) => event.type === 'phase' && event.phase === 'parity' && setTimeout(() => control.cancel(), 0),
    });
    expect(comparing.at(-1)?.type).toBe('cancelled');
    const late = fakeDecoder();
    ready(late);
    await new Promise((resolve) => setTimeout(resolve, 0));
    expect(late.destroyed()).toBe(true);
  });

  it('opens one session for writers of the same adapters, and one provider for all', async () => {
    const asked: string[] = [];
    const writer = ROLLOUT_CONFIG.writers[0];
    const own = { label: 'Own', adapters: { kind: 'own' }, writing: { kind: 'agents', reasoning: 0, tool: 'base' } } as const;
    const events = await run({
      config: { writers: [writer, { ...writer, label: 'Again' }, own], samples: 1 },
      parts: {
        loadAdapters: (choice) => Promise.resolve(choice.kind === 'none' ? none : { stacked: null, note: 'own', key: 'own' }),
        openSession: (_, { key }, provider) => {
          asked.push(`${key} ${provider}`);
          return Promise.resolve({ session: fakeSession('wasm', key === 'own' ? 2 : 0), report: REPORT });
        },
      },
    });
    expect(asked).toEqual(['none auto', 'own wasm']);
    expect(all(events, 'rollout').map(({ rollout }) => rollout.id)).toEqual(['a-0-0', 'a-0-1', 'a-0-2', 'b-0-0', 'b-0-1', 'b-0-2']);
    // The third writer's two agents are compared by a forward each: the counts of tokens stay.
    expect(all(events, 'parity')).toMatchObject([{ rollouts: 6, tokens: 18 }]);
  });

  it('refuses a writer whose adapters are not there, and nothing to write, with sentences', async () => {
    const missing = await run({ config: { writers: [{ ...ROLLOUT_CONFIG.writers[0], writing: { kind: 'routed', reasoning: 0, tool: 1 } }] } });
    expect(missing.at(-1)).toMatchObject({ type: 'failed', failure: { message: expect.stringMatching(/uses adapter 1, and there are none/) as string } });
    const empty = await run({ parts: { loadQuestions: () => Promise.resolve({ questions: [], problems: [] }) } });
    expect(empty.at(-1)).toMatchObject({ type: 'failed', failure: { message: expect.stringMatching(/nothing to write/) as string } });
  });

  it('keeps the rollouts when the comparison fails', async () => {
    const events = await run({ parts: { openDevice: () => Promise.resolve({ report: DEVICE, fault: new Promise<Error>(() => undefined), createDecoder: () => Promise.reject(new RangeError('too large')) }) } });
    expect(all(events, 'no-parity')[0].reason).toMatch(/comparison with the engine failed/);
    expect(events.at(-1)?.type).toBe('finished');
  });
});
