import { describe, expect, it } from 'vitest';
import { Bench, expectClose, normals } from '../testing/bench.ts';
import { adamwKernel, gradientProductsKernel, productChunks, productEntries, type AdamWSettings } from './optimiser.ts';

const bench = await Bench.open();

/** Every third parameter of adapter 0, the next of adapter 1, the last padding. */
const ownerOf = (count: number): Uint32Array<ArrayBuffer> => Uint32Array.from({ length: count }, (_, i) => [0, 1, 0xffff][i % 3]);

describe('AdamW over gradients mixed per adapter', () => {
  const adamw = adamwKernel();
  const settings: AdamWSettings = { beta1: 0.9, beta2: 0.99, epsilon: 1e-8, decay: 0.1 };
  const count = 71;
  const size = { count, losses: 2, adapters: 2 };

  it.each([1, 0.3])('follows the reference over four steps with clipping factor %f', async (clip) => {
    const steps = [4, 5, 6, 7].map((seed) => normals(seed, 2 * count));
    const start = normals(8, count);
    const owner = ownerOf(count);
    const weights = [[1, 0.5], [-0.25, 1]]; // [loss][adapter]
    const rates = [0.01, 0.03];
    const [m, v, w] = [bench.floats(new Float32Array(count)), bench.floats(new Float32Array(count)), bench.floats(start)];
    const table = bench.floats([...weights.flat(), ...rates]);
    const owners = bench.words(owner);
    await bench.run([adamw.kernel], (recorder) => steps.forEach((g, index) => adamw.record(recorder, { gradients: bench.floats(g), owner: owners, table, m, v, w }, size, index + 1, settings, clip)));
    const state = Array.from(start, (weight) => ({ m: 0, v: 0, w: weight }));
    steps.forEach((g, index) =>
      state.forEach((one, i) => {
        const adapter = owner[i];
        if (adapter > 1) return;
        const gradient = clip * (weights[0][adapter] * g[i] + weights[1][adapter] * g[count + i]);
        one.m = 0.9 * one.m + 0.1 * gradient;
        one.v = 0.99 * one.v + 0.01 * gradient ** 2;
        const step = one.m / (1 - 0.9 ** (index + 1)) / (Math.sqrt(one.v / (1 - 0.99 ** (index + 1))) + 1e-8);
        one.w -= rates[adapter] * (step + 0.1 * one.w);
      }),
    );
    expectClose(await bench.read(w, count), state.map((one) => one.w), { relative: 2e-6 }, 'w');
    expectClose(await bench.read(m, count), state.map((one) => one.m), { relative: 2e-6 }, 'm');
    // 1 − β₂ loses two digits of f32 at β₂ = 0.99, here as in every f32 implementation.
    expectClose(await bench.read(v, count), state.map((one) => one.v), { relative: 2e-5 }, 'v');
  });

  it('leaves an adapter of rate 0 and the padding as they are, and never lets a masked loss in', async () => {
    const owner = ownerOf(6);
    const [m, v, w] = [bench.floats(new Float32Array(6)), bench.floats(new Float32Array(6)), bench.floats([1, 1, 1, 1, 1, 1])];
    const g = [1e-3, 5, 5, -50, 5, 5, ...Array.from({ length: 6 }, () => Infinity)];
    // Loss 1 updates nobody; adapter 1 has no rate.
    const table = bench.floats([1, 1, 0, 0, 0.01, 0]);
    await bench.run([adamw.kernel], (recorder) =>
      adamw.record(recorder, { gradients: bench.floats(g), owner: bench.words(owner), table, m, v, w }, { count: 6, losses: 2, adapters: 2 }, 1, { ...settings, decay: 0 }),
    );
    expectClose(await bench.read(w, 6), [0.99, 1, 1, 1.01, 1, 1], { relative: 1e-6 });
    expect((await bench.read(m, 6))[1]).toBe(0);
  });
});

describe('products of gradients', () => {
  const kernel = gradientProductsKernel();

  it.each([
    [1, 1, 70],
    [2, 2, 701],
    [3, 3, 1000],
  ])('of %i losses within %i adapters, %i parameters', async (losses, adapters, count) => {
    const size = { count, losses, adapters };
    const g = normals(3, losses * count);
    const owner = Uint32Array.from({ length: count }, (_, i) => (i * 7) % (adapters + 1));
    const { chunks } = productChunks(size);
    const entries = productEntries(size);
    const y = bench.floats(new Float32Array(chunks * entries));
    await bench.run([kernel.kernel], (recorder) => kernel.record(recorder, { g: bench.floats(g), owner: bench.words(owner), y }, size));
    const made = await bench.read(y, chunks * entries);
    const sums = Array.from({ length: entries }, (_, entry) => Array.from({ length: chunks }, (__, chunk) => made[chunk * entries + entry]).reduce((a, b) => a + b, 0));
    const expected: number[] = [];
    for (let left = 0; left < losses; left += 1) {
      for (let right = left; right < losses; right += 1) {
        for (let adapter = 0; adapter < adapters; adapter += 1) {
          let sum = 0;
          for (let i = 0; i < count; i += 1) if (owner[i] === adapter) sum += g[left * count + i] * g[right * count + i];
          expected.push(sum);
        }
      }
    }
    expectClose(sums, expected, { relative: 1e-5 });
  });
});
