import { describe, expect, it } from 'vitest';
import { Recorder } from '../recorder.ts';
import { Bench, expectClose, normals } from '../testing/bench.ts';
import { inner } from '../testing/reference.ts';
import { SMALL, TALL } from '../testing/tiles.ts';
import { GRAM_CHUNK, gramChunks, gramKernel } from './gradients.ts';
import type { Tile } from './matmul.ts';
import { layoutsFor } from './tiles.ts';

const bench = await Bench.open();
const { subgroups } = bench.gpu.capabilities;

/** Sums of 4,096 products of independent normals: √4096 · 6e-8 of the rows' norms, which are the Gram's diagonal. */
const TOLERANCE = { relative: 4e-6 };

const TILES: readonly (readonly [string, Tile])[] = [
  ['small tiles', SMALL],
  ['lanes sharing rows', { ...SMALL, subgroups }],
  ['workgroups with rows', TALL],
  ['the software layout', layoutsFor({ software: true, subgroups }).gram],
  ['the GPU layout', layoutsFor({ software: false, subgroups }).gram],
];

describe.each(TILES)('inner products: %s', (_, tile) => {
  const gram = gramKernel(tile);

  // Two chunks with a ragged second one; less than a chunk with a ragged last step of four vec4.
  it.each([
    ['two chunks', { width: GRAM_CHUNK + 20, all: 11, firstA: 4, added: 7, base: 1 }],
    ['part of a chunk', { width: 44, all: 5, firstA: 0, added: 5, base: 0 }],
    ['a single new row', { width: 100, all: 35, firstA: 34, added: 1, base: 2 }],
  ])('of the new rows with all rows, %s', async (__, size) => {
    const { width, all, firstA, added, base } = size;
    const a = normals(all, all * width);
    const chunks = gramChunks(width);
    const count = (base + chunks) * added * all;
    const k = bench.output(count);
    await bench.run([gram.kernel], (recorder) => gram.record(recorder, { a: bench.floats(a), k }, size));
    const row = (i: number, chunk: number): Float32Array => a.subarray(i * width + chunk * GRAM_CHUNK, i * width + Math.min((chunk + 1) * GRAM_CHUNK, width));
    const expected = Array.from({ length: chunks }, (___, chunk) => Array.from({ length: added * all }, (____, i) => inner(row(firstA + Math.floor(i / all), chunk), row(i % all, chunk)))).flat();
    const made = await bench.read(k, count);
    expect(made.subarray(0, base * added * all).every((value) => value === 777)).toBe(true);
    expectClose(made.subarray(base * added * all), expected, TOLERANCE);
    // Cut into single workgroups: the same bits.
    const pieces = bench.output(count);
    const recorder = new Recorder(bench.gpu.device, bench.pipelines, 1);
    gram.record(recorder, { a: bench.floats(a), k: pieces }, size);
    await recorder.finish();
    recorder.destroy();
    expect(await bench.read(pieces, count)).toEqual(made);
  });
});
