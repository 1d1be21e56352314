import { describe, expect, it } from 'vitest';
import { Bench, expectClose, normals } from '../testing/bench.ts';
import { numericalGradient } from '../testing/finite-difference.ts';
import { randomQuantised } from '../testing/quantise.ts';
import { inner, matmulNt } from '../testing/reference.ts';
import { oneTile, SMALL } from '../testing/tiles.ts';
import { loraGateKernel } from './elementwise.ts';
import { segmentOuterKernel } from './gradients.ts';
import { backwardPlan, forwardPlan, type GpuMatrix } from './matmul.ts';

const bench = await Bench.open();

/** Three matmuls of at most 32 terms behind each value. */
const TOLERANCE = { relative: 3e-6 };

/** Three adapters of rank 2 in a stacked hidden vector of 8 columns, two of them padding. */
const [IN, OUT, RANK, COUNT, WIDTH, SCALE] = [32, 20, 2, 3, 8, 1.5];
const TOKENS = 6;
/** Adapter 2 is the route of no token: its gradient must be exactly 0. */
const ROUTES = [0, 1, 1, 0, 1, 0];

/** y = x·Wᵀ + s·(gate∘(x·Aᵀ))·Bᵀ in f64: adapter by adapter, with no stacking. */
function routed(x: ArrayLike<number>, w: ArrayLike<number>, a: ArrayLike<number>, b: ArrayLike<number>): Float64Array {
  const y = matmulNt(x, w, TOKENS, OUT, IN);
  for (let token = 0; token < TOKENS; token += 1) {
    for (let r = ROUTES[token] * RANK; r < (ROUTES[token] + 1) * RANK; r += 1) {
      let hidden = 0;
      for (let i = 0; i < IN; i += 1) hidden += x[token * IN + i] * a[r * IN + i];
      for (let o = 0; o < OUT; o += 1) y[token * OUT + o] += SCALE * hidden * b[o * WIDTH + r];
    }
  }
  return y;
}

const zeroPadding = (values: Float32Array, isPadding: (index: number) => boolean): Float32Array => values.map((value, index) => (isPadding(index) ? 0 : value));

describe.each(['f32', 'q4', 'q8'] as const)('a routed layer over a frozen %s weight', (kind) => {
  const tiles = oneTile(SMALL);
  const quantised = randomQuantised(kind === 'q8' ? 'q8' : 'q4', 1, OUT, IN, 16, true, kind === 'q8' ? 0.006 : 0.1);
  const floats = normals(1, OUT * IN, 0.3);
  const w = kind === 'f32' ? Float64Array.from(floats) : quantised.values;
  const frozen: GpuMatrix =
    kind === 'f32'
      ? { kind: 'float', out: OUT, in: IN, half: false, transposed: false, data: bench.floats(floats) }
      : { kind, out: OUT, in: IN, block: 16, data: bench.bytes(quantised.data), scales: bench.floats(quantised.scales), zeros: bench.bytes(quantised.zeros!) };
  const a = zeroPadding(normals(2, WIDTH * IN, 0.3), (i) => i >= COUNT * RANK * IN);
  const b = zeroPadding(normals(3, OUT * WIDTH, 0.3), (i) => i % WIDTH >= COUNT * RANK);
  const x = normals(4, TOKENS * IN);
  const dy = normals(5, TOKENS * OUT);

  it('has gradients of x, A and B that agree with finite differences of the forward', async () => {
    const stacked = (out: number, input: number, values: Float32Array): GpuMatrix => ({ kind: 'float', out, in: input, half: false, transposed: false, data: bench.floats(values) });
    const [down, up] = [stacked(WIDTH, IN, a), stacked(OUT, WIDTH, b)];
    const plans = [frozen, down, up].map((weight) => ({ weight, forward: forwardPlan(weight, tiles), backward: backwardPlan(weight, tiles) }));
    const gate = loraGateKernel();
    const outer = segmentOuterKernel({ ...SMALL, rows: 4 }, true);
    const rowInfo = bench.words(ROUTES.flatMap((_, token) => [token, 0, 0, 0]));
    const bind = { rowInfo, adapters: bench.words(ROUTES) };
    const segments = bench.words([0, TOKENS]);
    const [xs, ds] = [bench.floats(x), bench.floats(dy)];
    const [y, hidden, dHidden, dx] = [TOKENS * OUT, TOKENS * WIDTH, TOKENS * WIDTH, TOKENS * IN].map((count) => bench.output(count));
    const [dA, dB] = [bench.output(WIDTH * IN), bench.output(OUT * WIDTH)];
    const size = { rows: TOKENS, width: WIDTH, rank: RANK };
    await bench.run([...plans.flatMap(({ forward, backward }) => [forward.kernel, backward.kernel]), gate.kernel, outer.kernel], (recorder) => {
      const [base, low, high] = plans;
      base.forward.record(recorder, { weight: frozen, x: xs, y, m: TOKENS });
      low.forward.record(recorder, { weight: down, x: xs, y: hidden, m: TOKENS });
      gate.record(recorder, { ...bind, h: hidden }, size);
      high.forward.record(recorder, { weight: up, x: hidden, y, m: TOKENS, accumulate: true, alpha: SCALE });
      base.backward.record(recorder, { weight: frozen, x: ds, y: dx, m: TOKENS });
      high.backward.record(recorder, { weight: up, x: ds, y: dHidden, m: TOKENS, alpha: SCALE });
      gate.record(recorder, { ...bind, h: dHidden }, size);
      low.backward.record(recorder, { weight: down, x: dHidden, y: dx, m: TOKENS, accumulate: true });
      const outerSize = { first: 0, segments: 1, rows: TOKENS };
      outer.record(recorder, { l: ds, r: hidden, rowInfo, segments, g: dB }, { ...outerSize, left: OUT, right: WIDTH, count: OUT, alpha: SCALE });
      outer.record(recorder, { l: dHidden, r: xs, rowInfo, segments, g: dA }, { ...outerSize, left: WIDTH, right: IN, count: WIDTH });
    });
    expectClose(await bench.read(y, TOKENS * OUT), routed(x, w, a, b), TOLERANCE, 'y');
    expectClose(await bench.read(dx, TOKENS * IN), numericalGradient((values) => inner(routed(values, w, a, b), dy), x), TOLERANCE, 'dx');
    const [gradientA, gradientB] = [await bench.read(dA, WIDTH * IN), await bench.read(dB, OUT * WIDTH)];
    expectClose(gradientA, numericalGradient((values) => inner(routed(x, w, values, b), dy), a), TOLERANCE, 'dA');
    expectClose(gradientB, numericalGradient((values) => inner(routed(x, w, a, values), dy), b), TOLERANCE, 'dB');
    expect(gradientA.subarray(2 * RANK * IN).every((value) => value === 0)).toBe(true);
    expect(gradientB.every((value, i) => i % WIDTH < 2 * RANK || value === 0)).toBe(true);
  });
});
