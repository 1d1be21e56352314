import { binCount } from '../../core/histogram.ts';
import type { LambdaHistogram as Counts } from '../../core/leas/tally.ts';
import { linearScale, niceCeiling, type Scale, ticks } from '../scale.ts';
import type { LambdaRange, LambdaReference } from './types.ts';

/** A bar's place: a bin, or all values beyond the bins on one side. */
export interface Slot {
  readonly from: number;
  readonly to: number;
  /** Index of the bin; −1 beyond them. */
  readonly bin: number;
  readonly x0: number;
  readonly x1: number;
}

export interface LambdaLayout {
  readonly x: Scale;
  readonly y: Scale;
  readonly xTicks: readonly number[];
  readonly yTicks: readonly number[];
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
  readonly slots: readonly Slot[];
}

/** Where the plot begins: above it stand the median and the ties. */
const TOP = 28;
const AXIS = 44;
/** A place for values beyond the bins is so many bins wide, its gap included. */
const EDGE = 1.6;
/** Mean counts below this are half a question in all: not worth an axis that reaches them. */
const HALF_A_QUESTION = 0.5;
/** At least so many bins on each side of the middle one. */
const LEAST_SIDE = 5;

export function countIn(histogram: Counts, slot: Slot): number {
  if (slot.bin >= 0) return histogram.counts[slot.bin] ?? 0;
  return slot.from === -Infinity ? histogram.below : histogram.above;
}

/** Questions of a range that begins and ends at edges of bins. */
export function countBetween(histogram: Counts, [from, to]: LambdaRange): number {
  const { bins, counts } = histogram;
  let sum = (from === -Infinity ? histogram.below : 0) + (to === Infinity ? histogram.above : 0);
  counts.forEach((count, bin) => {
    const middle = bins.from + (bin + 0.5) * bins.width;
    if (middle > from && middle < to) sum += count;
  });
  return sum;
}

/**
 * Bins on each side of the middle one that the axis reaches: all that hold a measured question and all but half a question
 * of each reference, the same on both sides. It grows by whole ticks, so that it seldom changes while a run goes on.
 */
export function shownSide(measured: Counts, references: readonly LambdaReference[]): number {
  const count = binCount(measured.bins);
  const most = (count - 1) / 2;
  const needs = (histogram: Counts, spare: number): number => {
    if (histogram.below + histogram.above > spare) return most;
    let outside = histogram.below + histogram.above;
    for (let side = most; side > 0; side -= 1) {
      outside += histogram.counts[most - side] + histogram.counts[most + side];
      if (outside > spare) return side;
    }
    return 0;
  };
  const side = Math.max(LEAST_SIDE, needs(measured, 0), ...references.map(({ histogram }) => needs(histogram, HALF_A_QUESTION)));
  const step = Math.max(1, Math.round(1 / measured.bins.width / 2));
  return Math.min(most, Math.ceil(side / step) * step);
}

export function layoutLambda(measured: Counts, references: readonly LambdaReference[], width: number, height: number, head: number): LambdaLayout {
  const { bins } = measured;
  const count = binCount(bins);
  const middle = (count - 1) / 2;
  const side = shownSide(measured, references);
  const left = 40;
  const right = width - 10;
  const top = TOP + head;
  const bottom = height - AXIS;
  const all = [measured, ...references.map(({ histogram }) => histogram)];
  const whole = side === middle;
  const below = whole && all.some((one) => one.below > 0) ? EDGE : 0;
  const above = whole && all.some((one) => one.above > 0) ? EDGE : 0;
  const unit = (right - left) / (2 * side + 1 + below + above);
  const first = middle - side;
  const edge = (bin: number) => Number((bins.from + bin * bins.width).toPrecision(12));
  const start = left + below * unit;
  const slots: Slot[] = Array.from({ length: 2 * side + 1 }, (_, index) => ({ from: edge(first + index), to: edge(first + index + 1), bin: first + index, x0: start + index * unit, x1: start + (index + 1) * unit }));
  const end = start + (2 * side + 1) * unit;
  if (below > 0) slots.unshift({ from: -Infinity, to: edge(0), bin: -1, x0: left, x1: left + unit });
  if (above > 0) slots.push({ from: edge(count), to: Infinity, bin: -1, x0: right - unit, x1: right });
  let highest = 0;
  for (const one of all) for (const slot of slots) highest = Math.max(highest, countIn(one, slot));
  const ceiling = niceCeiling(highest * 1.05, 4);
  const x = linearScale([edge(first), edge(first + 2 * side + 1)], [start, end]);
  const tickCount = Math.max(4, Math.min(12, Math.floor((end - start) / 52)));
  return {
    x,
    y: linearScale([0, ceiling], [bottom, top]),
    xTicks: ticks(x.domain[0], x.domain[1], tickCount),
    yTicks: highest > 0 ? ticks(0, ceiling, height < 240 ? 3 : 4).filter(Number.isInteger) : [],
    left,
    right,
    top,
    bottom,
    slots,
  };
}

/** The slot under a position; positions in gaps and outside belong to the nearest. */
export function slotAt(slots: readonly Slot[], position: number): number {
  let best = 0;
  let distance = Infinity;
  slots.forEach(({ x0, x1 }, index) => {
    const away = position < x0 ? x0 - position : position > x1 ? position - x1 : 0;
    if (away >= distance) return;
    distance = away;
    best = index;
  });
  return best;
}

/** From the first to the last of two slots, in either order. */
export function rangeOf(slots: readonly Slot[], a: number, b: number): LambdaRange {
  return [slots[Math.min(a, b)].from, slots[Math.max(a, b)].to];
}

/** The slots of a range, those that it covers by half at least; never none. */
export function slotsOf(slots: readonly Slot[], [from, to]: LambdaRange): readonly [number, number] {
  const inside = slots.flatMap((slot, index) => {
    const middle = slot.from === -Infinity ? -Infinity : slot.to === Infinity ? Infinity : (slot.from + slot.to) / 2;
    return middle >= from && middle <= to ? [index] : [];
  });
  if (inside.length > 0) return [inside[0], inside[inside.length - 1]];
  const nearest = to <= slots[0].from ? 0 : from >= slots[slots.length - 1].to ? slots.length - 1 : slots.findIndex((slot) => slot.to > from);
  return [nearest, nearest];
}

/** The range after a key on one of its ends; null where it becomes everything. Undefined for keys that move nothing. */
export function moveEnd(slots: readonly Slot[], brush: LambdaRange | null, end: 'from' | 'to', key: string): LambdaRange | null | undefined {
  const last = slots.length - 1;
  const [a, b] = brush ? slotsOf(slots, brush) : [0, last];
  const present = end === 'from' ? a : b;
  const moves = new Map([
    ['ArrowLeft', present - 1],
    ['ArrowDown', present - 1],
    ['ArrowRight', present + 1],
    ['ArrowUp', present + 1],
    ['PageDown', present - 4],
    ['PageUp', present + 4],
    ['Home', 0],
    ['End', last],
  ]);
  const wanted = moves.get(key);
  if (wanted === undefined) return undefined;
  const next = end === 'from' ? Math.min(b, Math.max(0, wanted)) : Math.max(a, Math.min(last, wanted));
  const [from, to] = end === 'from' ? [next, b] : [a, next];
  return from === 0 && to === last ? null : rangeOf(slots, from, to);
}

export function sameRange(a: LambdaRange | null, b: LambdaRange | null): boolean {
  return a === b || (a !== null && b !== null && a[0] === b[0] && a[1] === b[1]);
}
