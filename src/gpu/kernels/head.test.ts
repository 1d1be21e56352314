import { describe, expect, it } from 'vitest';
import { Bench, expectClose, normals } from '../testing/bench.ts';
import { numericalGradient } from '../testing/finite-difference.ts';
import { logSoftmaxAt } from '../testing/reference.ts';
import type { RowLayout } from './grid.ts';
import { headKernels, targetLogProbabilities, type VocabularyBlock } from './head.ts';

const bench = await Bench.open();

/** exp of up to −15 within 33 ULP, sums of 101 terms. */
const TOLERANCE = { relative: 5e-6 };

const ROWS = 5;
const VOCABULARY = 101;
/** Three blocks of unequal length, each in rows padded to a multiple of 4 that hold rubbish behind their entries. */
const BLOCKS: readonly VocabularyBlock[] = [
  { first: 0, count: 40, stride: 40 },
  { first: 40, count: 37, stride: 40 },
  { first: 77, count: 24, stride: 28 },
];
/** Targets in each block, first and last entries included. */
const TARGETS = [0, 39, 76, 77, 100];

function blockOf(logits: ArrayLike<number>, { first, count, stride }: VocabularyBlock): Float32Array {
  return Float32Array.from({ length: ROWS * stride }, (_, i) => (i % stride < count ? logits[Math.floor(i / stride) * VOCABULARY + first + (i % stride)] : 1e30));
}

const LAYOUTS: readonly RowLayout[] = [
  { lanes: 1, rows: 16 },
  { lanes: 64, rows: 1 },
  { lanes: 8, rows: 4 },
];

describe.each(LAYOUTS)('the head with $lanes lanes and $rows rows a workgroup', (layout) => {
  const head = headKernels(layout);
  const run = async (logits: Float32Array, blocks: readonly VocabularyBlock[]) => {
    const targets = bench.words(TARGETS);
    const stats = bench.output(ROWS * 4);
    const views = blocks.map((block) => bench.floats(blockOf(logits, block)));
    await bench.run(head.kernels, (recorder) => {
      blocks.forEach((block, index) => head.statistics(recorder, { logits: views[index], targets, stats }, ROWS, block, index === 0));
      blocks.forEach((block, index) => head.gradient(recorder, { targets, stats, logits: views[index] }, ROWS, block));
    });
    const s = await bench.read(stats, ROWS * 4);
    const logprobs = targetLogProbabilities(s);
    return { logprobs, gradients: await Promise.all(blocks.map(({ stride }, index) => bench.read(views[index], ROWS * stride))) };
  };

  it.each([
    ['several blocks', BLOCKS],
    ['one block', [{ first: 0, count: VOCABULARY, stride: 104 }]],
  ])('log π and its gradient over %s agree with the reference and with finite differences', async (_, blocks) => {
    const logits = normals(1, ROWS * VOCABULARY, 4);
    const { logprobs, gradients } = await run(logits, blocks);
    const row = (r: number): Float32Array => logits.subarray(r * VOCABULARY, (r + 1) * VOCABULARY);
    expectClose(logprobs, TARGETS.map((target, r) => logSoftmaxAt(row(r), target)), TOLERANCE, 'log π');
    const derivatives = TARGETS.map((target, r) => numericalGradient((x) => -logSoftmaxAt(x, target), row(r)));
    blocks.forEach(({ first, count, stride }, index) => {
      const expected = Array.from({ length: ROWS * stride }, (__, i) => (i % stride < count ? derivatives[Math.floor(i / stride)][first + (i % stride)] : 0));
      expectClose(gradients[index], expected, TOLERANCE, `gradient of block ${index}`);
      // Not merely small: the backward of the padded rows relies on exact zeros there.
      expect(gradients[index].every((value, i) => i % stride < count || value === 0)).toBe(true);
    });
  });

  it('keeps what is left of a nearly certain token: 1 − π down to 1e-9', async () => {
    const margins = [4, 8, 12, 16, 20];
    const logits = normals(3, ROWS * VOCABULARY, 0.1);
    TARGETS.forEach((target, row) => (logits[row * VOCABULARY + target] = margins[row] + Math.log(VOCABULARY)));
    const { logprobs, gradients } = await run(logits, BLOCKS);
    TARGETS.forEach((target, row) => {
      const goal = logits[row * VOCABULARY + target];
      const others = logits.subarray(row * VOCABULARY, (row + 1) * VOCABULARY).reduce((sum, value, entry) => (entry === target ? sum : sum + Math.exp(value - goal)), 0);
      const block = BLOCKS.findIndex(({ first, count }) => target >= first && target < first + count);
      const { first, stride } = BLOCKS[block];
      // Relative, not relative to the largest: this is what the tolerances above would not see.
      expect(gradients[block][row * stride + target - first] / (-others / (1 + others))).toBeCloseTo(1, 4);
      expect(logprobs[row] / -Math.log1p(others)).toBeCloseTo(1, 4);
    });
  });

  it('keeps logits of ±1,000 finite', async () => {
    const logits = normals(2, ROWS * VOCABULARY, 1000);
    const { logprobs, gradients } = await run(logits, BLOCKS);
    const expected = TARGETS.map((target, r) => logSoftmaxAt(logits.subarray(r * VOCABULARY, (r + 1) * VOCABULARY), target));
    expectClose(logprobs, expected, { relative: 1e-6 });
    expect(gradients.every((values) => values.every(Number.isFinite))).toBe(true);
  });
});
