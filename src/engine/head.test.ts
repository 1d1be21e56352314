import { describe, expect, it } from 'vitest';
import { Random } from '../core/random.ts';
import { expectClose, normals } from '../gpu/testing/bench.ts';
import { targetLogProbabilities } from '../gpu/kernels/head.ts';
import { randomQuantised } from '../gpu/testing/quantise.ts';
import { SMALL } from '../gpu/testing/tiles.ts';
import type { EngineContext } from './context.ts';
import { blockShapes, headLogLikelihood } from './head.ts';
import { trainedAdapters } from './testing/adapters.ts';
import { decoderBench, SMALL_LAYOUTS } from './testing/bench.ts';
import { randomBackbone, TINY } from './testing/random-backbone.ts';
import { lossOf, randomSequences } from './testing/sequences.ts';
import type { TableShard } from './weights.ts';

const open = await decoderBench();

/** Logits of size 3 to 10 and sums of exponentials in stretches of 256, each term within 1e-6. */
const TOLERANCE = { relative: 1e-5 };
/** A gradient adds up a block's entries one by one in f32: √131,072 roundings of its own size. */
const GRADIENT_TOLERANCE = { relative: 1e-4 };

/** A decoder of this width, whose head a test replaces: only its kernels and buffers are used. */
async function contextOf(hiddenSize: number, layouts = SMALL_LAYOUTS): Promise<EngineContext> {
  return (await open(randomBackbone({ ...TINY, layers: 1, hiddenSize }, 1, 'q4'), { layouts })).context;
}

interface Result {
  readonly logprobs: Float64Array;
  readonly gradient: Float32Array;
}

async function run(context: EngineContext, head: readonly TableShard[], hidden: Float32Array<ArrayBuffer>, targets: Uint32Array<ArrayBuffer>): Promise<Result> {
  const { memory, arena, recorder, config } = context;
  const count = targets.length;
  await open.pipelines.prepare(context.kernels.variants(head.flatMap(blockShapes)));
  const streamed = { ...context, weights: { ...context.weights, head } };
  const [x, ids] = [memory.upload('hidden', hidden), memory.upload('targets', targets)];
  const [stats, gradient] = [arena.floats('stats', count * 4), arena.floats('gradient', count * config.hiddenSize)];
  await headLogLikelihood(streamed, { hidden: x, targets: ids, count }, stats, gradient);
  await recorder.finish();
  const s = new Float32Array(await memory.read(stats, count * 16));
  const result = {
    logprobs: targetLogProbabilities(s),
    gradient: new Float32Array(await memory.read(gradient, count * config.hiddenSize * 4)),
  };
  arena.reset();
  memory.destroy(x);
  memory.destroy(ids);
  for (const { matrix } of head) {
    memory.destroy(matrix.data);
    if (matrix.kind !== 'float') memory.destroy(matrix.scales);
  }
  return result;
}

/** log π(target) and its negative's gradient, f64, for the positions asked for. */
function reference(table: ArrayLike<number>, hidden: ArrayLike<number>, targets: ArrayLike<number>, width: number, positions: readonly number[]): { logprobs: number[]; gradients: Float64Array[] } {
  const entries = table.length / width;
  const logits = new Float64Array(entries);
  const logprobs: number[] = [];
  const gradients = positions.map((position) => {
    let top = -Infinity;
    for (let entry = 0; entry < entries; entry += 1) {
      let sum = 0;
      for (let i = 0; i < width; i += 1) sum += table[entry * width + i] * hidden[position * width + i];
      logits[entry] = sum;
      if (sum > top) top = sum;
    }
    let total = 0;
    for (let entry = 0; entry < entries; entry += 1) total += Math.exp(logits[entry] - top);
    logprobs.push(logits[targets[position]] - top - Math.log(total));
    const gradient = new Float64Array(width);
    for (let entry = 0; entry < entries; entry += 1) {
      const share = Math.exp(logits[entry] - top) / total - (entry === targets[position] ? 1 : 0);
      for (let i = 0; i < width; i += 1) gradient[i] += share * table[entry * width + i];
    }
    return gradient;
  });
  return { logprobs, gradients };
}

function expectReference({ logprobs, gradient }: Result, table: ArrayLike<number>, hidden: ArrayLike<number>, targets: Uint32Array, width: number, positions: readonly number[]): void {
  const expected = reference(table, hidden, targets, width, positions);
  expectClose(positions.map((position) => logprobs[position]), expected.logprobs, TOLERANCE, 'log π');
  positions.forEach((position, i) => expectClose(gradient.subarray(position * width, (position + 1) * width), expected.gradients[i], GRADIENT_TOLERANCE, `gradient at ${position}`));
}

describe('the head streams the vocabulary', () => {
  it('over blocks of 8,192 entries and 1,024 positions, with ragged last ones of both', async () => {
    const width = 16;
    // 17 entries are left over: kernels are chosen by the rows of a block, and these are fewer than any whole block's.
    const [entries, positions] = [8192 + 17, 1024 + 6];
    const matmul = { ...SMALL_LAYOUTS.matmul, narrow: { ...SMALL, columns: 4 } };
    const context = await contextOf(width, { ...SMALL_LAYOUTS, matmul });
    const table = normals(1, entries * width);
    const hidden = normals(2, positions * width);
    const random = new Random(3);
    // Targets at both ends of both blocks, among random ones.
    const targets = Uint32Array.from({ length: positions }, (_, i) => [0, 8191, 8192, entries - 1][i % 1000] ?? random.integer(entries));
    const head = [{ first: 0, rows: entries, matrix: { kind: 'float', out: entries, in: width, half: false, transposed: false, data: context.memory.upload('table', table) } }] as const;
    const result = await run(context, head, hidden, targets);
    expect(result.logprobs.every((value) => Number.isFinite(value) && value < 0)).toBe(true);
    expectReference(result, table, hidden, targets, width, [0, 1, 2, 3, 500, 1000, 1001, 1002, 1003, 1023, 1024, 1029]);
  });

  it('over shards as over one table, whatever shard holds the target', async () => {
    const width = 32;
    const entries = 1003;
    const context = await contextOf(width);
    const table = normals(4, entries * width, 0.5);
    const hidden = normals(5, 6 * width);
    const targets = Uint32Array.of(0, 255, 256, 767, 768, 1002);
    const shards = (bounds: readonly number[]): TableShard[] =>
      bounds.slice(1).map((end, i) => {
        const first = bounds[i];
        const data = context.memory.upload('shard', table.subarray(first * width, end * width));
        return { first, rows: end - first, matrix: { kind: 'float', out: end - first, in: width, half: false, transposed: false, data } };
      });
    const one = await run(context, shards([0, entries]), hidden, targets);
    const three = await run(context, shards([0, 256, 768, entries]), hidden, targets);
    expectReference(one, table, hidden, targets, width, [0, 1, 2, 3, 4, 5]);
    expectClose(three.logprobs, one.logprobs, { relative: 1e-6 });
    expectClose(three.gradient, one.gradient, { relative: 3e-6 });
  });

  it.each(['q4', 'q8'] as const)('of a quantised head (%s), whose blocks begin inside its scales and words', async (kind) => {
    const width = 16;
    const [entries, positions] = [8192 + 77, 1000];
    const context = await contextOf(width);
    const { data, scales, zeros, values } = randomQuantised(kind, 6, entries, width, 16, true, kind === 'q4' ? 0.3 : 0.02);
    const hidden = normals(7, positions * width);
    const targets = Uint32Array.from({ length: positions }, (_, i) => (i * 8) % entries);
    const { memory } = context;
    const matrix = { kind, out: entries, in: width, block: 16, data: memory.upload('table', data), scales: memory.upload('scales', scales), zeros: memory.upload('zero points', zeros!) };
    const result = await run(context, [{ first: 0, rows: entries, matrix }], hidden, targets);
    expectReference(result, values, hidden, targets, width, [0, 1, 2, 499, 998, 999]);
  });

  it('of 151,936 entries × 64 in f16 for 8 positions, as Qwen has them', async () => {
    const width = 64;
    const entries = 151_936;
    const context = await contextOf(width);
    const random = new Random(8);
    // f16 of either sign with exponents −3 … −1: values of 0.125 to 1, and their f32 beside them.
    const bits = Uint16Array.from({ length: entries * width }, () => (random.bits() & 0x83ff) | ((12 + (random.bits() >>> 30)) << 10));
    const table = Float32Array.from(bits, (half) => (half & 0x8000 ? -1 : 1) * (1 + (half & 1023) / 1024) * 2 ** ((half >> 10 & 31) - 15));
    const hidden = normals(9, 8 * width, 0.5);
    const targets = Uint32Array.of(0, 1, 131_071, 131_072, 151_935, 77, 100_000, 151_643);
    const data = context.memory.upload('table', bits);
    const result = await run(context, [{ first: 0, rows: entries, matrix: { kind: 'float', out: entries, in: width, half: true, transposed: false, data } }], hidden, targets);
    expectReference(result, table, hidden, targets, width, [0, 1, 2, 3, 4, 5, 6, 7]);
    // The table takes 19 MB, a block of logits 32 MiB.
    expect(context.memory.peakBytes).toBeLessThan(80 * 2 ** 20);
  });
});

describe('a decoder whose vocabulary is no multiple of 16', () => {
  it('has compiled what every block of it needs', async () => {
    // 1,000 positions leave room for blocks of 8,192 entries: the second has 17, and kernels are chosen by such counts.
    const config = { ...TINY, layers: 1, vocabSize: 8192 + 17, hiddenSize: 16, heads: 2, maxPositions: 1001 };
    const matmul = { ...SMALL_LAYOUTS.matmul, narrow: { ...SMALL, columns: 4 } };
    const decoder = await open(randomBackbone(config, 2), { layouts: { ...SMALL_LAYOUTS, matmul }, adapters: trainedAdapters(config, { count: 1, rank: 4, alpha: 4 }, 3) });
    const sequences = randomSequences(4, [1001], config.vocabSize, 1);
    const weights = [new Float32Array(1001).fill(1)];
    const { losses } = await decoder.adapterGradients(sequences, [weights]);
    expectClose(losses, [lossOf(await decoder.logLikelihood(sequences), weights)], { relative: 1e-6 });
    decoder.destroy();
  });
});
