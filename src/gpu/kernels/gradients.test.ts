import { describe, expect, it } from 'vitest';
import { Recorder } from '../recorder.ts';
import { Bench, expectClose, normals } from '../testing/bench.ts';
import { numericalGradient } from '../testing/finite-difference.ts';
import { inner, matmulNt } from '../testing/reference.ts';
import { SMALL, TALL } from '../testing/tiles.ts';
import { segmentOuterKernel, sumChunksKernel } from './gradients.ts';
import type { Tile } from './matmul.ts';
import { layoutsFor } from './tiles.ts';

const bench = await Bench.open();
const { subgroups } = bench.gpu.capabilities;

/** Sums of at most ten products. */
const TOLERANCE = { relative: 2e-6 };

const TILES: readonly (readonly [string, Tile])[] = [
  ['small tiles', { ...SMALL, rows: 4, columns: 4 }],
  ['lanes sharing rows', { ...SMALL, rows: 4, subgroups }],
  ['workgroups with rows', { ...TALL, rows: 4 }],
  ['the software layout', layoutsFor({ software: true, subgroups }).outer],
  ['the GPU layout', layoutsFor({ software: false, subgroups }).outer],
];

describe.each(TILES)('weight gradients of segments: %s', (_, tile) => {
  const LEFT = 20;
  const RIGHT = 28;
  const ROW_TOKENS = [5, 0, 1, 1, 4, 3, 2, 0, 5, 2, 6, 1];
  /** Lengths 5 (no multiple of 4), 0 (a vector that weights nothing), 1 and 6. */
  const SEGMENTS = [
    [0, 5],
    [5, 5],
    [5, 6],
    [6, 12],
  ];
  const l = normals(1, ROW_TOKENS.length * LEFT);
  const inputs = normals(2, 12 * RIGHT);

  const expected = (tokens: boolean, alpha: number): Float64Array[] =>
    SEGMENTS.map(([start, end]) => {
      const x = Float64Array.from({ length: (end - start) * RIGHT }, (__, i) => inputs[(tokens ? ROW_TOKENS[start + Math.floor(i / RIGHT)] : start + Math.floor(i / RIGHT)) * RIGHT + (i % RIGHT)]);
      const dy = l.subarray(start * LEFT, end * LEFT);
      // Differences of the loss ⟨dY, α·X·Wᵀ⟩, which is what the outer products are the gradient of.
      return numericalGradient((w) => alpha * inner(dy, matmulNt(x, w, end - start, LEFT, RIGHT)), new Float64Array(LEFT * RIGHT));
    });

  it.each([true, false])('agrees with finite differences, whole and in slices of output rows (rows are tokens: %s)', async (tokens) => {
    const outer = segmentOuterKernel(tile, tokens);
    const bind = { l: bench.floats(l), r: bench.floats(inputs), rowInfo: bench.words(ROW_TOKENS.flatMap((token) => [token, 0, 0, 0])), segments: bench.words(SEGMENTS.flat()) };
    const size = { left: LEFT, right: RIGHT, segments: SEGMENTS.length, rows: ROW_TOKENS.length };
    const whole = bench.output(6 * LEFT * RIGHT);
    const slice = bench.output(4 * 8 * RIGHT);
    await bench.run([outer.kernel], (recorder) => {
      outer.record(recorder, { ...bind, g: whole }, { ...size, first: 0, count: LEFT, base: 2, alpha: 0.5 });
      outer.record(recorder, { ...bind, g: slice }, { ...size, first: 12, count: 8 });
    });
    const made = await bench.read(whole, 6 * LEFT * RIGHT);
    const half = expected(tokens, 0.5);
    // Segments before `base` belong to spans added earlier.
    expect(made.subarray(0, 2 * LEFT * RIGHT).every((value) => value === 777)).toBe(true);
    half.forEach((gradient, segment) => expectClose(made.subarray((2 + segment) * LEFT * RIGHT, (3 + segment) * LEFT * RIGHT), gradient, TOLERANCE, `segment ${segment}`));
    expect(half[1].every((value) => value === 0)).toBe(true);
    // Cut into single workgroups: the same bits.
    const pieces = bench.output(6 * LEFT * RIGHT);
    const recorder = new Recorder(bench.gpu.device, bench.pipelines, 1);
    outer.record(recorder, { ...bind, g: pieces }, { ...size, first: 0, count: LEFT, base: 2, alpha: 0.5 });
    await recorder.finish();
    recorder.destroy();
    expect(await bench.read(pieces, 6 * LEFT * RIGHT)).toEqual(made);
    const part = await bench.read(slice, 4 * 8 * RIGHT);
    expected(tokens, 1).forEach((gradient, segment) => {
      expectClose(part.subarray(segment * 8 * RIGHT, (segment + 1) * 8 * RIGHT), gradient.subarray(12 * RIGHT), TOLERANCE, `rows 12 … 19 of segment ${segment}`);
    });
  });
});

describe('sums of chunks', () => {
  const sum = sumChunksKernel();

  it('adds rows from the first one named, in place or onto what was there', async () => {
    const x = normals(3, 6 * 10);
    const y = bench.floats(new Float32Array(30).fill(2));
    const view = bench.floats(x);
    await bench.run([sum.kernel], (recorder) => {
      sum.record(recorder, { x: view, y }, { count: 10, first: 1, chunks: 3, at: 10, accumulate: false });
      sum.record(recorder, { x: view, y }, { count: 10, first: 4, chunks: 2, at: 20, accumulate: true });
    });
    const rows = (first: number, chunks: number, column: number): number => Array.from({ length: chunks }, (_, c) => x[(first + c) * 10 + column]).reduce((a, b) => a + b, 0);
    const expected = Array.from({ length: 30 }, (_, i) => (i < 10 ? 2 : i < 20 ? rows(1, 3, i - 10) : 2 + rows(4, 2, i - 20)));
    expectClose(await bench.read(y, 30), expected, { relative: 1e-6 });
  });

  it('makes zeros of no chunks', async () => {
    const y = bench.output(8);
    await bench.run([sum.kernel], (recorder) => sum.record(recorder, { x: bench.floats([1]), y }, { count: 8, first: 0, chunks: 0, at: 0, accumulate: false }));
    expect([...(await bench.read(y, 8))]).toEqual(new Array(8).fill(0));
  });

  it('reaches past 65,535 workgroups, where the grid becomes two-dimensional', async () => {
    const count = 65_535 * 64 + 100;
    const x = bench.floats(new Float32Array(count).map((_, i) => i % 1000));
    const y = bench.output(count);
    await bench.run([sum.kernel], (recorder) => sum.record(recorder, { x, y }, { count, first: 0, chunks: 1, at: 0, accumulate: false }));
    const made = await bench.read(y, count);
    expect(made.findIndex((value, i) => value !== i % 1000)).toBe(-1);
  });
});
