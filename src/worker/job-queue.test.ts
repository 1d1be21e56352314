import { describe, expect, it } from 'vitest';
import type { RunControl } from '../lab/run-control.ts';
import { JobQueue, type JobKind } from './job-queue.ts';

const soon = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 0));

function setup() {
  const queue = new JobQueue();
  const told: string[] = [];
  const start = (name: string, kind: JobKind): (() => void) => {
    let end: () => void = () => undefined;
    const job = async (control: RunControl): Promise<void> => {
      told.push(`${name} begins`);
      await new Promise<void>((resolve) => {
        end = resolve;
        control.signal.addEventListener('abort', () => resolve());
      });
      told.push(`${name} ends${control.cancelled ? ' early' : ''}`);
    };
    queue.start(kind, job, { onWaiting: () => told.push(`${name} waits`), onCancelled: () => told.push(`${name} cancelled`) });
    return () => end();
  };
  return { queue, told, start };
}

describe('JobQueue', () => {
  it('gives a job up for a new one of its kind, and lets one of the other kind wait', async () => {
    const { told, start } = setup();
    start('one', 'angles');
    await soon();
    const two = start('two', 'angles');
    await soon();
    const three = start('three', 'rollouts');
    await soon();
    two();
    await soon();
    three();
    await soon();
    expect(told).toEqual(['one begins', 'two waits', 'one ends early', 'two begins', 'three waits', 'two ends', 'three begins', 'three ends']);
  });

  it('tells at once when a job is cancelled before its turn, and never begins it', async () => {
    const { queue, told, start } = setup();
    const one = start('one', 'angles');
    await soon();
    start('two', 'rollouts');
    queue.control('rollouts')?.cancel();
    expect(told).toEqual(['one begins', 'two waits', 'two cancelled']);
    one();
    await soon();
    const three = start('three', 'rollouts');
    await soon();
    three();
    await soon();
    expect(told.slice(3)).toEqual(['one ends', 'three begins', 'three ends']);
  });

  it('goes on behind a job that throws, and tells of it', async () => {
    const faults: unknown[] = [];
    const queue = new JobQueue((error) => faults.push(error));
    const fault = new Error('A fault of ours.');
    let ran = false;
    queue.add(() => Promise.reject(fault));
    queue.add(() => Promise.resolve(void (ran = true)));
    await soon();
    expect([faults, ran]).toEqual([[fault], true]);
  });
});
