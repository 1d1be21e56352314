import { describe, expect, it } from 'vitest';
import { Bench, expectClose, normals } from '../testing/bench.ts';
import { numericalGradient } from '../testing/finite-difference.ts';
import { inner, swiglu } from '../testing/reference.ts';
import { loraGateKernel, swigluBackwardKernel, swigluKernel } from './elementwise.ts';

const bench = await Bench.open();

/** WGSL's exp may be off by 3 + 2|x| ULP: 1e-6 at |x| = 8. */
const TOLERANCE = { relative: 3e-6 };

describe('SwiGLU', () => {
  const forward = swigluKernel();
  const backward = swigluBackwardKernel();

  it('y = silu(g)∘u', async () => {
    const [g, u] = [normals(1, 76, 3), normals(2, 76)];
    const y = bench.output(76);
    await bench.run([forward.kernel], (recorder) => forward.record(recorder, { g: bench.floats(g), u: bench.floats(u), y }, 76));
    expectClose(await bench.read(y, 76), swiglu(g, u), TOLERANCE);
  });

  it('stays finite at gates of ±100, where exp overflows or underflows', async () => {
    const g = [-100, -90, -50, 50, 90, 100, 0, -0];
    const u = g.map(() => 1);
    const [y, dg, du] = [bench.output(8), bench.output(8), bench.output(8)];
    const rowInfo = bench.words([0, 0, 0, 0]);
    const [gs, us] = [bench.floats(g), bench.floats(u)];
    await bench.run([forward.kernel, backward.kernel], (recorder) => {
      forward.record(recorder, { g: gs, u: us, y }, 8);
      backward.record(recorder, { dy: us, g: gs, u: us, rowInfo, dg, du }, 1, 8);
    });
    expectClose(await bench.read(y, 8), [0, 0, 0, 50, 90, 100, 0, 0], { relative: 1e-6 }, 'y');
    expectClose(await bench.read(dg, 8), [0, 0, 0, 1, 1, 1, 0.5, 0.5], { relative: 1e-6 }, 'dg');
    expectClose(await bench.read(du, 8), [0, 0, 0, 50, 90, 100, 0, 0], { relative: 1e-6 }, 'du');
  });

  it('backward agrees with finite differences, gradient rows of tokens out of order and twice', async () => {
    const width = 12;
    const rowTokens = [3, 0, 2, 3, 1, 0];
    const [g, u] = [normals(3, 4 * width, 2), normals(4, 4 * width)];
    const dy = normals(5, rowTokens.length * width);
    const count = rowTokens.length * width;
    const [dg, du] = [bench.output(count), bench.output(count)];
    const rowInfo = bench.words(rowTokens.flatMap((token) => [token, 0, 0, 0]));
    await bench.run([backward.kernel], (recorder) =>
      backward.record(recorder, { dy: bench.floats(dy), g: bench.floats(g), u: bench.floats(u), rowInfo, dg, du }, rowTokens.length, width),
    );
    const expected = (which: 'g' | 'u'): number[] =>
      rowTokens.flatMap((token, row) => {
        const [gate, up] = [g.subarray(token * width, (token + 1) * width), u.subarray(token * width, (token + 1) * width)];
        const gradient = dy.subarray(row * width, (row + 1) * width);
        return [...numericalGradient((x) => inner(which === 'g' ? swiglu(x, up) : swiglu(gate, x), gradient), which === 'g' ? gate : up)];
      });
    expectClose(await bench.read(dg, count), expected('g'), TOLERANCE, 'dg');
    expectClose(await bench.read(du, count), expected('u'), TOLERANCE, 'du');
  });
});

describe('the adapters’ gate', () => {
  const gate = loraGateKernel();

  it.each([
    ['two adapters of rank 2', { width: 4, rank: 2, adapters: [0, 1, 1, 0] }],
    ['three adapters of rank 2, two columns of padding', { width: 8, rank: 2, adapters: [2, 0, 1, 2] }],
    ['one adapter of rank 3, one column of padding', { width: 4, rank: 3, adapters: [0, 0, 0, 0] }],
    ['five adapters of rank 1, three columns of padding', { width: 8, rank: 1, adapters: [4, 3, 0, 1] }],
  ])('keeps the columns of each row’s adapter: %s', async (_, { width, rank, adapters }) => {
    const rowTokens = [1, 0, 3, 2, 1];
    const h = normals(7, rowTokens.length * width);
    const view = bench.floats(h);
    const rowInfo = bench.words(rowTokens.flatMap((token) => [token, 0, 0, 0]));
    await bench.run([gate.kernel], (recorder) => gate.record(recorder, { rowInfo, adapters: bench.words(adapters), h: view }, { rows: rowTokens.length, width, rank }));
    const expected = h.map((value, i) => {
      const adapter = adapters[rowTokens[Math.floor(i / width)]];
      const column = i % width;
      return column >= adapter * rank && column < (adapter + 1) * rank ? value : 0;
    });
    expect(await bench.read(view, h.length)).toEqual(expected);
  });
});
