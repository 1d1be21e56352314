import { describe, expect, it } from 'vitest';
import type { Backbone } from '../backbone/load.ts';
import { SEARCH_R1_TAGS, TrajectoryError } from '../core/trajectory/tags.ts';
import type { TrajectoryFile } from '../core/trajectory/types.ts';
import type { DecoderApi } from '../engine/types.ts';
import { runAngles, type AngleRunParts } from './angle-run.ts';
import type { AngleEvent, AngleRunConfig } from './events.ts';
import { DeviceLostError } from './failure.ts';
import { RunControl } from './run-control.ts';
import { fakeDecoder, fakeGradient, innerProduct } from './testing/fake-decoder.ts';
import { CONFIG, DEVICE, tinyBackbone, worldFile } from './testing/tiny.ts';

type Of<Type extends AngleEvent['type']> = Extract<AngleEvent, { readonly type: Type }>;

function all<Type extends AngleEvent['type']>(events: readonly AngleEvent[], type: Type): Of<Type>[] {
  return events.filter((event): event is Of<Type> => event.type === type);
}

interface Setup {
  readonly config?: Partial<AngleRunConfig>;
  readonly decoder?: DecoderApi;
  readonly file?: TrajectoryFile;
  readonly parts?: (backbone: Backbone) => Partial<AngleRunParts>;
  readonly onEvent?: (event: AngleEvent, control: RunControl) => void;
}

async function run({ config = {}, decoder = fakeDecoder(), file = worldFile(), parts, onEvent }: Setup = {}): Promise<AngleEvent[]> {
  const backbone = await tinyBackbone();
  const events: AngleEvent[] = [];
  const control = new RunControl();
  let clock = 0;
  await runAngles(
    { ...CONFIG, maxGroups: 2, ...config },
    {
      openDevice: () => Promise.resolve({ report: DEVICE, fault: new Promise<Error>(() => undefined), createDecoder: () => Promise.resolve(decoder) }),
      loadBackbone: () => Promise.resolve(backbone),
      loadAdapters: () => Promise.resolve(null),
      loadTrajectories: () => Promise.resolve({ file, tags: SEARCH_R1_TAGS, sha256: 'ab'.repeat(32) }),
      now: () => (clock += 100),
      breathe: () => Promise.resolve(),
      ...parts?.(backbone),
    },
    control,
    (event) => {
      events.push(event);
      onEvent?.(event, control);
    },
  );
  return events;
}

describe('runAngles', () => {
  it('tells phases, device, inventory, progress, blocks and the end, in order of time', async () => {
    const decoder = fakeDecoder();
    const events = await run({ decoder });
    expect(events[0]).toMatchObject({ type: 'phase', phase: 'load' });
    expect(events.at(-1)).toMatchObject({ type: 'finished', peakGpuBytes: 2000 });
    expect([...new Set(all(events, 'phase').map(({ phase }) => phase))]).toEqual(['load', 'compile', 'forward/backward', 'finished']);
    expect(events.every((event, index) => index === 0 || event.at >= events[index - 1].at)).toBe(true);
    const [inventory] = all(events, 'inventory');
    expect(inventory.trajectories).toHaveLength(32);
    expect(inventory.modules).toHaveLength(14);
    expect(inventory.tokens).toBe(inventory.trajectories.reduce((sum, { tokens }) => sum + tokens, 0));
    expect(inventory.spans.every(({ loss, start, end }) => Number.isNaN(loss) && start >= 1 && end > start)).toBe(true);
    const last = all(events, 'progress').at(-1)!;
    expect(last).toMatchObject({ tokensDone: inventory.tokens, tokensTotal: inventory.tokens, trajectoriesDone: 32, secondsLeft: 0, gpuBytes: 1000 });
    expect(last.tokensPerSecond).toBeGreaterThan(0);
    expect(decoder.destroyed()).toBe(true);
    expect(decoder.open()).toBe(0);
  });

  it.each([false, true])('assembles each group to the Gram of its spans (whole: %s)', async (whole) => {
    const events = await run({ decoder: fakeDecoder({ whole }) });
    const [inventory] = all(events, 'inventory');
    const blocks = new Map(all(events, 'block').map((event) => [event.block.group, event]));
    expect(all(events, 'block').length > 2).toBe(!whole);
    expect([...blocks.values()].flatMap(({ block }) => [...block.spans])).toEqual(inventory.spans.map((_, index) => index));
    const { block, losses } = [...blocks.values()][1];
    const n = block.spans.length;
    const file = worldFile();
    const gradients = block.spans.map((index) => {
      const { trajectory, start, end } = inventory.spans[index];
      const { id } = inventory.trajectories[trajectory];
      const tokens = Uint32Array.from(file.trajectories.find((candidate) => candidate.id === id)!.tokens!);
      return (module: number) => fakeGradient(tokens, start, end, module);
    });
    for (const module of [0, 13]) {
      for (let i = 0; i < n; i += 7) {
        for (let j = 0; j < n; j += 1) expect(block.values[(module * n + i) * n + j]).toBeCloseTo(innerProduct(gradients[i](module), gradients[j](module)), 12);
      }
    }
    expect([...losses]).toEqual(block.spans.map((index) => inventory.spans[index].end - inventory.spans[index].start));
  });

  it('gives blocks that grow and keep what they held', async () => {
    const events = await run({ config: { maxGroups: 1 } });
    const blocks = all(events, 'block').map(({ block }) => block);
    blocks.slice(1).forEach((block, index) => {
      const before = blocks[index];
      const [n, m] = [block.spans.length, before.spans.length];
      expect(block.spans.slice(0, m)).toEqual(before.spans);
      expect(block.values[n + 1]).toBe(before.values[m + 1]);
    });
  });

  it('pauses and goes on between micro-batches, and the pause does not count', async () => {
    const order: string[] = [];
    let clock = 0;
    const events = await run({
      parts: () => ({ now: () => clock }),
      onEvent: (event, control) => {
        clock += 10;
        order.push(event.type);
        if (event.type === 'block' && order.filter((type) => type === 'block').length === 3) control.pause();
        if (event.type === 'paused') {
          setTimeout(() => {
            clock += 5000;
            control.resume();
          }, 5);
        }
      },
    });
    const at = order.indexOf('paused');
    expect(order[at + 1]).toBe('resumed');
    expect(order.slice(0, at).filter((type) => type === 'block')).toHaveLength(3);
    expect(events.at(-1)?.type).toBe('finished');
    const [finished] = all(events, 'finished');
    expect(finished.at - finished.seconds * 1000).toBeCloseTo(5010, 6);
  });

  it.each(['running', 'paused'])('can be cancelled while %s; what is finished is kept', async (when) => {
    const decoder = fakeDecoder();
    const events = await run({
      decoder,
      onEvent: (event, control) => {
        if (event.type !== 'block') return;
        if (when === 'paused') {
          control.pause();
          setTimeout(() => control.cancel(), 5);
        } else control.cancel();
      },
    });
    expect(events.at(-1)?.type).toBe('cancelled');
    expect(all(events, 'block')).toHaveLength(1);
    expect(all(events, 'resumed')).toHaveLength(0);
    expect([decoder.destroyed(), decoder.open()]).toEqual([true, 0]);
  });

  it('tells progress between the passes of an addition', async () => {
    const events = await run({ decoder: fakeDecoder({ whole: true, passes: 4 }), config: { maxGroups: 1 } });
    const told = all(events, 'progress');
    expect(told).toHaveLength(4);
    const total = told[3].tokensTotal;
    expect(told.map(({ tokensDone }) => tokensDone)).toEqual([1, 2, 3, 4].map((done) => Math.floor((done / 4) * total)));
    expect(told.map(({ trajectoriesDone }) => trajectoriesDone > 0)).toEqual([false, false, false, true]);
    expect(all(events, 'block')).toHaveLength(1);
  });

  it('pauses and can be cancelled between the passes of an addition', async () => {
    const decoder = fakeDecoder({ whole: true, passes: 4 });
    const events = await run({
      decoder,
      config: { maxGroups: 1 },
      onEvent: (event, control) => {
        if (event.type === 'progress' && !control.paused) control.pause();
        if (event.type === 'paused') setTimeout(() => control.cancel(), 5);
      },
    });
    expect(events.slice(-3).map(({ type }) => type)).toEqual(['progress', 'paused', 'cancelled']);
    expect(all(events, 'block')).toHaveLength(0);
    expect([decoder.destroyed(), decoder.open()]).toEqual([true, 0]);
  });

  it('tells a failure of the engine, after the blocks before it', async () => {
    let calls = 0;
    const decoder = fakeDecoder({
      onAdd: () => {
        calls += 1;
        if (calls === 4) throw new Error('Device was lost');
      },
    });
    const events = await run({ decoder });
    expect(all(events, 'block')).toHaveLength(3);
    expect(events.at(-1)).toMatchObject({ type: 'failed', failure: { message: expect.stringMatching(/graphics device was lost/) as string } });
    expect(decoder.open()).toBe(0);
  });

  it('notices a lost device even when the engine never answers', async () => {
    const events = await run({
      parts: () => ({
        openDevice: () => {
          let lose: (error: Error) => void = () => undefined;
          const fault = new Promise<Error>((resolve) => {
            lose = resolve;
          });
          const decoder = fakeDecoder({
            onAdd: () => {
              lose(new DeviceLostError('driver reset'));
              return new Promise(() => undefined);
            },
          });
          return Promise.resolve({ report: DEVICE, fault, createDecoder: () => Promise.resolve(decoder) });
        },
      }),
    });
    expect(events.at(-1)).toMatchObject({ type: 'failed', failure: { message: 'The graphics device was lost (driver reset).' } });
  });

  it('looks for the device before anything is loaded, and hands on its way out', async () => {
    const refused = Object.assign(new Error('This browser does not offer WebGPU.'), { remedy: 'Use another.' });
    const events = await run({ parts: () => ({ openDevice: () => Promise.reject(refused), loadBackbone: () => Promise.reject(new Error('not reached')) }) });
    expect(events.map(({ type }) => type)).toEqual(['phase', 'failed']);
    expect(events.at(-1)).toMatchObject({ failure: { message: 'This browser does not offer WebGPU.', remedy: 'Use another.' } });
  });

  it('tells problems of the file, and what is left out, in the inventory', async () => {
    const file = worldFile();
    const problems = [{ line: 7, reason: 'not JSON' }];
    const [first, ...rest] = file.trajectories;
    const events = await run({ file: { ...file, problems, trajectories: [{ ...first, tokens: Array.from({ length: 400 }, () => first.tokens!).flat() }, ...rest] } });
    const [inventory] = all(events, 'inventory');
    expect(inventory.problems).toEqual([problems[0], { line: 0, reason: expect.stringMatching(/has \d+ tokens and the model's context is 4096/) as string }]);
    expect(inventory.notes).toContain('1 trajectory was left out.');
    expect(inventory.trajectories).toHaveLength(31);
  });

  it('puts the trajectories of a question together, in the order of the file', async () => {
    const file = worldFile();
    const shuffled = [...file.trajectories].sort((a, b) => a.id.slice(-1).localeCompare(b.id.slice(-1)));
    const events = await run({ file: { ...file, trajectories: shuffled }, config: { maxGroups: 3 } });
    const groups = all(events, 'inventory')[0].trajectories.map(({ group }) => group);
    expect(groups).toEqual([...groups].sort((a, b) => groups.indexOf(a) - groups.indexOf(b)));
    expect(new Set(groups).size).toBe(3);
  });

  it('takes advantages over every rollout of a question, and equal fingerprints for equal tokens', async () => {
    const file = worldFile();
    const twice = [...file.trajectories.slice(0, 16), { ...file.trajectories[1], id: 'copy' }];
    const events = await run({ file: { ...file, trajectories: twice } });
    const { trajectories } = all(events, 'inventory')[0];
    expect(trajectories[16].fingerprint).toBe(trajectories[1].fingerprint);
    expect(new Set(trajectories.map(({ fingerprint }) => fingerprint)).size).toBeLessThan(17);
    expect(trajectories.reduce((sum, { advantage }) => sum + advantage!, 0)).toBeCloseTo(0, 9);
  });

  it('says so when the file calls no tool', async () => {
    const events = await run({ parts: () => ({ loadTrajectories: () => Promise.reject(new TrajectoryError('The file is empty.', 'Choose another.')) }) });
    expect(events.at(-1)).toMatchObject({ type: 'failed', failure: { message: 'The file is empty.', remedy: 'Choose another.' } });
  });

  it('says so when the backbone has no tokenizer', async () => {
    const events = await run({ parts: (backbone) => ({ loadBackbone: () => Promise.resolve({ ...backbone, tokenizer: null }) }) });
    expect(events.at(-1)).toMatchObject({ type: 'failed', failure: { message: expect.stringMatching(/no tokenizer\.json/) as string } });
  });
});
