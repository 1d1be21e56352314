import { describe, expect, it, vi } from 'vitest';
import { Recorder } from '../recorder.ts';
import { Bench, expectClose, normals } from '../testing/bench.ts';
import { numericalGradient } from '../testing/finite-difference.ts';
import { attention, inner, rope } from '../testing/reference.ts';
import { attentionKernels, keysSeen, rowsSeeing, type HeadShape } from './attention.ts';

const bench = await Bench.open();

/** exp within 3 + 2|x| ULP at scores of a few units, then weighted means of at most 9 values. */
const TOLERANCE = { relative: 5e-6 };

/** Three packed sequences; the middle one has one token, which attends to itself alone. */
const LENGTHS = [4, 1, 6];
const STARTS = [0, 4, 5, 11];
const TOKENS = 11;

/** Streams of gradient rows: prefixes of sequences, two weight vectors over the last sequence, another order than the tokens'. */
const STREAMS = [
  { sequence: 2, length: 6 },
  { sequence: 0, length: 3 },
  { sequence: 2, length: 4 },
  { sequence: 1, length: 1 },
];
const ROWS = 14;

const tokenRows = (): number[] => LENGTHS.flatMap((length, sequence) => Array.from({ length }, (_, i) => [STARTS[sequence] + i, STARTS[sequence], STARTS[sequence + 1], sequence]).flat());

function gradientRows(): number[] {
  let row = 0;
  return STREAMS.flatMap(({ sequence, length }, segment) => {
    const end = row + length;
    return Array.from({ length }, (_, i) => {
      row += 1;
      return [STARTS[sequence] + i, STARTS[sequence], end, segment];
    }).flat();
  });
}

const SHAPES: readonly (readonly [string, HeadShape])[] = [
  ['4 heads on 2 kv heads', { heads: 4, kvHeads: 2, headDim: 8 }],
  ['3 heads on 1 kv head, 20 dimensions', { heads: 3, kvHeads: 1, headDim: 20 }],
  ['2 heads, each its own kv head', { heads: 2, kvHeads: 2, headDim: 4 }],
  // Above 32 dimensions the backward makes one row an invocation instead of two.
  ['2 heads on 1 kv head, 36 dimensions', { heads: 2, kvHeads: 1, headDim: 36 }],
];

describe.each(SHAPES)('attention: %s', (_, shape) => {
  const { heads, kvHeads, headDim } = shape;
  const kernels = attentionKernels(shape);
  const [qWidth, kvWidth] = [heads * headDim, kvHeads * headDim];
  const part = (x: Float32Array, sequence: number, width: number, length = LENGTHS[sequence]): Float32Array => x.subarray(STARTS[sequence] * width, (STARTS[sequence] + length) * width);

  const forward = async (q: Float32Array, k: Float32Array, v: Float32Array) => {
    const views = { q: bench.floats(q), k: bench.floats(k), v: bench.floats(v), rowInfo: bench.words(tokenRows()), o: bench.output(TOKENS * qWidth), lse: bench.output(TOKENS * heads) };
    await bench.run(kernels.kernels, (recorder) => kernels.forward(recorder, views, keysSeen(Uint32Array.from(tokenRows()))));
    return views;
  };

  it.each([
    ['scores of size 1', 1],
    ['scores up to a hundred, where only a running maximum keeps exp finite', 6],
  ])('forward of packed sequences, %s', async (__, size) => {
    const [q, k, v] = [normals(1, TOKENS * qWidth, size), normals(2, TOKENS * kvWidth, size), normals(3, TOKENS * kvWidth)];
    const { o, lse } = await forward(q, k, v);
    const expected = LENGTHS.map((length, sequence) => attention(part(q, sequence, qWidth), part(k, sequence, kvWidth), part(v, sequence, kvWidth), length, shape));
    // A score of 100 carries a rounding error of 1e-5, which exp makes a relative error of the weights.
    const tolerance = size === 1 ? TOLERANCE : { relative: 1e-4 };
    expectClose(await bench.read(o, TOKENS * qWidth), expected.flatMap((one) => [...one.o]), tolerance, 'o');
    expectClose(await bench.read(lse, TOKENS * heads), expected.flatMap((one) => [...one.lse]), tolerance, 'lse');
  });

  it('backward over several streams agrees with finite differences of the forward', async () => {
    const [q, k, v] = [normals(4, TOKENS * qWidth), normals(5, TOKENS * kvWidth), normals(6, TOKENS * kvWidth)];
    const dO = normals(7, ROWS * qWidth);
    const made = await forward(q, k, v);
    const info = Uint32Array.from(gradientRows());
    const rowInfo = bench.words(info);
    const stats = bench.output(ROWS * heads * 2);
    const [dq, dk, dv] = [bench.output(ROWS * qWidth), bench.output(ROWS * kvWidth), bench.output(ROWS * kvWidth)];
    const gradient = bench.floats(dO);
    await bench.run(kernels.kernels, (recorder) => {
      kernels.stats(recorder, { dO: gradient, o: made.o, lse: made.lse, rowInfo, stats }, ROWS);
      kernels.dq(recorder, { q: made.q, k: made.k, v: made.v, dO: gradient, stats, rowInfo, dq }, keysSeen(info));
      kernels.dkv(recorder, { q: made.q, k: made.k, v: made.v, dO: gradient, stats, rowInfo, dk, dv }, rowsSeeing(info));
    });
    let row = 0;
    const expected = STREAMS.map(({ sequence, length }) => {
      const [qs, ks, vs] = [part(q, sequence, qWidth, length), part(k, sequence, kvWidth, length), part(v, sequence, kvWidth, length)];
      const weights = dO.subarray(row * qWidth, (row + length) * qWidth);
      row += length;
      const loss = (a: ArrayLike<number>, b: ArrayLike<number>, c: ArrayLike<number>): number => inner(attention(a, b, c, length, shape).o, weights);
      return { dq: numericalGradient((x) => loss(x, ks, vs), qs), dk: numericalGradient((x) => loss(qs, x, vs), ks), dv: numericalGradient((x) => loss(qs, ks, x), vs) };
    });
    expectClose(await bench.read(dq, ROWS * qWidth), expected.flatMap((one) => [...one.dq]), TOLERANCE, 'dq');
    expectClose(await bench.read(dk, ROWS * kvWidth), expected.flatMap((one) => [...one.dk]), TOLERANCE, 'dk');
    expectClose(await bench.read(dv, ROWS * kvWidth), expected.flatMap((one) => [...one.dv]), TOLERANCE, 'dv');
  });

  it('has the same bits cut into slices of rows as whole, forward and backward', async () => {
    const [q, k, v, dO] = [normals(4, TOKENS * qWidth), normals(5, TOKENS * kvWidth), normals(6, TOKENS * kvWidth), normals(7, ROWS * qWidth)].map((values) => bench.floats(values));
    const [tokens, rows] = [Uint32Array.from(tokenRows()), Uint32Array.from(gradientRows())];
    const [tokenInfo, rowInfo] = [bench.words(tokens), bench.words(rows)];
    await bench.pipelines.prepare(kernels.kernels);
    const run = async (limit: number): Promise<{ values: Float32Array[]; dispatches: number }> => {
      const recorder = new Recorder(bench.gpu.device, bench.pipelines, limit);
      const count = vi.spyOn(recorder, 'dispatch');
      const [o, lse, stats] = [bench.output(TOKENS * qWidth), bench.output(TOKENS * heads), bench.output(ROWS * heads * 2)];
      const [dq, dk, dv] = [bench.output(ROWS * qWidth), bench.output(ROWS * kvWidth), bench.output(ROWS * kvWidth)];
      kernels.forward(recorder, { q, k, v, rowInfo: tokenInfo, o, lse }, keysSeen(tokens));
      kernels.stats(recorder, { dO, o, lse, rowInfo, stats }, ROWS);
      kernels.dq(recorder, { q, k, v, dO, stats, rowInfo, dq }, keysSeen(rows));
      kernels.dkv(recorder, { q, k, v, dO, stats, rowInfo, dk, dv }, rowsSeeing(rows));
      await recorder.finish();
      recorder.destroy();
      const values = [];
      for (const [view, length] of [[o, TOKENS * qWidth], [lse, TOKENS * heads], [dq, ROWS * qWidth], [dk, ROWS * kvWidth], [dv, ROWS * kvWidth]] as const) values.push(await bench.read(view, length));
      return { values, dispatches: count.mock.calls.length };
    };
    const [whole, cut] = [await run(1e12), await run(1)];
    expect([whole.dispatches, cut.dispatches]).toEqual([4, 1 + 3 + 4 + 4]);
    expect(cut.values).toEqual(whole.values);
  });

  it('stats are (lse, ⟨dO, O⟩) of each row’s token', async () => {
    const dO = normals(8, ROWS * qWidth);
    const o = normals(9, TOKENS * qWidth);
    const lse = normals(10, TOKENS * heads);
    const stats = bench.output(ROWS * heads * 2);
    const info = gradientRows();
    await bench.run(kernels.kernels, (recorder) => kernels.stats(recorder, { dO: bench.floats(dO), o: bench.floats(o), lse: bench.floats(lse), rowInfo: bench.words(info), stats }, ROWS));
    const expected = Array.from({ length: ROWS * heads }, (__, i) => {
      const source = info[Math.floor(i / heads) * 4] * heads + (i % heads);
      return [lse[source], inner(dO.subarray(i * headDim, (i + 1) * headDim), o.subarray(source * headDim, (source + 1) * headDim))];
    }).flat();
    expectClose(await bench.read(stats, ROWS * heads * 2), expected, TOLERANCE);
  });
});

it('estimates work by what each row sees: keys up to its own token, rows of its stream from its own on', () => {
  expect([...keysSeen(Uint32Array.from(tokenRows()))]).toEqual([0, 1, 3, 6, 10, 11, 12, 14, 17, 21, 26, 32]);
  expect([...rowsSeeing(Uint32Array.from(gradientRows()))].slice(0, 10)).toEqual([0, 6, 11, 15, 18, 20, 21, 24, 26, 27]);
});

describe('RoPE', () => {
  const shape = { heads: 4, kvHeads: 2, headDim: 12 };
  const kernels = attentionKernels(shape);
  const THETA = 10_000;
  const half = shape.headDim / 2;
  const table = Array.from({ length: 6 }, (_, position) => {
    const angles = Array.from({ length: half }, (__, j) => position * THETA ** (-j / half));
    return [...angles.map(Math.cos), ...angles.map(Math.sin)];
  }).flat();

  it.each(['q', 'kv'] as const)('rotates %s by the position within the sequence, and its backward is the transpose', async (width) => {
    const heads = width === 'q' ? shape.heads : shape.kvHeads;
    const floats = heads * shape.headDim;
    const info = gradientRows();
    const x = normals(11, ROWS * floats);
    const [turned, back] = [bench.floats(x), bench.floats(x)];
    const bind = { rowInfo: bench.words(info), table: bench.floats(table) };
    await bench.run(kernels.kernels, (recorder) => {
      kernels.rope(recorder, { ...bind, x: turned }, ROWS, width, 1);
      kernels.rope(recorder, { ...bind, x: back }, ROWS, width, -1);
    });
    const row = (r: number): Float32Array => x.subarray(r * floats, (r + 1) * floats);
    const position = (r: number): number => info[r * 4] - info[r * 4 + 1];
    const rows = Array.from({ length: ROWS }, (_, r) => r);
    // A table rounded to f32, two products and a sum.
    const tolerance = { relative: 1e-6 };
    expectClose(await bench.read(turned, ROWS * floats), rows.flatMap((r) => [...rope(row(r), position(r), heads, shape.headDim, THETA)]), tolerance, 'forward');
    // The gradient of ⟨x, rope(y)⟩ with respect to y is what the backward makes of x.
    const zero = new Float64Array(floats);
    const expected = rows.flatMap((r) => [...numericalGradient((y) => inner(row(r), rope(y, position(r), heads, shape.headDim, THETA)), zero)]);
    expectClose(await bench.read(back, ROWS * floats), expected, tolerance, 'backward');
  });
});
