import { linearScale, niceCeiling, type Scale, ticks, tickStep } from '../scale.ts';
import type { SeriesSlot } from '../series.ts';

export interface CurvePoint {
  readonly x: number;
  readonly y: number;
  /** Half the length of its error bar; null: none. */
  readonly error: number | null;
}

export interface Curve {
  readonly id: string;
  /** Stands at the curve's end. */
  readonly label: string;
  readonly slot: SeriesSlot;
  readonly points: readonly CurvePoint[];
  /** What is smoothed or averaged in `points`, drawn thin beneath. */
  readonly raw: readonly (readonly CurvePoint[])[];
}

/** What the vertical axis must hold: `share` is 0 to 1 at most, `angle` always shows 90°. */
export type YKind = 'share' | 'positive' | 'any' | 'angle';

export interface CurveLayout {
  readonly x: Scale;
  readonly y: Scale;
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
  readonly xTicks: readonly number[];
  readonly yTicks: readonly number[];
}

const AXIS = 26;
const TOP = 10;

export function layoutCurves(curves: readonly Curve[], kind: YKind, lastX: number, width: number, height: number, labelWidth: number, yLabelWidth = 40): CurveLayout {
  const domain = yDomain(curves, kind);
  const left = yLabelWidth;
  const right = Math.max(left + 40, width - labelWidth);
  const top = TOP;
  const bottom = height - AXIS;
  return {
    x: linearScale([0, Math.max(1, lastX)], [left, right]),
    y: linearScale(domain, [bottom, top]),
    left,
    right,
    top,
    bottom,
    xTicks: wholeTicks(Math.max(1, lastX), Math.max(2, Math.floor((right - left) / 64))),
    yTicks: ticks(domain[0], domain[1], Math.max(2, Math.floor((bottom - top) / 44))),
  };
}

function wholeTicks(last: number, count: number): number[] {
  return ticks(0, last, Math.min(last, count)).filter(Number.isInteger);
}

/** From the lowest to the highest thing drawn, at round ends. */
export function yDomain(curves: readonly Curve[], kind: YKind): readonly [number, number] {
  let low = Infinity;
  let high = -Infinity;
  for (const { points, raw } of curves) {
    for (const list of [points, ...raw]) {
      for (const { y, error } of list) {
        if (!Number.isFinite(y)) continue;
        low = Math.min(low, y - (error ?? 0));
        high = Math.max(high, y + (error ?? 0));
      }
    }
  }
  if (low > high) return kind === 'angle' ? [60, 120] : [0, 1];
  if (kind === 'angle') {
    low = Math.min(low, 85);
    high = Math.max(high, 95);
  }
  if (kind === 'positive') return [0, niceCeiling(high > 0 ? high : 1, 4)];
  const step = tickStep(Math.max(high - low, kind === 'share' ? 0.05 : 1e-9), 4);
  const from = Math.floor(low / step + 1e-9) * step;
  const to = Math.ceil(high / step - 1e-9) * step;
  const round = (value: number) => Number(value.toPrecision(12));
  const ends: readonly [number, number] = [round(from), round(to > from ? to : from + step)];
  if (kind !== 'share') return ends;
  // At least five points, so that ticks in whole per cent are all different.
  const bottom = Math.min(Math.max(0, ends[0]), 0.95);
  return [bottom, round(Math.min(1, Math.max(ends[1], bottom + 0.05)))];
}

/** Positions at least `gap` apart, in the same order, as near as can be to where they belong, within the bounds. */
export function spread(wanted: readonly number[], gap: number, low: number, high: number): number[] {
  const order = wanted.map((_, index) => index).sort((a, b) => wanted[a] - wanted[b] || a - b);
  const placed = order.map((index) => Math.min(high, Math.max(low, wanted[index])));
  for (let i = 1; i < placed.length; i += 1) placed[i] = Math.max(placed[i], placed[i - 1] + gap);
  if (placed.length > 0) placed[placed.length - 1] = Math.min(placed[placed.length - 1], high);
  for (let i = placed.length - 2; i >= 0; i -= 1) placed[i] = Math.min(placed[i], placed[i + 1] - gap);
  const result = new Array<number>(wanted.length);
  order.forEach((index, place) => {
    result[index] = placed[place];
  });
  return result;
}

/** The value nearest to `x` among ascending ones; null for none. */
export function nearest(values: readonly number[], x: number): number | null {
  let best: number | null = null;
  for (const value of values) if (best === null || Math.abs(value - x) < Math.abs(best - x)) best = value;
  return best;
}

/** All x of the curves, ascending, once each. */
export function positions(curves: readonly Curve[]): number[] {
  return [...new Set(curves.flatMap(({ points }) => points.map(({ x }) => x)))].sort((a, b) => a - b);
}

/** The last point at or before `x`: what holds there; null before the first. */
export function pointAt(points: readonly CurvePoint[], x: number): CurvePoint | null {
  let found: CurvePoint | null = null;
  for (const point of points) {
    if (point.x > x) break;
    found = point;
  }
  return found;
}
