import { describe, expect, it } from 'vitest';
import { variant, type Variant } from '../kernel.ts';
import { expectClose, normals } from '../testing/bench.ts';
import { findRaces } from '../testing/races.ts';
import { randomQuantised } from '../testing/quantise.ts';
import { rmsNorm } from '../testing/reference.ts';
import { embedGatherQuantised } from './embedding.ts';
import { rowConstants } from './grid.ts';
import { headStatistics } from './head.ts';
import { matmulQuantisedNn, matmulQuantisedNt, quantisedConstants, quantisedRow } from './matmul.ts';
import { rmsnorm, rmsnormBackward } from './norm.ts';

/** Four lanes a row, two rows a workgroup; three rows, so that a workgroup has a row of no use. */
const LANES = rowConstants({ lanes: 4, rows: 2 });
const ROWS = 3;
const WIDTH = 24;
const GRID = [2, 1] as const;

function withoutBarrier<Binding extends string, Param extends string>(one: Variant<Binding, Param>): Variant<Binding, Param> {
  const code = one.code.replace('workgroupBarrier();', '');
  expect(code).not.toBe(one.code);
  return { ...one, code };
}

// Every test runs the interpreter on the kernel as it is, and checks what it computed, so that "no races" does not mean
// "nothing was run"; then without its barrier, so that the check is known to find what it looks for.
describe('kernels with workgroup memory are free of races', () => {
  const clean = { races: [], errors: [] };
  const caught = expect.stringMatching(/'partial'.*unordered/) as string;

  it('rmsnorm', () => {
    const kernel = variant(rmsnorm, LANES);
    const [x, g, y] = [normals(1, ROWS * WIDTH), normals(2, WIDTH), new Float32Array(ROWS * WIDTH)];
    const params = { rows: ROWS, width: WIDTH, epsilon: 1e-6 };
    expect(findRaces(kernel, { x, g, y }, params, GRID)).toEqual(clean);
    expectClose(y, rmsNorm(x, g, ROWS, WIDTH, 1e-6), { relative: 1e-5 });
    expect(findRaces(withoutBarrier(kernel), { x, g, y }, params, GRID).races).toContainEqual(caught);
  });

  it('rmsnorm-backward', () => {
    const kernel = variant(rmsnormBackward, LANES);
    const rowInfo = Uint32Array.from([2, 0, 1].flatMap((token) => [token, 0, 0, 0]));
    const bind = { dy: normals(3, ROWS * WIDTH), x: normals(4, ROWS * WIDTH), g: normals(5, WIDTH), rowInfo, dx: new Float32Array(ROWS * WIDTH) };
    const params = { rows: ROWS, width: WIDTH, heads: 1, accumulate: 1, epsilon: 1e-6 };
    expect(findRaces(kernel, bind, params, GRID)).toEqual(clean);
    expect(bind.dx.every((value) => value !== 0)).toBe(true);
    expect(findRaces(withoutBarrier(kernel), bind, params, GRID).races).toContainEqual(caught);
  });

  it('head-statistics', () => {
    const kernel = variant(headStatistics, LANES);
    const logits = normals(6, ROWS * WIDTH);
    const targets = Uint32Array.from([3, 0, 22]);
    const stats = new Float32Array(ROWS * 4);
    const params = { rows: ROWS, first: 0, count: WIDTH - 1, stride: WIDTH, initial: 1 };
    expect(findRaces(kernel, { logits, targets, stats }, params, GRID)).toEqual(clean);
    // Sums are checked on the GPU (head.test.ts): the interpreter, wgsl_reflect 1.6.0, mixes up the invocations' vec2f
    // variables here. The target's logit shows that each row was run.
    expect(Array.from(targets, (_, row) => stats[row * 4 + 2])).toEqual(Array.from(targets, (target, row) => logits[row * WIDTH + target]));
    expect(findRaces(withoutBarrier(kernel), { logits, targets, stats }, params, GRID).races).toContainEqual(caught);
  });

  it.each(['q4', 'q8'] as const)('the kernels over %s weights, whose invocations share nothing', (kind) => {
    const [m, out, input] = [3, 9, 32];
    const { data, scales, zeros } = randomQuantised(kind, 7, out, input, 16, true);
    const shape = { kind, in: input, block: 16, zeros: null };
    const constants = { ...quantisedConstants(shape), ZERO_POINTS: 1, TILE_M: 2, WG_X: 2, WG_Y: 1, SUBGROUPS: 0 };
    const words = (bytes: Uint8Array): Uint32Array => new Uint32Array(Uint8Array.from({ length: Math.ceil(bytes.length / 4) * 4 }, (_, i) => bytes[i] ?? 0).buffer);
    const weight = { w: words(data), scales: Float32Array.from(scales), zeros: words(zeros!) };
    const params = { m, n: out, k: input, ...quantisedRow(shape), accumulate: 0, alpha: 1 };
    const [x, y] = [normals(8, m * input), new Float32Array(m * out)];
    const forward = variant(matmulQuantisedNt, { ...constants, TILE_N: 4 });
    expect(findRaces(forward, { x, ...weight, bias: new Float32Array(4), y }, { ...params, stride: out, hasBias: 0 }, [2, 2])).toEqual(clean);
    // Values are checked on the GPU (matmul-quantised.test.ts, embedding.test.ts): the interpreter mixes up the invocations' vectors.
    expect(y.every((value) => value !== 0)).toBe(true);
    const stride = 12;
    const [dy, dx] = [normals(9, m * stride).map((value, i) => (i % stride < out ? value : 0)), new Float32Array(m * input)];
    const backward = variant(matmulQuantisedNn, { ...constants, TILE_W: 1 });
    expect(findRaces(backward, { x: dy, ...weight, y: dx }, { ...params, stride }, [2, 2])).toEqual(clean);
    expect(dx.every((value) => value !== 0)).toBe(true);
    const embedded = new Float32Array(2 * input);
    const gather = variant(embedGatherQuantised, { ...quantisedConstants(shape), ZERO_POINTS: 1 });
    expect(findRaces(gather, { tokens: Uint32Array.of(8, 2), table: weight.w, scales: weight.scales, zeros: weight.zeros, x: embedded }, { count: 2, width: input, first: 0, rows: out, ...quantisedRow(shape) }, [1, 1])).toEqual(clean);
    expect(embedded.filter((value) => value !== 0).length).toBeGreaterThan(input);
    // Two invocations that make the same columns are found.
    const twice = { ...backward, code: backward.code.replace('let m0 = id.y * 2u;', 'let m0 = 0u;') };
    expect(twice.code).not.toBe(backward.code);
    expect(findRaces({ ...twice, code: twice.code.replace('@workgroup_size(2, 1)', '@workgroup_size(2, 2)') }, { x: dy, ...weight, y: dx }, { ...params, stride }, [2, 1]).races.length).toBeGreaterThan(0);
  });

  it('needs no barrier where a row has one lane: the text holds none, and no workgroup memory', () => {
    const single = rowConstants({ lanes: 1, rows: 16 });
    for (const { code } of [variant(rmsnorm, single), variant(rmsnormBackward, single), variant(headStatistics, single)]) expect(code).not.toMatch(/workgroupBarrier|var<workgroup>/);
    for (const { code } of [variant(rmsnorm, LANES), variant(rmsnormBackward, LANES), variant(headStatistics, LANES)]) expect(code.match(/workgroupBarrier/g)).toHaveLength(1);
  });
});
