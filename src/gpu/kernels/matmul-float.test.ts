import { describe, it } from 'vitest';
import { Bench, expectClose, normals } from '../testing/bench.ts';
import { halves } from '../testing/quantise.ts';
import { matmulNt, transposed as turned } from '../testing/reference.ts';
import { oneTile, SMALL, TALL } from '../testing/tiles.ts';
import { backwardPlan, forwardPlan, type GpuMatrix, type Tiles } from './matmul.ts';
import { layoutsFor } from './tiles.ts';

const bench = await Bench.open();
const { subgroups } = bench.gpu.capabilities;
const plain = oneTile({ ...SMALL, columns: 4 });
const sharing = oneTile({ ...SMALL, subgroups });

/** Sums of at most 100 f32 products: rounding stays near 1e-6 of the largest value. f16 weights are read exactly. */
const TOLERANCE = { relative: 5e-6 };

interface Case {
  readonly m: number;
  /** Outputs and inputs of W. */
  readonly n: number;
  readonly k: number;
  readonly half?: boolean;
  readonly transposed?: boolean;
  readonly tiles: Tiles;
}

function matrix({ n, k, half = false, transposed = false }: Case): { weight: GpuMatrix; values: Float64Array } {
  const raw = normals(n * 1000 + k, n * k, 0.2);
  const values = half ? halves(raw).values : Float64Array.from(raw);
  const stored = transposed ? turned(values, n, k) : values;
  const data = half ? bench.bytes(halves(stored).bytes) : bench.floats(stored);
  return { weight: { kind: 'float', out: n, in: k, half, transposed, data }, values };
}

async function forward(one: Case): Promise<void> {
  const { m, n, k, tiles } = one;
  const { weight, values } = matrix(one);
  const x = normals(1, m * k);
  const bias = normals(2, n);
  const before = normals(3, m * n);
  const plan = forwardPlan(weight, tiles);
  const [y, sum, xs] = [bench.output(m * n), bench.floats(before), bench.floats(x)];
  await bench.run([plan.kernel], (recorder) => {
    plan.record(recorder, { weight, x: xs, y, m });
    plan.record(recorder, { weight, x: xs, y: sum, m, bias: bench.floats(bias), accumulate: true, alpha: 0.5 });
  });
  const product = matmulNt(x, values, m, n, k);
  expectClose(await bench.read(y, m * n), product, TOLERANCE, 'x·Wᵀ');
  expectClose(await bench.read(sum, m * n), product.map((value, i) => before[i] + bias[i % n] + 0.5 * value), TOLERANCE, 'y + b + ½·x·Wᵀ');
}

async function backward(one: Case): Promise<void> {
  const { m, n, k, tiles } = one;
  const { weight, values } = matrix(one);
  const stride = Math.ceil(n / 4) * 4;
  const dy = normals(4, m * n);
  const rows = Float64Array.from({ length: m * stride }, (_, i) => (i % stride < n ? dy[Math.floor(i / stride) * n + (i % stride)] : 0));
  const before = normals(5, m * k);
  const plan = backwardPlan(weight, tiles);
  const [dx, sum, x] = [bench.output(m * k), bench.floats(before), bench.floats(rows)];
  // A transposed weight's backward runs the nt kernel, whose output rows, not input rows, may be padded.
  const padding = one.transposed ? {} : { stride };
  await bench.run([plan.kernel], (recorder) => {
    plan.record(recorder, { weight, x, y: dx, m, ...padding });
    plan.record(recorder, { weight, x, y: sum, m, accumulate: true, alpha: -2, ...padding });
  });
  const product = matmulNt(dy, turned(values, n, k), m, k, n);
  expectClose(await bench.read(dx, m * k), product, TOLERANCE, 'dy·W');
  expectClose(await bench.read(sum, m * k), product.map((value, i) => before[i] - 2 * value), TOLERANCE, 'dx − 2·dy·W');
}

const CASES: readonly (readonly [string, Case])[] = [
  ['f32, K a multiple of 16, N odd', { m: 5, n: 37, k: 48, tiles: plain }],
  ['f32, ragged K', { m: 3, n: 18, k: 20, tiles: plain }],
  ['f32, K of one vec4', { m: 1, n: 5, k: 4, tiles: plain }],
  ['f32, lanes sharing rows', { m: 7, n: 35, k: 32, tiles: sharing }],
  ['f32, ragged K, lanes sharing rows', { m: 6, n: 19, k: 44, tiles: sharing }],
  ['f32, workgroups with rows', { m: 9, n: 30, k: 28, tiles: oneTile(TALL) }],
  ['f16', { m: 5, n: 33, k: 48, half: true, tiles: plain }],
  ['f16, ragged K, lanes sharing rows', { m: 2, n: 13, k: 36, half: true, tiles: sharing }],
  ['f32 stored [in, out]', { m: 5, n: 36, k: 52, transposed: true, tiles: plain }],
  ['f16 stored [in, out], lanes sharing rows', { m: 6, n: 40, k: 28, half: true, transposed: true, tiles: sharing }],
];

describe.each(CASES)('float matmul: %s', (_, one) => {
  it('forward: product, and α with bias onto what was there', () => forward(one));
  it('backward: product, and α onto what was there', () => backward(one));
});

describe('float matmul: rows of an output buffer that is longer than N', () => {
  it('writes columns 0 … N − 1 and leaves the rest', async () => {
    const one: Case = { m: 3, n: 18, k: 20, tiles: plain };
    const { weight, values } = matrix(one);
    const x = normals(6, one.m * one.k);
    const plan = forwardPlan(weight, plain);
    const y = bench.output(one.m * 20);
    await bench.run([plan.kernel], (recorder) => plan.record(recorder, { weight, x: bench.floats(x), y, m: one.m, stride: 20 }));
    const product = matmulNt(x, values, one.m, one.n, one.k);
    const expected = Float64Array.from({ length: one.m * 20 }, (__, i) => (i % 20 < 18 ? product[Math.floor(i / 20) * 18 + (i % 20)] : 777));
    expectClose(await bench.read(y, one.m * 20), expected, { relative: 1e-7, absolute: 1e-5 });
  });
});

describe('float matmul with the layouts that are shipped', () => {
  // By width of the output: slim up to 16 columns, narrow up to 32, else wide.
  it.each([
    ['software', 'slim', 12],
    ['software', 'wide', 44],
    ['GPU', 'slim', 12],
    ['GPU', 'narrow', 28],
    ['GPU', 'wide', 44],
  ])('%s, %s', async (kind, _, n) => {
    const { matmul } = layoutsFor({ software: kind === 'software', subgroups });
    await forward({ m: 21, n, k: 20, tiles: matmul });
    await backward({ m: 21, n: 20, k: n, tiles: matmul });
  });
});
