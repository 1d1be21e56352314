import { describe, it } from 'vitest';
import { Bench, expectClose, normals } from '../testing/bench.ts';
import { numericalGradient } from '../testing/finite-difference.ts';
import { inner, rmsNorm } from '../testing/reference.ts';
import type { RowLayout } from './grid.ts';
import { rmsnormBackwardKernel, rmsnormKernel } from './norm.ts';

const bench = await Bench.open();
const EPSILON = 1e-6;

/** One inverse square root (2 ULP) and a sum of at most 200 squares: a few 1e-7; ten times that is allowed. */
const TOLERANCE = { relative: 3e-6 };

/** Software adapters' layout, a GPU's, and one whose lanes outnumber a narrow row's vec4. */
const LAYOUTS: readonly RowLayout[] = [
  { lanes: 1, rows: 16 },
  { lanes: 64, rows: 1 },
  { lanes: 8, rows: 4 },
];

describe.each(LAYOUTS)('RMS norm with $lanes lanes and $rows rows a workgroup', (layout) => {
  const forward = rmsnormKernel(layout);
  const backward = rmsnormBackwardKernel(layout);

  it.each([
    [5, 64],
    [17, 196],
    [33, 4],
  ])('%i rows of %i', async (rows, width) => {
    const x = normals(1, rows * width, 2);
    const g = normals(2, width);
    const y = bench.output(rows * width);
    await bench.run([forward.kernel], (recorder) => forward.record(recorder, { x: bench.floats(x), g: bench.floats(g), y }, { rows, width, epsilon: EPSILON }));
    expectClose(await bench.read(y, rows * width), rmsNorm(x, g, rows, width, EPSILON), TOLERANCE);
  });

  it('divides rows of zeros and of 1e-20 by √ε, not by 0', async () => {
    const x = new Float32Array(8);
    x.fill(1e-20, 4);
    const y = bench.output(8);
    await bench.run([forward.kernel], (recorder) => forward.record(recorder, { x: bench.floats(x), g: bench.floats([1, 1, 1, 1]), y }, { rows: 2, width: 4, epsilon: EPSILON }));
    expectClose(await bench.read(y, 8), [0, 0, 0, 0, 1e-17, 1e-17, 1e-17, 1e-17], { relative: 1e-5 });
  });

  it.each([
    ['the residual stream: gradient rows of tokens out of order and twice', { tokens: 5, width: 20, heads: 1, rowTokens: [4, 0, 2, 2, 1, 4, 3] }],
    ['per head (Qwen3): gradient rows of 3 heads', { tokens: 4, width: 8, heads: 3, rowTokens: [0, 1, 2, 3, 0, 1, 3] }],
  ])('backward agrees with finite differences: %s', async (_, { tokens, width, heads, rowTokens }) => {
    const x = normals(3, tokens * heads * width);
    const g = normals(4, width);
    const rows = rowTokens.length * heads;
    const dy = normals(5, rows * width);
    const before = normals(6, rows * width);
    const rowInfo = bench.words(rowTokens.flatMap((token) => [token, 0, 0, 0]));
    const [dx, sum] = [bench.output(rows * width), bench.floats(before)];
    const bind = { dy: bench.floats(dy), x: bench.floats(x), g: bench.floats(g), rowInfo };
    const size = { rows, width, heads, epsilon: EPSILON };
    await bench.run([backward.kernel], (recorder) => {
      backward.record(recorder, { ...bind, dx }, { ...size, accumulate: false });
      backward.record(recorder, { ...bind, dx: sum }, { ...size, accumulate: true });
    });
    const expected = Float64Array.from(
      rowTokens.flatMap((token, row) =>
        Array.from({ length: heads }).flatMap((__, head) => {
          const at = (token * heads + head) * width;
          const gradient = dy.subarray((row * heads + head) * width, (row * heads + head + 1) * width);
          return [...numericalGradient((values) => inner(rmsNorm(values, g, 1, width, EPSILON), gradient), x.subarray(at, at + width))];
        }),
      ),
    );
    expectClose(await bench.read(dx, rows * width), expected, TOLERANCE, 'dx');
    expectClose(await bench.read(sum, rows * width), expected.map((value, i) => before[i] + value), TOLERANCE, 'dx onto what was there');
  });
});
