import { beforeEach, describe, expect, it } from 'vitest';
import { BufferArena, GpuMemory } from './buffers.ts';
import { testDevice } from './testing/device.ts';

const { device } = await testDevice();
let memory: GpuMemory;

beforeEach(() => {
  memory = new GpuMemory(device);
});

describe('GPU memory', () => {
  it.each([1, 2, 3, 4, 5, 7, 63, 257])('gives back %i bytes as they were written', async (size) => {
    const data = Uint8Array.from({ length: size }, (_, i) => (i * 37 + 1) % 256);
    const view = memory.upload('bytes', data);
    expect(new Uint8Array(await memory.read(view, size))).toEqual(data);
    // What stands behind the data, up to the next multiple of 4, is 0.
    const padded = new Uint8Array(await memory.read(view));
    expect(padded.subarray(size).every((byte) => byte === 0)).toBe(true);
    expect(padded.length).toBe(Math.ceil(size / 16) * 16);
  });

  it('writes a view of part of an array, not its whole buffer', async () => {
    const whole = Uint32Array.from({ length: 16 }, (_, i) => i);
    const view = memory.upload('part', whole.subarray(5, 9));
    expect([...new Uint32Array(await memory.read(view, 16))]).toEqual([5, 6, 7, 8]);
  });

  it('reads from a view’s offset', async () => {
    const { buffer } = memory.upload('words', Uint32Array.from({ length: 128 }, (_, i) => i));
    expect([...new Uint32Array(await memory.read({ buffer, offset: 256, size: 256 }, 8))]).toEqual([64, 65]);
  });

  it('counts bytes held, and the most ever held', () => {
    const first = memory.create('first', 100);
    const second = memory.create('second', 16);
    expect([memory.bytes, memory.peakBytes]).toEqual([112 + 16, 128]);
    memory.destroy(first);
    expect([memory.bytes, memory.peakBytes]).toEqual([16, 128]);
    memory.destroy(second);
    expect(memory.bytes).toBe(0);
  });

  it('refuses what no binding can hold, naming the size and the limit', () => {
    const most = memory.maxBinding;
    expect(() => memory.create('logits', most + 1)).toThrow(RangeError);
    expect(() => memory.create('logits', most + 1)).toThrow(new RegExp(`logits needs ${Math.ceil((most + 1) / 16) * 16} bytes in one binding; this adapter allows ${most} .*Size.*, \\d+ too few`));
    expect(memory.bytes).toBe(0);
  });
});

describe('the arena', () => {
  it('hands out what was given back, once', () => {
    const arena = new BufferArena(memory);
    const first = arena.take('first', 5000);
    arena.release(first);
    expect(arena.take('again', 5500).buffer).toBe(first.buffer);
    expect(arena.take('another', 5500).buffer).not.toBe(first.buffer);
  });

  it('gives at least what was asked for, in few size classes', () => {
    const arena = new BufferArena(memory);
    const sizes = new Set<number>();
    for (let size = 1; size < 200_000; size = Math.ceil(size * 1.1)) {
      const view = arena.take('one', size);
      expect(view.size).toBeGreaterThanOrEqual(size);
      expect(view.size).toBeLessThanOrEqual(Math.max(4096, size * 1.5));
      expect(view.size % 16).toBe(0);
      sizes.add(view.size);
      arena.release(view);
    }
    expect(sizes.size).toBeLessThan(14);
  });

  it('allocates once for steps that need the same', () => {
    const arena = new BufferArena(memory);
    const step = (): void => {
      for (const count of [100, 5000, 5000, 70_000]) arena.floats('scratch', count);
      arena.reset();
    };
    step();
    const { bytes } = memory;
    for (let i = 0; i < 5; i += 1) step();
    expect(memory.bytes).toBe(bytes);
    arena.destroy();
    expect(memory.bytes).toBe(0);
  });

  it('keeps what is asked to be kept', () => {
    const arena = new BufferArena(memory);
    const kept = arena.take('kept', 10);
    arena.take('other', 10);
    arena.releaseAllBut(new Set([kept]));
    expect(arena.take('next', 10).buffer).not.toBe(kept.buffer);
    arena.release(kept);
    expect(arena.take('after', 10).buffer).toBe(kept.buffer);
  });

  it('wastes at most an eighth above 1 MiB', () => {
    const arena = new BufferArena(memory);
    for (const size of [1.1e6, 2 ** 21 - 16, 2 ** 21 + 16, 3e6, 5e6, 7.3e6]) {
      const view = arena.take('one', size);
      expect(view.size).toBeGreaterThanOrEqual(size);
      expect(view.size).toBeLessThanOrEqual(size * 1.125);
    }
    arena.destroy();
  });

  it('frees what lies idle when steps differ in size, submitting first what may use it', () => {
    const submitted: number[] = [];
    const arena = new BufferArena(memory, () => submitted.push(memory.bytes));
    const MIB = 2 ** 20;
    const step = (size: number): void => {
      for (let i = 0; i < 3; i += 1) arena.take('scratch', size * MIB);
      arena.reset();
    };
    for (const size of [20, 24, 28, 32, 40, 20, 28]) step(size);
    // Without freeing 3 · (20 + 24 + 28 + 32 + 40) = 432 MiB; with it the largest step and what may lie idle.
    expect(memory.peakBytes).toBeLessThanOrEqual((120 + 128) * MIB);
    expect(submitted.length).toBeGreaterThan(0);
    const { bytes } = memory;
    step(28);
    expect(memory.bytes).toBe(bytes);
    arena.destroy();
    expect(memory.bytes).toBe(0);
  });

  it('frees nothing that the step itself uses, however much it takes', () => {
    const arena = new BufferArena(memory);
    for (let i = 1; i < 6; i += 1) {
      const view = arena.take('scratch', i * 32 * 2 ** 20);
      arena.release(view);
      expect(arena.take('again', i * 32 * 2 ** 20)).toBe(view);
      arena.release(view);
    }
    expect(memory.bytes).toBe(15 * 32 * 2 ** 20);
    arena.destroy();
  });

  it('names a buffer that is released twice', () => {
    const arena = new BufferArena(memory);
    const view = arena.take('hidden', 10);
    arena.release(view);
    expect(() => arena.release(view)).toThrow(/hidden was released twice/);
  });

  it('reaches the largest binding: a size class never exceeds it', () => {
    const limited = new GpuMemory(device);
    Object.assign(limited, { maxBinding: 70_000 });
    const arena = new BufferArena(limited);
    const view = arena.take('large', 69_990);
    expect(view.size).toBeLessThanOrEqual(70_000);
    arena.release(view);
    expect(arena.take('large again', 69_990).buffer).toBe(view.buffer);
    expect(() => arena.take('too large', 70_100)).toThrow(RangeError);
  });
});
