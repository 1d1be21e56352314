import type { Budgets } from './budgets.ts';
import { stepBytes, widestBytes, type StepShape, type StepSize } from './step-memory.ts';
import type { TokenRange } from './types.ts';

/** A span of an addition, with its place among all spans. */
export interface PlacedSpan {
  readonly sequence: number;
  readonly range: TokenRange;
}

/** Spans listed sequence by sequence, as everywhere. */
export function placedSpans(spans: readonly (readonly TokenRange[])[]): PlacedSpan[] {
  return spans.flatMap((ranges, sequence) => ranges.map((range) => ({ sequence, range })));
}

/** Tokens and gradient rows of a pass over these spans: of each sequence no more than up to the last span's end. */
export function sizeOf(spans: readonly PlacedSpan[]): StepSize {
  const ends = new Map<number, number>();
  let rows = 0;
  for (const { sequence, range } of spans) {
    ends.set(sequence, Math.max(ends.get(sequence) ?? 1, range.end));
    if (range.end > Math.max(1, range.start)) rows += range.end - 1;
  }
  return { tokens: [...ends.values()].reduce((sum, end) => sum + end, 0), rows };
}

/** Consecutive spans, in parts that fit; a part of one span where not even that does. */
function partsThatFit(spans: readonly PlacedSpan[], fits: (size: StepSize) => boolean): number[][] {
  const parts: number[][] = [];
  let current: number[] = [];
  spans.forEach((_, index) => {
    if (current.length > 0 && !fits(sizeOf([...current, index].map((at) => spans[at])))) {
      parts.push(current);
      current = [];
    }
    current.push(index);
  });
  if (current.length > 0) parts.push(current);
  return parts;
}

/**
 * The passes (one forward and backward each) that an addition takes: lists of places of spans, ascending.
 * Within the budget it is one. Beyond, where gradients are kept, each part of the spans is one pass, as the inner products
 * with all others are made from what is kept. Where gradients are tiled and discarded, two spans must be in one pass to
 * meet: the n parts take half the budget each, every pair of them is a pass, n·(n − 1)/2 in all, and the work is that of
 * one pass over everything times n − 1.
 */
export function planPasses(spans: readonly PlacedSpan[], shape: StepShape, budgets: Budgets, maxBinding: number, keeps: boolean): readonly (readonly number[])[] {
  const fits = (share: number) => (size: StepSize): boolean =>
    stepBytes(shape, size, budgets.activations) <= budgets.gram * share && widestBytes(shape, size) <= maxBinding * share;
  const whole = partsThatFit(spans, fits(1));
  if (keeps || whole.length <= 1) return whole;
  const parts = partsThatFit(spans, fits(1 / 2));
  return parts.flatMap((part, index) => parts.slice(index + 1).map((other) => [...part, ...other]));
}
