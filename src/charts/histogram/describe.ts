import { formatCount, formatFixed } from '../../ui/format.ts';
import type { Column } from '../../ui/data-table.tsx';
import { binCount, type Bins, densities, type HistogramSeries, type NullBand } from './histogram-layout.ts';

/** The chart in one sentence, for those who do not see it and for captions. */
export function describeHistogram(series: readonly HistogramSeries[], bins: Bins): string {
  const filled = series.filter((one) => one.n > 0);
  if (filled.length === 0) return 'No angles yet.';
  const parts = filled.map((one) => {
    let inside = 0;
    for (let bin = 0; bin < binCount(bins); bin += 1) inside += one.counts[bin] ?? 0;
    const outside = one.n - inside;
    const median = one.median ? `median ${formatFixed(one.median.estimate, 1)}°, 95 % interval ${formatFixed(one.median.low, 1)}° to ${formatFixed(one.median.high, 1)}°` : 'no median';
    return `${one.label}: ${median}, n = ${formatCount(one.n)}${outside > 0 ? ` (${formatCount(outside)} outside ${bins.from}–${bins.to}°)` : ''}`;
  });
  return `${parts.join('; ')}.`;
}

/** One row a bin, numbers as text: what the table shows and the CSV holds. Bins where nothing lies are left out of the table. */
export function histogramTable(series: readonly HistogramSeries[], bins: Bins, band: NullBand | null, all: boolean): { readonly columns: readonly Column[]; readonly rows: readonly (readonly string[])[] } {
  const columns: Column[] = [
    { id: 'from', label: 'from (°)', align: 'right' },
    { id: 'to', label: 'to (°)', align: 'right' },
    ...series.flatMap((one): Column[] => [
      { id: `${one.id}-count`, label: `${one.label} count`, align: 'right' },
      { id: `${one.id}-density`, label: `${one.label} per degree`, align: 'right' },
    ]),
    ...(band ? (['mean', 'low', 'high'] as const).map((part): Column => ({ id: `null-${part}`, label: `null ${part}`, align: 'right' })) : []),
  ];
  const density = series.map((one) => densities(one, bins));
  const rows: string[][] = [];
  for (let bin = 0; bin < binCount(bins); bin += 1) {
    if (!all && series.every((one) => (one.counts[bin] ?? 0) === 0)) continue;
    const digits = bins.width < 1 ? 2 : 0;
    rows.push([
      (bins.from + bin * bins.width).toFixed(digits),
      (bins.from + (bin + 1) * bins.width).toFixed(digits),
      ...series.flatMap((one, index) => [String(one.counts[bin] ?? 0), (density[index]?.[bin] ?? 0).toFixed(6)]),
      ...(band ? [band.mean, band.low, band.high].map((values) => (values[bin] ?? 0).toFixed(6)) : []),
    ]);
  }
  return { columns, rows };
}
