import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Random } from '../random.ts';
import { dot, gramOf, modulesOf, noisyTrajectories, plus } from '../testing/synthetic-gram.ts';
import { decodeGram, encodeGram } from './artefact.ts';
import { fromBase64, toBase64 } from './base64.ts';
import { aggregate, effectiveDimension, leadingBlock, selectModules, sumModules } from './blocks.ts';
import { GramError } from './error.ts';

const MODULES = modulesOf(2, ['q_proj', 'down_proj'], 15);
const TRAJECTORIES = noisyTrajectories({ groups: 2, rollouts: 3, dimension: 15, modules: MODULES, seed: 1 });
const GRAM = gramOf(TRAJECTORIES, MODULES);
const BLOCK = GRAM.blocks[0];
const N = BLOCK.spans.length;

function message(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    if (error instanceof GramError) return error.message;
    throw error;
  }
  throw new Error('nothing was thrown');
}

describe('block arithmetic', () => {
  it('selects and sums modules', () => {
    expect(selectModules(MODULES, { layer: 'all', target: 'all' })).toEqual([0, 1, 2, 3]);
    expect(selectModules(MODULES, { layer: 1, target: 'all' })).toEqual([2, 3]);
    expect(selectModules(MODULES, { layer: 'all', target: 'down_proj' })).toEqual([1, 3]);
    expect(selectModules(MODULES, { layer: 5, target: 'all' })).toEqual([]);
    const k = sumModules(BLOCK, 4, [1, 3]);
    const [x, y] = [TRAJECTORIES[0].spans[2], TRAJECTORIES[1].spans[3]];
    expect(k[2 * N + (TRAJECTORIES[0].spans.length + 3)]).toBeCloseTo(dot(x.gradient[1], y.gradient[1]) + dot(x.gradient[3], y.gradient[3]), 9);
    expect(message(() => sumModules(BLOCK, 3, [0]))).toMatch(/has 1296 values where 3 modules × 18 × 18 spans are 972/);
  });

  it('gives the Gram of sums of spans', () => {
    const spans = TRAJECTORIES.slice(0, 3).flatMap((trajectory) => trajectory.spans);
    const k = sumModules(BLOCK, 4, [0]);
    const vectors = fc.array(fc.integer({ min: -1, max: 2 }), { minLength: N, maxLength: N });
    fc.assert(
      fc.property(vectors, (vectorOf) => {
        const gram = aggregate(k, Int32Array.from(vectorOf), 3);
        const sums = [0, 1, 2].map((vector) => plus(new Float64Array(15), ...spans.filter((_, index) => vectorOf[index] === vector).map((span) => span.gradient[0])));
        for (let a = 0; a < 3; a++) for (let b = 0; b < 3; b++) expect(gram[3 * a + b]).toBeCloseTo(dot(sums[a], sums[b]), 6);
      }),
    );
    // A block holds every module, each from an offset of its own.
    expect([...aggregate(BLOCK.values, new Int32Array(N), 1, 2 * N * N)]).toEqual([...aggregate(sumModules(BLOCK, 4, [2]), new Int32Array(N), 1)]);
  });

  it('has an effective dimension: n for equal eigenvalues, 1 for one, and as a spectrum k⁻¹ says', () => {
    const diagonal = (values: readonly number[]): Float64Array => Float64Array.from({ length: values.length ** 2 }, (_, index) => (index % (values.length + 1) === 0 ? values[index / (values.length + 1)] : 0));
    expect(effectiveDimension([diagonal([2, 2, 2, 2])])).toBe(4);
    expect(effectiveDimension([Float64Array.of(1, 1, 1, 1)])).toBe(1);
    expect(effectiveDimension([])).toBe(0);
    expect(effectiveDimension([new Float64Array(4)])).toBe(0);
    const spectrum = Array.from({ length: 500 }, (_, index) => 1 / (index + 1));
    const sum = spectrum.reduce((x, y) => x + y, 0);
    const squares = spectrum.reduce((x, y) => x + y * y, 0);
    expect(effectiveDimension([diagonal(spectrum)])).toBeCloseTo((sum * sum) / squares, 9);
    // Independent blocks of one dimension keep it.
    expect(effectiveDimension([diagonal([1, 1]), diagonal([3, 3])])).toBe(2);
  });

  it('cuts a block back to its first spans', () => {
    const leading = leadingBlock(BLOCK, 4, 7);
    expect(leading.spans).toEqual(BLOCK.spans.slice(0, 7));
    expect(leading.values[3 * 49 + 2 * 7 + 5]).toBe(BLOCK.values[3 * N * N + 2 * N + 5]);
    expect(leadingBlock(BLOCK, 4, N).values).toEqual(BLOCK.values);
    expect(leadingBlock(BLOCK, 4, 0).values).toHaveLength(0);
    expect(() => leadingBlock(BLOCK, 4, N + 1)).toThrow(RangeError);
  });
});

describe('gram.json', () => {
  function roundTrip(file: unknown): unknown {
    return JSON.parse(JSON.stringify(file));
  }

  it('comes back bit for bit in f64', () => {
    expect(decodeGram(roundTrip(encodeGram(GRAM)))).toEqual(GRAM);
  });

  it('comes back to 6e-8 in f32, at half the size', () => {
    const [wide, narrow] = [encodeGram(GRAM), encodeGram(GRAM, 'f32')];
    expect(narrow.blocks[0].dtype).toBe('f32');
    expect(narrow.blocks[0].values.length * 2).toBeCloseTo(wide.blocks[0].values.length, -1);
    const { values } = decodeGram(roundTrip(narrow)).blocks[0];
    BLOCK.values.forEach((value, index) => expect(Math.abs(values[index] - value)).toBeLessThanOrEqual(6e-8 * Math.abs(value)));
  });

  it('keeps a loss that was not measured as such', () => {
    const gram = { ...GRAM, spans: GRAM.spans.map((span) => ({ ...span, loss: Number.NaN })) };
    expect(decodeGram(roundTrip(encodeGram(gram))).spans[0].loss).toBeNaN();
  });

  it('is refused with a reason', () => {
    const file = encodeGram(GRAM);
    const [first, second] = file.blocks;
    expect(message(() => decodeGram(null))).toMatch(/not a span Gram/);
    expect(message(() => decodeGram({ ...file, version: 2 }))).toMatch(/has version 2/);
    expect(message(() => decodeGram({ ...file, spans: [{ ...file.spans[0], role: 'x' }] }))).toMatch(/malformed at spans\.0\.role/);
    expect(message(() => decodeGram({ ...file, spans: [{ ...file.spans[0], trajectory: 77 }] }))).toBe('Span 0 names trajectory 77 of 6.');
    expect(message(() => decodeGram({ ...file, spans: [{ ...file.spans[0], kind: 'tool' }] }))).toBe('Span 0 has role reasoning but kind tool.');
    expect(message(() => decodeGram({ ...file, spans: [{ ...file.spans[0], end: 5 }] }))).toBe('Span 0 is empty: tokens 5 to 5.');
    expect(message(() => decodeGram({ ...file, blocks: [first, first] }))).toBe('Group "g0" has two blocks.');
    expect(message(() => decodeGram({ ...file, blocks: [{ ...first, spans: [999] }] }))).toBe('The block of group "g0" names span 999 of 36.');
    expect(message(() => decodeGram({ ...file, blocks: [{ ...first, spans: first.spans.map(() => 1) }] }))).toMatch(/names a span twice/);
    expect(message(() => decodeGram({ ...file, blocks: [{ ...second, values: second.values.slice(0, 400) }] }))).toMatch(/have 300 bytes where 4 modules of 18 spans in f64 take 5472: the file is truncated/);
    expect(message(() => decodeGram({ ...file, blocks: [{ ...first, values: '*' }] }))).toMatch(/not base64/);
    const holed = { ...GRAM, blocks: [{ ...BLOCK, values: BLOCK.values.map(() => Number.NaN) }] };
    expect(message(() => encodeGram(holed))).toMatch(/not a number \(module 0, spans 0 and 0\)/);
    expect(message(() => encodeGram({ ...GRAM, blocks: [{ ...BLOCK, values: BLOCK.values.map(() => 1e300) }] }, 'f32'))).toMatch(/does not fit f32/);
  });

  it('has base64 of any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => {
        expect([...fromBase64(toBase64(bytes))]).toEqual([...bytes]);
        expect(toBase64(bytes)).toBe(Buffer.from(bytes).toString('base64'));
      }),
    );
    const random = new Random(1);
    const large = Uint8Array.from({ length: 100_000 }, () => random.integer(256));
    expect(toBase64(large)).toBe(Buffer.from(large).toString('base64'));
  });
});
