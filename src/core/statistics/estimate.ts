import { studentQuantile } from './student-t.ts';
import { Welford } from './summary.ts';

/** A mean that was measured. */
export interface Estimate {
  readonly value: number;
  /** One standard error; null where none is known. */
  readonly error: number | null;
  /** 95 %; null where no error is known. */
  readonly interval: { readonly low: number; readonly high: number } | null;
}

/** One independent source of error: a standard error and the degrees of freedom it was estimated with. */
export interface ErrorPart {
  readonly error: number;
  readonly freedom: number;
}

const widths = new Map<number, number>();

/** Student's t of a two-sided 95 % interval; there are few different degrees of freedom, and many intervals. */
function width(freedom: number): number {
  const known = widths.get(freedom);
  if (known !== undefined) return known;
  const found = studentQuantile(0.975, freedom);
  widths.set(freedom, found);
  return found;
}

/** −1 or 1 where the interval excludes 0, else 0. */
export function direction({ interval }: Pick<Estimate, 'interval'>): -1 | 0 | 1 {
  if (interval === null) return 0;
  return interval.low > 0 ? 1 : interval.high < 0 ? -1 : 0;
}

/** Standard error of the mean of independent values; null for fewer than two. */
export function errorOfMean(values: readonly number[]): ErrorPart | null {
  if (values.length < 2) return null;
  const spread = new Welford();
  for (const value of values) spread.add(value);
  return { error: spread.deviation / Math.sqrt(values.length), freedom: values.length - 1 };
}

/**
 * A value with errors from several sources. Their squares add; in the interval each is first widened by Student's t of
 * its own degrees of freedom. One t for the sum (Satterthwaite's degrees of freedom) covers only 87 % where the spread
 * of two seeds is the larger part; so the interval covers 95 % or more, whichever part is the larger.
 */
export function estimate(value: number, parts: readonly ErrorPart[]): Estimate {
  if (parts.length === 0) return { value, error: null, interval: null };
  const half = Math.hypot(...parts.map(({ error, freedom }) => width(freedom) * error));
  return { value, error: Math.hypot(...parts.map(({ error }) => error)), interval: { low: value - half, high: value + half } };
}

/**
 * The mean of a table of questions (rows, the same for all) × seeds (columns): the error of the questions' means over
 * seeds, and with two seeds or more that of the seeds' means over questions. Scatter of single cells is in both, which
 * makes the sum of squares a little too large rather than too small.
 */
export function twoWayParts(columns: readonly (readonly number[])[]): ErrorPart[] {
  return [errorOfMean(rowMeans(columns)), errorOfMean(columns.map((column) => column.reduce((a, b) => a + b, 0) / column.length))].filter((part) => part !== null);
}

/** Each question's mean over seeds. */
export function rowMeans(columns: readonly (readonly number[])[]): number[] {
  return columns[0].map((_, row) => columns.reduce((sum, column) => sum + column[row], 0) / columns.length);
}
