import { describe, expect, it } from 'vitest';
import { Cancelled, Checkpoint } from './checkpoint.ts';
import { RunControl } from './run-control.ts';

const soon = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 0));

function setup(): { control: RunControl; checkpoint: Checkpoint; told: string[]; tick: () => number } {
  const control = new RunControl();
  const told: string[] = [];
  let clock = 0;
  const checkpoint = new Checkpoint({ control, breathe: () => Promise.resolve(), now: () => (clock += 10), onPaused: () => told.push('paused'), onResumed: () => told.push('resumed') });
  return { control, checkpoint, told, tick: () => clock };
}

describe('Checkpoint', () => {
  it('lets a paused run do everything up to the next boundary, where steps are coarse', async () => {
    const control = new RunControl();
    const told: string[] = [];
    const checkpoint = new Checkpoint({ control, coarse: true, breathe: () => Promise.resolve(), now: () => 0, onPaused: () => told.push('paused'), onResumed: () => told.push('resumed') });
    const done: string[] = [];
    const run = (async () => {
      for (let step = 0; step < 4; step++) {
        await checkpoint.boundary();
        for (let pass = 0; pass < 3; pass++) {
          await checkpoint.pass();
          done.push(`${step}.${pass}`);
          // Paused within a step: it waits there.
          if (step === 0 && pass === 0) control.pause();
        }
      }
    })();
    await soon();
    expect([done, told]).toEqual([['0.0'], ['paused']]);
    control.step();
    await soon();
    expect(done).toEqual(['0.0', '0.1', '0.2']);
    control.step();
    await soon();
    expect([done.at(-1), done.length, told]).toEqual(['1.2', 6, ['paused']]);
    control.resume();
    await run;
    expect([done.length, told]).toEqual([12, ['paused', 'resumed']]);
  });

  it('lets a paused run do one step at a time, within one pause', async () => {
    const { control, checkpoint, told } = setup();
    let steps = 0;
    const run = (async () => {
      while (steps < 10) {
        await checkpoint.pass();
        steps += 1;
      }
    })();
    control.step();
    await soon();
    expect([steps, told]).toEqual([0, ['paused']]);
    control.step();
    await soon();
    expect([steps, told]).toEqual([1, ['paused']]);
    control.step();
    control.step();
    await soon();
    expect(steps).toBe(3);
    control.resume();
    await run;
    expect([steps, told]).toEqual([10, ['paused', 'resumed']]);
    expect(checkpoint.pausedMs).toBeGreaterThan(0);
  });

  it('forgets steps that were not done when the run goes on', async () => {
    const { control, checkpoint } = setup();
    control.pause();
    control.step();
    control.resume();
    control.pause();
    let passed = false;
    const waiting = checkpoint.pass().then(() => (passed = true));
    await soon();
    expect(passed).toBe(false);
    control.resume();
    await waiting;
  });

  it('ends a run that is cancelled, also in a pause, and aborts what it waits for', async () => {
    const { control, checkpoint, told } = setup();
    control.pause();
    const waiting = checkpoint.pass();
    await soon();
    control.cancel();
    await expect(waiting).rejects.toBeInstanceOf(Cancelled);
    expect(control.signal.aborted).toBe(true);
    expect(told).toEqual(['paused']);
    control.pause();
    expect(control.paused).toBe(false);
  });
});
