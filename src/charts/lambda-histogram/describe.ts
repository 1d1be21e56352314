import type { Column } from '../../ui/data-table.tsx';
import { formatCount, formatFixed } from '../../ui/format.ts';
import { countBetween } from './lambda-layout.ts';
import type { LambdaHistogramProps, LambdaRange } from './types.ts';

type Shown = Pick<LambdaHistogramProps, 'measured' | 'references' | 'ties' | 'median' | 'unit'>;

export function lambdaText(value: number, width: number): string {
  return formatFixed(value, width < 0.5 ? 2 : 1 + Number(!Number.isInteger(value * 10)));
}

/** "−0.75 to −0.25 logit", "below −8.25 logit". */
export function rangeWords([from, to]: LambdaRange, width: number, unit: string): string {
  if (from === -Infinity && to === Infinity) return 'every value';
  if (from === -Infinity) return `below ${lambdaText(to, width)} ${unit}`;
  if (to === Infinity) return `above ${lambdaText(from, width)} ${unit}`;
  return `${lambdaText(from, width)} to ${lambdaText(to, width)} ${unit}`;
}

/** The chart in one sentence. */
export function describeLambda({ measured, references, ties, median, unit }: Shown): string {
  const n = countBetween(measured, [-Infinity, Infinity]);
  if (n === 0) return 'No question has been counted yet.';
  const shown = references.filter((one) => one.shown).map(({ label }) => label);
  const over = shown.length === 0 ? '' : ` Drawn over it, as means over repeats: ${shown.join(', ')}.`;
  return `${formatCount(n)} questions${median === null ? '' : `, median ${formatFixed(median, 2)} ${unit}`}; ${formatCount(ties)} are exactly 0.${over}`;
}

/** One row a bin, with what lies beyond at both ends: every bin, not only those on the axis. */
export function lambdaHistogramTable({ measured, references, unit }: Pick<Shown, 'measured' | 'references' | 'unit'>): { readonly columns: readonly Column[]; readonly rows: readonly (readonly string[])[] } {
  const { bins } = measured;
  const edge = (bin: number) => (bins.from + bin * bins.width).toFixed(3);
  const row = (from: string, to: string, pick: (one: LambdaHistogramProps['measured']) => number) => [from, to, String(pick(measured)), ...references.map(({ histogram }) => pick(histogram).toFixed(3))];
  return {
    columns: [
      { id: 'from', label: `from (${unit})`, align: 'right' },
      { id: 'to', label: `to (${unit})`, align: 'right' },
      { id: 'measured', label: 'measured questions', align: 'right' },
      ...references.map(({ key, label }): Column => ({ id: key, label: `${label}, mean`, align: 'right' })),
    ],
    rows: [
      row('', edge(0), (one) => one.below),
      ...measured.counts.map((_, bin) => row(edge(bin), edge(bin + 1), (one) => one.counts[bin] ?? 0)),
      row(edge(measured.counts.length), '', (one) => one.above),
    ],
  };
}
