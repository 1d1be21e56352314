import type { AdapterLayout, AdapterSlot } from '../backbone/adapters.ts';
import type { Target } from '../core/gram/types.ts';
import type { Random } from '../core/random.ts';
import type { DifferenceCheck } from './model-check-events.ts';

/** An entry of the adapters whose gradient is looked at. */
export interface CheckedEntry {
  /** In the flat vector. */
  readonly index: number;
  readonly layer: number;
  readonly target: Target;
  readonly part: 'A' | 'B';
  readonly adapter: number;
  readonly loss: number;
  readonly gradient: number;
}

/** Entries are drawn among so many of the largest gradients: smaller ones would drown in the rounding of the loss. */
const LARGEST = 32;

/**
 * The first step moves the loss by about so many nats in all. A loss of 16 log-probabilities of f32 is known to some
 * 1e-5 nats, so that its rounding is 1e-3 of the difference at most; what the curvature adds, smaller steps tell.
 */
const MOVED_NATS = 0.03;
const WIDEST = 0.25;
const NARROWEST = 2 ** -10;

/** Steps are halved until two agree within a hundredth, at most so often. */
const AGREEMENT = 0.01;
const MOST_STEPS = 4;

/**
 * Relative. Measured with f32 kernels: 1e-4 to 3e-3 on random and real backbones; a wrong term of the backward pass
 * shows as tens of per cent.
 */
export const DIFFERENCE_TOLERANCE = 0.02;

function entriesOf({ spec, width }: AdapterLayout, slot: AdapterSlot, part: 'A' | 'B'): { readonly index: number; readonly adapter: number }[] {
  const { count, rank } = spec;
  if (part === 'A') return Array.from({ length: count * rank * slot.in }, (_, at) => ({ index: slot.a + at, adapter: Math.floor(at / (rank * slot.in)) }));
  return Array.from({ length: slot.out * count * rank }, (_, at) => {
    const column = at % (count * rank);
    return { index: slot.b + Math.floor(at / (count * rank)) * width + column, adapter: Math.floor(column / rank) };
  });
}

/** One entry of a layer's A or B, drawn among those with the largest gradients of any loss; null where all are 0. */
function draw(layout: AdapterLayout, gradients: readonly Float32Array[], layer: number, part: 'A' | 'B', random: Random): CheckedEntry | null {
  let largest: CheckedEntry[] = [];
  let least = 0;
  for (const slot of layout.slots.filter((candidate) => candidate.layer === layer)) {
    for (const { index, adapter } of entriesOf(layout, slot, part)) {
      gradients.forEach((flat, loss) => {
        const gradient = flat[index];
        if (!(Math.abs(gradient) > least)) return;
        largest.push({ index, layer, target: slot.target, part, adapter, loss, gradient });
        if (largest.length < 4 * LARGEST) return;
        largest = largest.sort((one, other) => Math.abs(other.gradient) - Math.abs(one.gradient)).slice(0, LARGEST);
        least = Math.abs(largest[LARGEST - 1].gradient);
      });
    }
  }
  const best = largest.sort((one, other) => Math.abs(other.gradient) - Math.abs(one.gradient)).slice(0, LARGEST);
  return best.length === 0 ? null : best[random.integer(best.length)];
}

/**
 * An entry of A in the first layer, of B in the middle and of B in the last.
 * @returns null in place of one whose layer has no gradient at all
 */
export function drawEntries(layout: AdapterLayout, gradients: readonly Float32Array[], layers: number, random: Random): readonly (CheckedEntry | null)[] {
  const places = [[0, 'A'], [Math.floor(layers / 2), 'B'], [layers - 1, 'B']] as const;
  return places.map(([layer, part], place) => draw(layout, gradients, layer, part, random.stream(place)));
}

/**
 * Central differences of the loss with respect to one entry, at steps halved until two of them agree, and their
 * extrapolation to a step of 0.
 * @param lossesAt every loss with this entry set to a value
 */
export async function checkDifference(entry: CheckedEntry, value: number, lossesAt: (value: number) => Promise<readonly number[]>): Promise<DifferenceCheck> {
  const { layer, target, part, adapter, loss, gradient } = entry;
  const steps: { step: number; value: number }[] = [];
  let wanted = Math.min(WIDEST, Math.max(NARROWEST, MOVED_NATS / (2 * Math.abs(gradient))));
  const agree = (): boolean => steps.length >= 2 && Math.abs(steps[steps.length - 1].value - steps[steps.length - 2].value) <= AGREEMENT * Math.abs(steps[steps.length - 1].value);
  do {
    // The step really taken is that between two f32 numbers.
    const [above, below] = [Math.fround(value + wanted), Math.fround(value - wanted)];
    const [up, down] = [(await lossesAt(above))[loss], (await lossesAt(below))[loss]];
    steps.push({ step: (above - below) / 2, value: (up - down) / (above - below) });
    wanted /= 2;
  } while (steps.length < 2 || (!agree() && steps.length < MOST_STEPS));
  const [wide, narrow] = steps.slice(-2);
  const ratio = (wide.step / narrow.step) ** 2;
  const difference = (ratio * narrow.value - wide.value) / (ratio - 1);
  const error = Math.abs(difference - gradient) / Math.abs(gradient);
  // What is not a number must not pass.
  return { layer, target, part, adapter, loss, gradient, steps, difference, error: Number.isNaN(error) ? Infinity : error, passed: error <= DIFFERENCE_TOLERANCE };
}
