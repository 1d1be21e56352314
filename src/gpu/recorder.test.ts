import { describe, expect, it, vi } from 'vitest';
import { defineKernel, variant } from './kernel.ts';
import { PipelineCache } from './pipelines.ts';
import { Recorder } from './recorder.ts';
import { Bench } from './testing/bench.ts';

const bench = await Bench.open();
const { device } = bench.gpu;

/** Writes its parameters where they say, so that the layout of the uniform block shows. */
const write = defineKernel({
  name: 'write',
  code: `struct Params { at: u32, a: f32, b: u32, c: f32 }
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read_write> y: array<vec4f>;
@compute @workgroup_size(1)
fn main(@builtin(workgroup_id) group: vec3u) { y[p.at + group.x] = vec4f(p.a, f32(p.b), p.c, x[0]); }`,
  entryPoint: 'main',
  bindings: { x: 'read', y: 'read_write' },
  params: { at: 'u32', a: 'f32', b: 'u32', c: 'f32' },
});
const kernel = variant(write);

/** y[0] ← 2·y[0] + add: the order of dispatches decides the result. */
const chain = variant(
  defineKernel({
    name: 'chain',
    code: `struct Params { add: f32 }
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;
@compute @workgroup_size(1)
fn main() { y[0] = 2.0 * y[0] + p.add; }`,
    entryPoint: 'main',
    bindings: { y: 'read_write' },
    params: { add: 'f32' },
  }),
);

await bench.pipelines.prepare([kernel, chain]);

describe('the recorder', () => {
  it('lays parameters out in the order of the spec, 4 bytes each, whatever the order they are given in', async () => {
    const y = bench.output(4);
    await bench.run([], (recorder) => recorder.dispatch(kernel, { bind: { y, x: bench.floats([9]) }, params: { c: -0.25, b: 4_000_000, a: 1.5, at: 0 }, workgroups: [1] }));
    expect([...(await bench.read(y, 4))]).toEqual([1.5, 4_000_000, -0.25, 9]);
  });

  it('gives each of 600 dispatches its own parameters, past the 256 slots of one submit', async () => {
    const count = 600;
    const y = bench.output(count * 4);
    const x = bench.floats([1]);
    const submit = vi.spyOn(device.queue, 'submit');
    await bench.run([], (recorder) => {
      for (let at = 0; at < count; at += 1) recorder.dispatch(kernel, { bind: { x, y }, params: { at, a: at, b: at, c: -at }, workgroups: [1] });
    });
    expect(submit).toHaveBeenCalledTimes(3);
    submit.mockRestore();
    const made = await bench.read(y, count * 4);
    for (let at = 0; at < count; at += 1) expect([...made.subarray(at * 4, at * 4 + 4)]).toEqual([at, at, -at, 1]);
  });

  it('runs work in the order recorded, across submits, clears and copies', async () => {
    const y = bench.floats([1]);
    const copy = bench.output(4);
    await bench.run([], (recorder) => {
      recorder.dispatch(chain, { bind: { y }, params: { add: 3 }, workgroups: [1] }); // 5
      recorder.copy(y, 0, copy, 0, 4);
      recorder.submit();
      recorder.dispatch(chain, { bind: { y }, params: { add: 1 }, workgroups: [1] }); // 11
      recorder.copy(y, 0, copy, 4, 4);
      recorder.clear(y, 3); // rounded up to whole words
      recorder.dispatch(chain, { bind: { y }, params: { add: 7 }, workgroups: [1] }); // 7
      recorder.copy(y, 0, copy, 8, 4);
    });
    expect([...(await bench.read(copy, 4))]).toEqual([5, 11, 7, 777]);
  });

  it('skips an empty grid, even of a kernel that was never prepared', async () => {
    const y = bench.floats([1]);
    await bench.run([], (recorder) => {
      recorder.dispatch(chain, { bind: { y }, params: { add: 3 }, workgroups: [4, 0] });
      recorder.dispatch({ ...chain, key: 'never' }, { bind: { y }, params: { add: 3 }, workgroups: [0] });
    });
    expect([...(await bench.read(y, 1))]).toEqual([1]);
  });

  it('splits work into submits by its estimate: the first budget is 5e8 operations', async () => {
    const recorder = new Recorder(device, bench.pipelines);
    const y = bench.floats([0]);
    const submit = vi.spyOn(device.queue, 'submit');
    const dispatch = (flops: number): void => recorder.dispatch(chain, { bind: { y }, params: { add: 1 }, workgroups: [1], flops });
    dispatch(9e8); // larger than the budget: alone, and not behind an empty submit
    expect(submit).toHaveBeenCalledTimes(0);
    dispatch(3e8);
    expect(submit).toHaveBeenCalledTimes(1);
    dispatch(1e8);
    expect(submit).toHaveBeenCalledTimes(1);
    dispatch(2e8);
    expect(submit).toHaveBeenCalledTimes(2);
    await recorder.finish();
    expect(submit).toHaveBeenCalledTimes(3);
    submit.mockRestore();
    expect([...(await bench.read(y, 1))]).toEqual([15]); // 0 → 1 → 3 → 7 → 15
    expect(recorder.totalFlops).toBe(15e8);
    expect(recorder.longestMs).toBeGreaterThan(0);
    recorder.destroy();
  });

  it('learns how much a device does in 150 ms: on a fast one dispatches may grow, fourfold at a time, on a slow one submits shrink', async () => {
    const y = bench.floats([0]);
    const device150 = async (ms: number, steps: number): Promise<{ limit: number; submits: number }> => {
      const recorder = new Recorder(device, bench.pipelines);
      let clock = 0;
      const now = vi.spyOn(performance, 'now').mockImplementation(() => clock);
      const done = vi.spyOn(device.queue, 'onSubmittedWorkDone').mockImplementation(() => {
        clock += ms;
        return Promise.resolve(undefined);
      });
      const dispatch = (flops: number): void => recorder.dispatch(chain, { bind: { y }, params: { add: 1 }, workgroups: [1], flops });
      for (let step = 0; step < steps; step += 1) {
        dispatch(recorder.dispatchLimit);
        await recorder.finish();
      }
      const limit = recorder.dispatchLimit;
      const submit = vi.spyOn(device.queue, 'submit');
      for (let i = 0; i < 8; i += 1) dispatch(1e8);
      await recorder.finish();
      const submits = submit.mock.calls.length;
      for (const spy of [now, done, submit]) spy.mockRestore();
      recorder.destroy();
      return { limit, submits };
    };
    expect(await device150(0.01, 1)).toEqual({ limit: 4 * 5e8, submits: 1 });
    expect((await device150(0.01, 3)).limit).toBe(64 * 5e8);
    // 1 GFLOP/s, 1.5e8 in 150 ms, is approached by halves; submits never fall below a dispatch.
    const slow = await device150(500, 1);
    expect(slow.limit).toBe((5e8 + 1.5e8) / 2);
    expect((await device150(60_000, 8)).limit).toBe(1e8);
    expect((await device150(60_000, 8)).submits).toBe(8);
  });

  it('learns nothing from submits whose ends are told together', async () => {
    const recorder = new Recorder(device, bench.pipelines);
    const y = bench.floats([0]);
    let clock = 0;
    const now = vi.spyOn(performance, 'now').mockImplementation(() => clock);
    const told: ((value: undefined) => void)[] = [];
    const done = vi.spyOn(device.queue, 'onSubmittedWorkDone').mockImplementation(() => new Promise((resolve) => told.push(resolve)));
    for (let i = 0; i < 4; i += 1) {
      recorder.dispatch(chain, { bind: { y }, params: { add: 1 }, workgroups: [1], flops: 5e8 });
      recorder.submit();
    }
    // 5e8 in 750 ms: the first alone says what the device does; the others came with it.
    clock = 750;
    for (const tell of told) tell(undefined);
    await recorder.finish();
    expect(recorder.dispatchLimit).toBe((5e8 + 1e8) / 2);
    for (const spy of [now, done]) spy.mockRestore();
    recorder.destroy();
  });

  it('settle leaves at most one submit under way; finish leaves none', async () => {
    const recorder = new Recorder(device, bench.pipelines);
    const done: number[] = [];
    let index = 0;
    const spy = vi.spyOn(device.queue, 'onSubmittedWorkDone').mockImplementation(() => {
      const number = (index += 1);
      return new Promise((resolve) => setTimeout(() => { done.push(number); resolve(undefined); }, 10 * number));
    });
    const y = bench.floats([0]);
    for (let i = 0; i < 3; i += 1) {
      recorder.dispatch(chain, { bind: { y }, params: { add: 1 }, workgroups: [1] });
      recorder.submit();
    }
    await recorder.settle();
    expect(done).toEqual([1, 2]);
    await recorder.finish();
    expect(done).toEqual([1, 2, 3]);
    spy.mockRestore();
    recorder.destroy();
  });

  it('settle gives up between two submits once its signal is aborted; without the signal it goes on', async () => {
    const recorder = new Recorder(device, bench.pipelines);
    const abort = new AbortController();
    let done = 0;
    const spy = vi.spyOn(device.queue, 'onSubmittedWorkDone').mockImplementation(() => new Promise((resolve) => setTimeout(() => { done += 1; if (done === 1) abort.abort(new Error('given up')); resolve(undefined); }, 20)));
    const y = bench.floats([0]);
    for (let i = 0; i < 4; i += 1) {
      recorder.dispatch(chain, { bind: { y }, params: { add: 1 }, workgroups: [1] });
      recorder.submit();
    }
    spy.mockRestore();
    recorder.signal = abort.signal;
    await expect(recorder.settle()).rejects.toThrow('given up');
    recorder.signal = null;
    await recorder.finish();
    // What was submitted has run to its end.
    expect([...(await bench.read(y, 1))]).toEqual([15]);
    recorder.destroy();
  });

  it('reports a lost device instead of waiting for ever', async () => {
    const recorder = new Recorder(device, bench.pipelines);
    const spy = vi.spyOn(device.queue, 'onSubmittedWorkDone').mockRejectedValue(new Error('The device was lost.'));
    recorder.dispatch(chain, { bind: { y: bench.floats([0]) }, params: { add: 1 }, workgroups: [1] });
    await expect(recorder.finish()).rejects.toThrow(/device was lost/);
    spy.mockRestore();
    recorder.destroy();
  });

  it('refuses a kernel that was not prepared, by name: compiling inside a step would stall it', () => {
    const recorder = new Recorder(device, new PipelineCache(device));
    expect(() => recorder.dispatch(chain, { bind: { y: bench.floats([0]) }, params: { add: 1 }, workgroups: [1] })).toThrow(/chain was not prepared/);
    recorder.destroy();
  });
});
