import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { blobBytes, memoryBytes, patchedBytes } from './lazy-bytes.ts';
import type { BytePatch } from './types.ts';

const SIZE = 60;
const content = fc.uint8Array({ minLength: SIZE, maxLength: SIZE });
const patch = fc.record({ file: fc.constantFrom(null, 'weights.data'), offset: fc.nat(SIZE + 5), bytes: fc.uint8Array({ maxLength: 25 }) });

describe('patchedBytes', () => {
  it('reads what a patched file would hold', async () => {
    await fc.assert(fc.asyncProperty(content, fc.array(patch, { maxLength: 6 }), fc.nat(SIZE), fc.nat(SIZE), fc.nat(SIZE), fc.nat(SIZE), async (bytes, drawn, a, b, c, d) => {
      const patches = drawn.map((one): BytePatch => ({ ...one, bytes: Uint8Array.from(one.bytes) }));
      const file = Uint8Array.from(bytes);
      for (const one of patches) if (one.file === null) file.set(one.bytes.subarray(0, Math.max(0, SIZE - one.offset)), Math.min(SIZE, one.offset));
      const [offset, stop] = [Math.min(a, b), Math.max(a, b)];
      const lazy = patchedBytes(blobBytes(new Blob([Uint8Array.from(bytes)]), offset, stop - offset, 'test', null), patches);
      const [start, end] = [Math.min(c, d, lazy.byteLength), Math.min(Math.max(c, d), lazy.byteLength)];
      expect(lazy.byteLength).toBe(stop - offset);
      expect(await lazy.read()).toEqual(file.slice(offset, stop));
      expect(await lazy.read(start, end)).toEqual(file.slice(offset + start, offset + end));
    }));
  });

  it('leaves bytes of no file alone, and those that no patch touches', async () => {
    const patches = [{ file: null, offset: 0, bytes: Uint8Array.of(9) }];
    const made = memoryBytes(Uint8Array.of(1, 2), 'made');
    expect(patchedBytes(made, patches)).toBe(made);
    const other = blobBytes(new Blob([Uint8Array.of(1, 2, 3)]), 1, 2, 'other', null);
    expect(patchedBytes(other, patches)).toBe(other);
    expect(await patchedBytes(blobBytes(new Blob([Uint8Array.of(1)]), 0, 1, 'external', 'x'), patches).read()).toEqual(Uint8Array.of(1));
  });
});
