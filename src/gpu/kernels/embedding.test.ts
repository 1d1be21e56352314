import { describe, expect, it } from 'vitest';
import { Bench, normals } from '../testing/bench.ts';
import { halves } from '../testing/quantise.ts';
import { embedGatherKernel, gatherRowsKernel, spreadRowsKernel } from './embedding.ts';

const bench = await Bench.open();
const WIDTH = 12;

describe('embedding', () => {
  const tokens = [6, 0, 9, 3, 6, 4];

  it.each([false, true])('takes each token’s row from the shard that holds it (f16: %s)', async (half) => {
    const raw = normals(1, 10 * WIDTH);
    const values = half ? halves(raw).values : Float64Array.from(raw);
    const embed = embedGatherKernel(half);
    const x = bench.output(tokens.length * WIDTH);
    const shard = (first: number, end: number) => {
      const rows = values.slice(first * WIDTH, end * WIDTH);
      return { table: half ? bench.bytes(halves(rows).bytes) : bench.floats(rows), first, rows: end - first };
    };
    const ids = bench.words(tokens);
    await bench.run([embed.kernel], (recorder) => {
      for (const { table, first, rows } of [shard(0, 4), shard(4, 10)]) embed.record(recorder, { tokens: ids, table, x }, { count: tokens.length, width: WIDTH, first, rows });
    });
    expect([...(await bench.read(x, tokens.length * WIDTH))]).toEqual(tokens.flatMap((token) => [...values.subarray(token * WIDTH, (token + 1) * WIDTH)]));
  });

  it('leaves the rows of tokens that stand in other shards', async () => {
    const embed = embedGatherKernel(false);
    const x = bench.output(3 * WIDTH);
    await bench.run([embed.kernel], (recorder) => embed.record(recorder, { tokens: bench.words([3, 4, 8]), table: bench.floats(normals(2, 4 * WIDTH)), x }, { count: 3, width: WIDTH, first: 4, rows: 4 }));
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
