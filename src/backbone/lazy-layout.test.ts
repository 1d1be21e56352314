import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { memoryBytes } from './lazy-bytes.ts';
import { constantBytes, flippedBytes, repeatedBytes, rowAlignedNibbles, transposedBytes } from './lazy-layout.ts';

const counted = (length: number) => memoryBytes(Uint8Array.from({ length }, (_, i) => (i * 37) & 255), 'test');

describe('bytes in another layout', () => {
  it.each([1, 2, 4])('turns round a matrix of elements of %i bytes, whole and by rows', async (width) => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 150 }), fc.integer({ min: 1, max: 9 }), fc.nat(), fc.nat(), async (rows, columns, a, b) => {
        const stored = counted(rows * columns * width);
        const source = await stored.read();
        const expected = Uint8Array.from({ length: source.length }, (_, i) => {
          const element = Math.floor(i / width);
          return source[((element % rows) * columns + Math.floor(element / rows)) * width + (i % width)];
        });
        const turned = transposedBytes(stored, rows, columns, width);
        expect(turned.byteLength).toBe(source.length);
        expect(await turned.read()).toEqual(expected);
        const [from, to] = [a % (columns + 1), b % (columns + 1)].sort((x, y) => x - y);
        expect(await turned.read(from * rows * width, to * rows * width)).toEqual(expected.slice(from * rows * width, to * rows * width));
      }),
      { numRuns: 40 },
    );
  });

  it('reads of the stored rows only the pieces it needs, at most 64 at a time', async () => {
    const [rows, columns] = [200, 1000];
    const stored = counted(rows * columns);
    let [open, most, bytes] = [0, 0, 0];
    const watched = {
      ...stored,
      async read(start = 0, end = stored.byteLength) {
        open += 1;
        most = Math.max(most, open);
        bytes += end - start;
        const read = await stored.read(start, end);
        open -= 1;
        return read;
      },
    };
    const turned = await transposedBytes(watched, rows, columns, 1).read(300 * rows, 310 * rows);
    expect([turned.length, bytes, most]).toEqual([10 * rows, 10 * rows, 64]);
    await expect(transposedBytes(watched, rows, columns, 1).read(1, rows)).rejects.toThrow(/no whole rows of 200 bytes/);
  });

  it('begins each row of nibbles at a byte', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 20 }), fc.integer({ min: 1, max: 9 }), fc.nat(), fc.nat(), async (rows, columns, a, b) => {
        const packed = counted(Math.ceil((rows * columns) / 2));
        const source = await packed.read();
        const nibble = (i: number): number => (source[i >> 1] >> (4 * (i & 1))) & 15;
        const width = Math.ceil(columns / 2);
        const [from, to] = [a % (rows + 1), b % (rows + 1)].sort((x, y) => x - y);
        const made = await rowAlignedNibbles(packed, rows, columns).read(from * width, to * width);
        expect(made.length).toBe((to - from) * width);
        for (let row = from; row < to; row += 1) {
          for (let column = 0; column < columns; column += 1) expect((made[(row - from) * width + (column >> 1)] >> (4 * (column & 1))) & 15).toBe(nibble(row * columns + column));
        }
      }),
      { numRuns: 40 },
    );
    await expect(rowAlignedNibbles(counted(8), 5, 3).read(1)).rejects.toThrow(/no whole rows of 2 bytes/);
  });

  it('turns bits over, repeats an element and fills', async () => {
    expect([...(await flippedBytes(memoryBytes(Uint8Array.of(0, 127, 128, 255), 't'), 0x80).read(1, 4))]).toEqual([255, 0, 127]);
    expect([...(await repeatedBytes(memoryBytes(Uint8Array.of(1, 2), 't'), 3).read(1, 6))]).toEqual([2, 1, 2, 1, 2]);
    expect([...(await constantBytes(7, 5).read(2))]).toEqual([7, 7, 7]);
  });
});
