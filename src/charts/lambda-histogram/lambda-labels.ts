import { spread } from '../curves/curve-layout.ts';
import { countIn, type LambdaLayout } from './lambda-layout.ts';
import type { LambdaReference } from './types.ts';

/** A name beside its curve, tied to it by a short line. */
export interface DirectLabel {
  readonly key: string;
  readonly text: string;
  readonly x: number;
  readonly y: number;
  readonly anchor: 'start' | 'end';
  /** Where the line meets the curve. */
  readonly at: number;
}

/** A name over the plot with a sample of its line. */
export interface KeyLabel {
  readonly key: string;
  readonly text: string;
  readonly x: number;
  readonly y: number;
}

export const PLACEBO = 'placebo';

const LINE = 18;
/** Between a name and the curves. */
const GAP = 18;
/** Mean width of a character at 12 px. */
const CHARACTER = 6.5;
const SAMPLE = 34;

export interface CurvePoint {
  readonly x: number;
  readonly y: number;
}

/** Mean counts as points over the middles of their bins; those beyond the bins are not part of the line. */
export function curvePoints({ histogram }: LambdaReference, layout: LambdaLayout): CurvePoint[] {
  return layout.slots.flatMap((slot) => (slot.bin < 0 ? [] : [{ x: (slot.x0 + slot.x1) / 2, y: layout.y(countIn(histogram, slot)) }]));
}

export function textWidth(text: string): number {
  return text.length * CHARACTER;
}

/**
 * A label for every curve on the flank where it lies alone: worlds that lean to the left on the left, others on the right,
 * the outermost lowest. Null where there is no room beside the curves; then the names stand over the plot.
 */
export function placeDirect(references: readonly LambdaReference[], layout: LambdaLayout): DirectLabel[] | null {
  const curves = references.map((reference) => ({ reference, points: curvePoints(reference, layout), lean: leanOf(reference, layout) })).sort((a, b) => a.lean - b.lean);
  // From the middle of the order to the left and to the right: half of the names on each side.
  const labels: DirectLabel[] = [];
  const half = curves.length / 2;
  for (const side of ['left', 'right'] as const) {
    const chosen = side === 'left' ? curves.slice(0, Math.ceil(half)) : curves.slice(Math.ceil(half)).reverse();
    const wanted = chosen.map(({ points }, index) => {
      const peak = Math.min(...points.map(({ y }) => y));
      return layout.bottom - (layout.bottom - peak) * (0.3 + 0.42 * (chosen.length < 2 ? 0.5 : index / (chosen.length - 1)));
    });
    const heights = spread(wanted, LINE, layout.top + 8, layout.bottom - 10);
    const flanks = chosen.map(({ points }, index) => flankAt(points, heights[index], side) ?? peakOf(points).x);
    for (const [index, { reference }] of chosen.entries()) {
      // Outside of all curves at this height, so that a name covers none.
      const at = curves.map(({ points }) => flankAt(points, heights[index], side)).filter((flank) => flank !== null);
      const outside = side === 'left' ? Math.min(flanks[index], ...at) - GAP : Math.max(flanks[index], ...at) + GAP;
      const wide = textWidth(reference.label);
      if (side === 'left' ? outside - wide < layout.left + 4 : outside + wide > layout.right) return null;
      labels.push({ key: reference.key, text: reference.label, x: outside, y: heights[index], anchor: side === 'left' ? 'end' : 'start', at: flanks[index] });
    }
  }
  return labels;
}

/** Mean place of a curve's mass, pixels. */
function leanOf({ histogram }: LambdaReference, { slots }: LambdaLayout): number {
  let sum = 0;
  let mass = 0;
  for (const slot of slots) {
    const count = countIn(histogram, slot);
    sum += count * (slot.x0 + slot.x1);
    mass += 2 * count;
  }
  return mass === 0 ? 0 : sum / mass;
}

/** Where a curve first rises to a height, coming from one side; null where it never does. */
export function flankAt(points: readonly CurvePoint[], height: number, side: 'left' | 'right'): number | null {
  const ordered = side === 'left' ? points : [...points].reverse();
  for (let index = 1; index < ordered.length; index += 1) {
    const [a, b] = [ordered[index - 1], ordered[index]];
    if (b.y > height) continue;
    const share = a.y === b.y ? 0 : Math.min(1, Math.max(0, (height - a.y) / (b.y - a.y)));
    return a.x + share * (b.x - a.x);
  }
  return null;
}

function peakOf(points: readonly CurvePoint[]): CurvePoint {
  return points.reduce((best, point) => (point.y < best.y ? point : best), points[0]);
}

/** Names in lines from the left; each takes what it needs. @returns the names and the height of them all */
export function placeKey(items: readonly { readonly key: string; readonly label: string }[], width: number): { readonly labels: readonly KeyLabel[]; readonly height: number } {
  const labels: KeyLabel[] = [];
  let x = 0;
  let y = 12;
  for (const { key, label } of items) {
    const wide = SAMPLE + textWidth(label) + 18;
    if (x > 0 && x + wide - 18 > width) {
      x = 0;
      y += LINE;
    }
    labels.push({ key, text: label, x, y });
    x += wide;
  }
  return { labels, height: items.length === 0 ? 0 : y + 8 };
}
