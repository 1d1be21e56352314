import { describe, expect, it } from 'vitest';
import { BackboneError } from '../backbone/types.ts';
import { TARGETS } from '../core/gram/types.ts';
import { Random } from '../core/random.ts';
import { targetShape } from '../backbone/config.ts';
import { adapterLayout, initialAdapters, moduleName, sliceAdapter, stackAdapters } from '../backbone/adapters.ts';
import { indicesOf, trainedAdapters, unstacked } from './testing/adapters.ts';
import { TINY, TINY_QWEN3 } from './testing/random-backbone.ts';

const SPEC = { count: 3, rank: 2, alpha: 4 };

describe('the layout of stacked adapters', () => {
  it.each([
    [{ count: 1, rank: 1 }, 4],
    [{ count: 2, rank: 2 }, 4],
    [{ count: 3, rank: 2 }, 8],
    [{ count: 3, rank: 3 }, 12],
    [{ count: 2, rank: 16 }, 32],
  ])('rounds k·rank of %o up to %i columns', (size, width) => {
    expect(adapterLayout(TINY, { ...size, alpha: 1 }).width).toBe(width);
  });

  it('gives each module its own A and B, aligned as bindings must be, without overlap', () => {
    const { slots, size, width } = adapterLayout(TINY_QWEN3, SPEC);
    expect(slots.map(({ layer, target }) => [layer, target])).toEqual([0, 1].flatMap((layer) => TARGETS.map((target) => [layer, target])));
    const pieces = slots.flatMap((slot) => [
      [slot.a, slot.a + width * slot.in],
      [slot.b, slot.b + slot.out * width],
    ]);
    pieces.forEach(([start, end], index) => {
      expect((start * 4) % 256).toBe(0);
      expect(end).toBeLessThanOrEqual(index + 1 < pieces.length ? pieces[index + 1][0] : size);
    });
    for (const slot of slots) expect({ inFeatures: slot.in, outFeatures: slot.out }).toEqual(targetShape(TINY_QWEN3, slot.target));
  });

  it('names modules as PEFT does', () => {
    expect(moduleName(3, 'q_proj')).toBe('layers.3.self_attn.q_proj');
    expect(moduleName(0, 'down_proj')).toBe('layers.0.mlp.down_proj');
  });
});

describe('stacking', () => {
  const adapters = trainedAdapters(TINY, SPEC, 1);

  it('is undone by cutting the adapters out again', () => {
    const again = stackAdapters(TINY, unstacked(adapters, adapters.values));
    expect(again.layout).toEqual(adapters.layout);
    expect(again.values).toEqual(adapters.values);
  });

  it('leaves padding columns at 0', () => {
    const used = new Set([0, 1, 2].flatMap((adapter) => [...indicesOf(adapters.layout, adapter, 'a'), ...indicesOf(adapters.layout, adapter, 'b')]));
    expect(adapters.values.every((value, index) => used.has(index) || value === 0)).toBe(true);
    const perToken = adapters.layout.slots.reduce((sum, slot) => sum + slot.in + slot.out, 0);
    expect(used.size).toBe(SPEC.count * SPEC.rank * perToken);
  });

  it('fills up a lower rank of the same scale with zeros', () => {
    const small = trainedAdapters(TINY, { count: 1, rank: 1, alpha: 2 }, 2);
    const [low] = unstacked(small, small.values);
    const [high] = unstacked(adapters, adapters.values);
    const { layout, values } = stackAdapters(TINY, [low, high]);
    expect(layout.spec).toEqual({ count: 2, rank: 2, alpha: 4 });
    for (const slot of layout.slots) {
      const module = low.modules.get(moduleName(slot.layer, slot.target))!;
      const { a, b } = sliceAdapter(layout, slot, values, 0);
      expect([...a]).toEqual([...module.a, ...new Array<number>(slot.in).fill(0)]);
      expect([...b]).toEqual([...module.b].flatMap((value) => [value, 0]));
      expect(sliceAdapter(layout, slot, values, 1).b).toEqual(high.modules.get(moduleName(slot.layer, slot.target))!.b);
    }
  });

  it('refuses no adapters, unequal scales, and a missing module, with a sentence', () => {
    const [one, two] = unstacked(adapters, adapters.values);
    const { modules } = two;
    expect(() => stackAdapters(TINY, [])).toThrow(BackboneError);
    expect(() => stackAdapters(TINY, [one, { ...two, rank: 4 }])).toThrow(/differ in alpha \/ rank \(4 \/ 4 and 4 \/ 2\)/);
    expect(() => stackAdapters(TINY, [one, { ...two, alpha: 1 }])).toThrow(/differ in alpha \/ rank/);
    const missing = new Map([...modules].filter(([name]) => name !== 'layers.1.mlp.up_proj'));
    expect(() => stackAdapters(TINY, [one, { ...two, modules: missing }])).toThrow(/Adapter 1 has no layers\.1\.mlp\.up_proj/);
  });
});

describe('untrained adapters', () => {
  const root = new Random(3);
  const { layout, values } = initialAdapters(TINY, { count: 2, rank: 8, alpha: 16 }, (adapter) => {
    const random = root.stream(adapter);
    return () => random.normal();
  });

  it('have B = 0 and A of variance 1/in', () => {
    for (const adapter of [0, 1]) {
      expect(indicesOf(layout, adapter, 'b').every((index) => values[index] === 0)).toBe(true);
      for (const slot of layout.slots) {
        const { a } = sliceAdapter(layout, slot, values, adapter);
        const variance = a.reduce((sum, value) => sum + value ** 2, 0) / a.length;
        // 256 draws or more: the sample variance has a relative standard deviation of at most √(2/256) = 0.09.
        expect(variance * slot.in).toBeGreaterThan(0.6);
        expect(variance * slot.in).toBeLessThan(1.4);
      }
    }
  });

  it('draw from a stream of their own each', () => {
    const slot = layout.slots[0];
    expect(sliceAdapter(layout, slot, values, 0).a).not.toEqual(sliceAdapter(layout, slot, values, 1).a);
  });
});
