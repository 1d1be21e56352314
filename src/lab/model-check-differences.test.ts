import { describe, expect, it } from 'vitest';
import { adapterLayout } from '../backbone/adapters.ts';
import { Random } from '../core/random.ts';
import { TINY } from '../engine/testing/random-backbone.ts';
import { checkDifference, drawEntries, type CheckedEntry } from './model-check-differences.ts';

const layout = adapterLayout({ ...TINY, layers: 4 }, { count: 2, rank: 3, alpha: 6 });
const entry = (gradient: number): CheckedEntry => ({ index: 0, layer: 0, target: 'q_proj', part: 'A', adapter: 0, loss: 1, gradient });

describe('entries that are looked at', () => {
  it('are of A in the first layer and of B in the middle and the last, among the largest, the same for the same seed', () => {
    const random = new Random(4);
    const gradients = [0, 1].map((loss) => Float32Array.from({ length: layout.size }, () => (loss + 1) * 0.01 * random.normal()));
    const drawn = drawEntries(layout, gradients, 4, new Random(2));
    expect(drawn.map((one) => [one?.layer, one?.part])).toEqual([[0, 'A'], [2, 'B'], [3, 'B']]);
    expect(drawEntries(layout, gradients, 4, new Random(2))).toEqual(drawn);
    for (const one of drawn) {
      expect(gradients[one!.loss][one!.index]).toBe(one!.gradient);
      const slot = layout.slots.find(({ layer, target }) => layer === one!.layer && target === one!.target)!;
      const [start, length] = one!.part === 'A' ? [slot.a, layout.width * slot.in] : [slot.b, slot.out * layout.width];
      const inside = one!.index - start;
      expect(inside).toBeGreaterThanOrEqual(0);
      expect(inside).toBeLessThan(length);
      // Six of the eight rows of A, and columns of B, are of an adapter; the others are padding.
      const row = one!.part === 'A' ? Math.floor(inside / slot.in) : inside % layout.width;
      expect(Math.floor(row / 3)).toBe(one!.adapter);
      expect(Math.abs(one!.gradient)).toBeGreaterThan(0.02);
    }
  });

  it('are none where a layer has no gradient', () => {
    const flat = new Float32Array(layout.size);
    flat[layout.slots[0].a + 5] = 1;
    expect(drawEntries(layout, [flat], 4, new Random(2)).map((one) => one?.index ?? null)).toEqual([layout.slots[0].a + 5, null, null]);
  });
});

describe('central differences', () => {
  it('take the loss asked for, at f32 steps that are halved until two agree, and extrapolate them', async () => {
    const asked: number[] = [];
    const check = await checkDifference(entry(Math.E), 1, (value) => {
      asked.push(value);
      return Promise.resolve([0, Math.exp(value)]);
    });
    expect(asked.every((value) => value === Math.fround(value))).toBe(true);
    expect(check.steps.length).toBe(2);
    expect(check.error).toBeLessThan(1e-8);
    expect(check.passed).toBe(true);
  });

  it('halve the step where the curve is strong, and give up after four', async () => {
    const strong = await checkDifference(entry(0.01), 0, (value) => Promise.resolve([0, 0.01 * value + value ** 3]));
    expect(strong.steps.length).toBe(4);
    expect(strong.error).toBeLessThan(1e-6);
  });

  it.each([
    ['3 % too large', 1.03],
    ['of the other sign', -1],
    ['no number', Number.NaN],
  ])('contradict a gradient that is %s', async (_, wrong) => {
    const check = await checkDifference(entry(wrong * 2), 0.5, (value) => Promise.resolve([0, value * value + value]));
    expect(check.passed).toBe(false);
  });
});
