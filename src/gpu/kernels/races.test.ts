import { describe, expect, it } from 'vitest';
import { variant, type Variant } from '../kernel.ts';
import { expectClose, normals } from '../testing/bench.ts';
import { findRaces } from '../testing/races.ts';
import { rmsNorm } from '../testing/reference.ts';
import { rowConstants } from './grid.ts';
import { headStatistics } from './head.ts';
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

  it('needs no barrier where a row has one lane: the text holds none, and no workgroup memory', () => {
    const single = rowConstants({ lanes: 1, rows: 16 });
    for (const { code } of [variant(rmsnorm, single), variant(rmsnormBackward, single), variant(headStatistics, single)]) expect(code).not.toMatch(/workgroupBarrier|var<workgroup>/);
    for (const { code } of [variant(rmsnorm, LANES), variant(rmsnormBackward, LANES), variant(headStatistics, LANES)]) expect(code.match(/workgroupBarrier/g)).toHaveLength(1);
  });
});
