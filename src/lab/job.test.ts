import { describe, expect, it } from 'vitest';
import { Cancelled } from './checkpoint.ts';
import { JobFrame, runJob, type Job, type JobEvent, type JobPhase } from './job.ts';
import { RunControl } from './run-control.ts';

type Told = JobEvent | JobPhase<'count'> | { readonly type: 'finished'; readonly at: number };

interface Tried {
  readonly run: (frame: JobFrame<'count'>, tell: (event: Told) => void, control: RunControl) => Promise<void>;
  readonly keep?: () => void;
}

/** A job on a clock that `tick` moves. */
async function tried({ run, keep }: Tried, clock: { now: number } = { now: 0 }): Promise<{ readonly told: Told[]; readonly released: () => number; readonly late: (event: Told) => void }> {
  const control = new RunControl();
  const told: Told[] = [];
  let released = 0;
  let late: (event: Told) => void = () => undefined;
  await runJob<Told>(
    control,
    (event) => told.push(event),
    (tell): Job<Told> => {
      late = tell;
      const frame = new JobFrame<'count'>({ control, emit: tell, tellPhase: tell, parts: { now: () => clock.now, breathe: () => Promise.resolve() } });
      return {
        frame,
        run: async () => {
          await run(frame, tell, control);
          return { type: 'finished', at: frame.elapsed() };
        },
        keep: () => keep?.(),
        release: () => {
          released += 1;
        },
      };
    },
  );
  return { told, released: () => released, late };
}

describe('runJob', () => {
  it('tells the last event of a job that ends, gives back what it holds, and tells nothing after it', async () => {
    const { told, released, late } = await tried({ run: () => Promise.resolve() });
    late({ type: 'resumed', at: 1 });
    expect(told).toEqual([{ type: 'finished', at: 0 }]);
    expect(released()).toBe(1);
  });

  it('tells a failure in one sentence with a way out, after what the job keeps', async () => {
    const kept: string[] = [];
    const { told, released } = await tried({ run: () => Promise.reject(new Error('too hot')), keep: () => kept.push('adapters') });
    expect(kept).toEqual(['adapters']);
    expect(told).toMatchObject([{ type: 'failed', failure: { message: 'Something unexpected failed: too hot' } }]);
    expect(released()).toBe(1);
  });

  it('takes whatever a cancelled job stumbles over for the cancelling itself', async () => {
    for (const error of [new Cancelled(), new Error('the search was aborted')]) {
      const { told } = await tried({
        run: (_frame, _tell, control) => {
          control.cancel();
          return Promise.reject(error);
        },
      });
      expect(told.map(({ type }) => type)).toEqual(['cancelled']);
    }
  });
});

describe('JobFrame', () => {
  it('tells a phase that counts at most ten times a second, and its end', async () => {
    const clock = { now: 0 };
    const { told } = await tried(
      {
        run: (frame) => {
          for (let step = 1; step <= 30; step++) {
            clock.now += 9;
            frame.counted('count', `${step}`, step / 30);
          }
          return Promise.resolve();
        },
      },
      clock,
    );
    // 9, 9 + 12 × 9 = 117, 225 ms, and the last at 270 ms.
    expect(told.flatMap((event) => (event.type === 'phase' ? [event.detail] : []))).toEqual(['1', '13', '25', '30']);
  });

  it('counts time without the pauses', async () => {
    const clock = { now: 0 };
    const active: number[] = [];
    const { told } = await tried(
      {
        run: async (frame, _tell, control) => {
          clock.now = 50;
          control.pause();
          const passed = frame.checkpoints.pass();
          setTimeout(() => {
            clock.now = 1050;
            control.resume();
          }, 0);
          await passed;
          active.push(frame.elapsed(), frame.active());
        },
      },
      clock,
    );
    expect(active).toEqual([1050, 50]);
    expect(told.map(({ type }) => type)).toEqual(['paused', 'resumed', 'finished']);
  });

  it('ends what waits for a device that is lost, and forgets the loss with the next device', async () => {
    let lose: (error: Error) => void = () => undefined;
    const losses: (string | undefined)[] = [];
    await tried({
      run: async (frame) => {
        frame.device.watch(new Promise((resolve) => (lose = resolve)));
        const forever = frame.guard(new Promise<never>(() => undefined));
        lose(new Error('gone'));
        await expect(forever).rejects.toThrow('gone');
        losses.push(frame.device.lost?.message);
        frame.device.watch(new Promise(() => undefined));
        losses.push(frame.device.lost?.message);
        await expect(frame.guard(Promise.resolve(3))).resolves.toBe(3);
      },
    });
    expect(losses).toEqual(['gone', undefined]);
  });
});
