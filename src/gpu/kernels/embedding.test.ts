import { describe, expect, it } from 'vitest';
import type { BufferView } from '../buffers.ts';
import { Bench, expectClose, normals } from '../testing/bench.ts';
import { halves, randomQuantised } from '../testing/quantise.ts';
import { embedGatherKernel, gatherRowsKernel, spreadRowsKernel } from './embedding.ts';
import type { GpuMatrix } from './matmul.ts';

const bench = await Bench.open();
const WIDTH = 12;

const float = (rows: number, data: BufferView, half = false): GpuMatrix => ({ kind: 'float', out: rows, in: WIDTH, half, transposed: false, data });

describe('embedding', () => {
  const tokens = [6, 0, 9, 3, 6, 4];

  it.each([false, true])('takes each token’s row from the shard that holds it (f16: %s)', async (half) => {
    const raw = normals(1, 10 * WIDTH);
    const values = half ? halves(raw).values : Float64Array.from(raw);
    const shards = [[0, 4], [4, 10]].map(([first, end]) => {
      const rows = values.slice(first * WIDTH, end * WIDTH);
      return { first, matrix: float(end - first, half ? bench.bytes(halves(rows).bytes) : bench.floats(rows), half) };
    });
    const embed = embedGatherKernel(shards[0].matrix);
    const x = bench.output(tokens.length * WIDTH);
    const ids = bench.words(tokens);
    await bench.run([embed.kernel], (recorder) => {
      for (const shard of shards) embed.record(recorder, { tokens: ids, x }, shard, tokens.length);
    });
    expect([...(await bench.read(x, tokens.length * WIDTH))]).toEqual(tokens.flatMap((token) => [...values.subarray(token * WIDTH, (token + 1) * WIDTH)]));
  });

  it.each([
    ['q4', 16, true],
    ['q4', 16, false],
    ['q8', 16, true],
    ['q8', 48, true],
    ['q8', 48, false],
  ] as const)('takes and scales rows of a %s table, blocks of %i, zero points %s', async (kind, block, zeroPoints) => {
    const width = 48; // 3 blocks of 16: zero points of 4 bits end inside a byte
    const parts = [4, 6].map((rows, index) => ({ rows, first: index * 4, ...randomQuantised(kind, index, rows, width, block, zeroPoints) }));
    const shards = parts.map(({ first, rows, data, scales, zeros }) => ({
      first,
      matrix: { kind, out: rows, in: width, block, data: bench.bytes(data), scales: bench.floats(scales), zeros: zeros && bench.bytes(zeros) },
    }));
    const embed = embedGatherKernel(shards[0].matrix);
    const x = bench.output(tokens.length * width);
    const ids = bench.words(tokens);
    await bench.run([embed.kernel], (recorder) => {
      for (const shard of shards) embed.record(recorder, { tokens: ids, x }, shard, tokens.length);
    });
    const values = Float32Array.from(parts.flatMap((part) => [...part.values]));
    // One product in f32.
    expectClose(await bench.read(x, tokens.length * width), tokens.flatMap((token) => [...values.subarray(token * width, (token + 1) * width)]), { relative: 1e-7 });
    expect(() => embed.record(bench.recorder, { tokens: ids, x }, { first: 0, matrix: float(4, x) }, 1)).toThrow(/-bit tables/);
  });

  it('leaves the rows of tokens that stand in other shards', async () => {
    const shard = { first: 4, matrix: float(4, bench.floats(normals(2, 4 * WIDTH))) };
    const embed = embedGatherKernel(shard.matrix);
    const x = bench.output(3 * WIDTH);
    await bench.run([embed.kernel], (recorder) => embed.record(recorder, { tokens: bench.words([3, 4, 8]), x }, shard, 3));
    const made = await bench.read(x, 3 * WIDTH);
    expect(made.map((value) => Number(value === 777))).toEqual(Float32Array.from({ length: 36 }, (_, i) => (i < 12 || i >= 24 ? 1 : 0)));
  });
});

describe('rows of a matrix', () => {
  it('gathers rows by index', async () => {
    const gather = gatherRowsKernel();
    const x = normals(3, 5 * WIDTH);
    const index = [4, 1, 1, 0, 3, 2, 4];
    const y = bench.output(index.length * WIDTH);
    await bench.run([gather.kernel], (recorder) => gather.record(recorder, { x: bench.floats(x), index: bench.words(index), y }, index.length, WIDTH));
    expect([...(await bench.read(y, index.length * WIDTH))]).toEqual(index.flatMap((row) => [...x.subarray(row * WIDTH, (row + 1) * WIDTH)]));
  });

  it('spreads weighted rows, and zeros where a row has no loss', async () => {
    const spread = spreadRowsKernel();
    const x = normals(4, 3 * WIDTH);
    const source = [2, 0xffffffff, 0, 2, 1];
    const weight = [1, 5, -0.5, 0.25, 0];
    const y = bench.output(source.length * WIDTH);
    await bench.run([spread.kernel], (recorder) => spread.record(recorder, { x: bench.floats(x), source: bench.words(source), weight: bench.floats(weight), y }, source.length, WIDTH));
    const expected = source.flatMap((at, row) => Array.from({ length: WIDTH }, (_, i) => (at === 0xffffffff ? 0 : weight[row] * x[at * WIDTH + i])));
    const made = await bench.read(y, source.length * WIDTH);
    made.forEach((value, i) => expect(value).toBeCloseTo(expected[i], 12)); // powers of two: exact, but for the sign of 0
  });
});
