import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { Sha256, streamedSha256 } from './sha256-stream.ts';

const node = (data: Uint8Array): string => createHash('sha256').update(data).digest('hex');

it('is what node computes, however the bytes are cut', () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 200 }), { maxLength: 8 }), (parts) => {
      const hash = new Sha256();
      for (const part of parts) hash.update(part);
      expect(hash.hex()).toBe(node(Buffer.concat(parts)));
    }),
  );
});

it('at the lengths where padding takes another block', () => {
  for (const length of [0, 1, 55, 56, 57, 63, 64, 65, 119, 120, 128]) {
    const bytes = new Uint8Array(length).fill(length);
    expect(new Sha256().update(bytes).hex()).toBe(node(bytes));
  }
});

it('of a blob, telling the bytes as they are read', async () => {
  const bytes = Uint8Array.from({ length: 5 * 2 ** 20 + 3 }, (_, i) => (i * 7) % 251);
  const told: number[] = [];
  expect(await streamedSha256(new Blob([bytes]), 'x', (count) => told.push(count))).toBe(node(bytes));
  expect(told).toEqual([4 * 2 ** 20, 2 ** 20 + 3]);
});
