import { describe, expect, it } from 'vitest';
import { Bench, expectClose, normals } from '../testing/bench.ts';
import { randomQuantised } from '../testing/quantise.ts';
import { matmulNt, transposed } from '../testing/reference.ts';
import { oneTile, SMALL, TALL } from '../testing/tiles.ts';
import { backwardPlan, forwardPlan, type GpuMatrix, type Tiles } from './matmul.ts';
import { layoutsFor } from './tiles.ts';

const bench = await Bench.open();
const { subgroups } = bench.gpu.capabilities;
const plain = oneTile(SMALL);
const sharing = oneTile({ ...SMALL, subgroups });

/** Sums of at most 400 f32 products: rounding stays near √400 · 6e-8 ≈ 1e-6 of the largest value. */
const TOLERANCE = { relative: 5e-6 };

interface Case {
  readonly kind: 'q4' | 'q8';
  readonly block: number;
  readonly zeroPoints: boolean;
  readonly m: number;
  readonly n: number;
  readonly k: number;
  readonly tiles: Tiles;
}

function matrix({ kind, block, zeroPoints, n, k }: Case): { weight: GpuMatrix; values: Float64Array } {
  const { data, scales, zeros, values } = randomQuantised(kind, n * 1000 + k, n, k, block, zeroPoints);
  const weight = { kind, out: n, in: k, block, data: bench.bytes(data), scales: bench.floats(scales), zeros: zeros && bench.bytes(zeros) } as const;
  return { weight, values };
}

async function forward(one: Case): Promise<void> {
  const { m, n, k, tiles } = one;
  const { weight, values } = matrix(one);
  const x = normals(1, m * k);
  const bias = normals(2, n);
  const before = normals(3, m * n);
  const stride = n + 3; // the three columns behind each row must stay as they were
  const plan = forwardPlan(weight, tiles);
  const [y, sum, padded] = [bench.output(m * n), bench.floats(before), bench.output(m * stride)];
  const xs = bench.floats(x);
  await bench.run([plan.kernel], (recorder) => {
    plan.record(recorder, { weight, x: xs, y, m });
    plan.record(recorder, { weight, x: xs, y: sum, m, bias: bench.floats(bias), accumulate: true, alpha: 0.5 });
    plan.record(recorder, { weight, x: xs, y: padded, m, stride });
  });
  const product = matmulNt(x, values, m, n, k);
  expectClose(await bench.read(y, m * n), product, TOLERANCE, 'x·Wᵀ');
  expectClose(await bench.read(sum, m * n), product.map((value, i) => before[i] + bias[i % n] + 0.5 * value), TOLERANCE, 'y + b + ½·x·Wᵀ');
  const expected = Float64Array.from({ length: m * stride }, (_, i) => (i % stride < n ? product[Math.floor(i / stride) * n + (i % stride)] : 777));
  expectClose(await bench.read(padded, m * stride), expected, { relative: 0, absolute: 5e-6 * Math.max(...product.map(Math.abs)) }, 'padded rows');
}

async function backward(one: Case): Promise<void> {
  const { m, n, k, tiles } = one;
  const { weight, values } = matrix(one);
  const stride = Math.ceil(n / 4) * 4;
  const dy = normals(4, m * n);
  const rows = Float64Array.from({ length: m * stride }, (_, i) => (i % stride < n ? dy[Math.floor(i / stride) * n + (i % stride)] : 0));
  const before = normals(5, m * k);
  const plan = backwardPlan(weight, tiles);
  const [dx, sum] = [bench.output(m * k), bench.floats(before)];
  const x = bench.floats(rows);
  await bench.run([plan.kernel], (recorder) => {
    plan.record(recorder, { weight, x, y: dx, m, stride });
    plan.record(recorder, { weight, x, y: sum, m, stride, accumulate: true, alpha: -2 });
  });
  const product = matmulNt(dy, transposed(values, n, k), m, k, n);
  expectClose(await bench.read(dx, m * k), product, TOLERANCE, 'dy·W');
  expectClose(await bench.read(sum, m * k), product.map((value, i) => before[i] - 2 * value), TOLERANCE, 'dx − 2·dy·W');
}

/** Rows and columns around the tiles' edges; odd block counts (3 and 1 a row) with packed zero points. */
const CASES: readonly (readonly [string, Case])[] = [
  ['4 bits, block 16, zero points, 3 blocks a row', { kind: 'q4', block: 16, zeroPoints: true, m: 5, n: 37, k: 48, tiles: plain }],
  ['4 bits, block 32, no zero points', { kind: 'q4', block: 32, zeroPoints: false, m: 4, n: 33, k: 96, tiles: plain }],
  ['4 bits, block 32, zero points, 3 blocks a row', { kind: 'q4', block: 32, zeroPoints: true, m: 1, n: 7, k: 96, tiles: plain }],
  ['4 bits, block 64, zero points, 1 block a row', { kind: 'q4', block: 64, zeroPoints: true, m: 9, n: 31, k: 64, tiles: oneTile(TALL) }],
  ['4 bits, block 128, zero points, 3 blocks a row', { kind: 'q4', block: 128, zeroPoints: true, m: 3, n: 66, k: 384, tiles: plain }],
  ['4 bits, block 16, lanes sharing rows', { kind: 'q4', block: 16, zeroPoints: false, m: 7, n: 35, k: 80, tiles: sharing }],
  ['4 bits, block 32, zero points, lanes sharing rows', { kind: 'q4', block: 32, zeroPoints: true, m: 6, n: 34, k: 160, tiles: sharing }],
  ['8 bits, block 16, zero points, 3 blocks a row', { kind: 'q8', block: 16, zeroPoints: true, m: 5, n: 37, k: 48, tiles: plain }],
  ['8 bits, block 32, no zero points', { kind: 'q8', block: 32, zeroPoints: false, m: 4, n: 33, k: 96, tiles: plain }],
  ['8 bits, a block of the whole row, zero points', { kind: 'q8', block: 112, zeroPoints: true, m: 9, n: 31, k: 112, tiles: oneTile(TALL) }],
  ['8 bits, a block of the whole row, no zero points, one row', { kind: 'q8', block: 304, zeroPoints: false, m: 1, n: 66, k: 304, tiles: plain }],
  ['8 bits, block 32, zero points, lanes sharing rows', { kind: 'q8', block: 32, zeroPoints: true, m: 6, n: 34, k: 160, tiles: sharing }],
];

describe.each(CASES)('quantised matmul: %s', (_, one) => {
  it('forward: product, α with bias onto what was there, padded rows', () => forward(one));
  it('backward: product, α onto what was there, odd N padded to a multiple of 4', () => backward(one));
});

describe.each([
  ['4-bit', 'q4', 32],
  ['8-bit', 'q8', 96],
] as const)('%s matmul with the layouts that are shipped', (words, kind, block) => {
  const sizes = { kind, block, zeroPoints: true, m: 19, n: 70, k: 96 } as const;

  it.each(['software', 'GPU'])('%s', async (adapter) => {
    const { matmul } = layoutsFor({ software: adapter === 'software', subgroups });
    await forward({ ...sizes, tiles: matmul });
    await backward({ ...sizes, tiles: matmul });
  });

  it('refuses a float weight, and one of other bits, in its plan', () => {
    const { weight } = matrix({ ...sizes, tiles: plain });
    const float = { kind: 'float', out: 4, in: 4, half: false, transposed: false, data: weight.data } as const;
    const other = matrix({ ...sizes, kind: kind === 'q4' ? 'q8' : 'q4', tiles: plain }).weight;
    for (const plan of [forwardPlan(weight, plain), backwardPlan(weight, plain)]) {
      for (const wrong of [float, other]) expect(() => plan.record(bench.recorder, { weight: wrong, x: weight.data, y: weight.data, m: 1 })).toThrow(`The plan is for a ${words} weight.`);
    }
  });
});
