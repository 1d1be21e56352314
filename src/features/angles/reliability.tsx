import { useDeferredValue } from 'react';
import { csv } from '../../charts/export/csv.ts';
import { Figure } from '../../charts/figure.tsx';
import { type IntervalRow, Intervals } from '../../charts/intervals/intervals.tsx';
import { type AngleAnalysis, type Pair, PAIRS, type PairSummary } from '../../core/angles/types.ts';
import { useRun } from '../../state/run-store.ts';
import { formatDegrees } from '../../ui/format.ts';
import { captionOf } from './histogram-data.ts';
import { PAIR_LOOK } from './pair-look.ts';
import { useSourceLine } from './use-source-line.ts';

/** The same-role angles are the yardstick: how well does a gradient agree with itself? */
export function Reliability() {
  const analysis = useDeferredValue(useRun((run) => run.analysis));
  return analysis && <Filled analysis={analysis} />;
}

function Filled({ analysis }: { readonly analysis: AngleAnalysis }) {
  const source = useSourceLine();
  const rows = [...PAIRS.map((pair) => row(pair, pair, 'this design', analysis.pairs[pair])), row('split-RR', 'RR', 'split halves', analysis.splitHalf.RR), row('split-TT', 'TT', 'split halves', analysis.splitHalf.TT)];
  const columns = [
    { id: 'row', label: 'angle' },
    ...['n', 'median (°)', 'low', 'high', '5 %', '95 %', 'noise median', 'noise 5 %', 'noise 95 %'].map((label) => ({ id: label, label, align: 'right' as const })),
  ];
  const cells = rows.map((one) => [`${one.label}, ${one.note}`, String(one.n), ...[one.median?.estimate, one.median?.low, one.median?.high, one.spread?.[0], one.spread?.[1], one.noise?.estimate, one.noise?.low, one.noise?.high].map(number)]);
  const caption = captionOf(analysis, source);
  return (
    <Figure
      title={titleOf(analysis)}
      summary="Thick bar: median with its 95 % interval, clustered by question. Thin line: 5th to 95th percentile of the angles. Grey box: what independent noise alone gives in the same design. Split halves: two halves of one trajectory’s spans of one role."
      table={{ caption: 'Medians, spreads and noise references', columns, rows: cells }}
      exports={{ name: 'reliability', caption, csv: () => csv(columns.map((column) => column.label), cells, [caption]) }}
    >
      <Intervals rows={rows} label="Medians with intervals and noise references" />
    </Figure>
  );
}

function number(value: number | undefined): string {
  return value === undefined || Number.isNaN(value) ? '' : value.toFixed(3);
}

function row(id: string, pair: Pair, note: string, summary: PairSummary): IntervalRow {
  return {
    id,
    label: PAIR_LOOK[pair].label,
    note,
    tone: PAIR_LOOK[pair].tone,
    n: summary.n,
    median: summary.median,
    spread: summary.quantiles ? [summary.quantiles.q05, summary.quantiles.q95] : null,
    noise: summary.noise,
  };
}

function titleOf(analysis: AngleAnalysis): string {
  const { RR, TT } = analysis.splitHalf;
  const parts = [
    RR.median ? `R–R ${formatDegrees(RR.median.estimate)}` : null,
    TT.median ? `T–T ${formatDegrees(TT.median.estimate)}` : null,
  ].filter(Boolean);
  return parts.length === 0 ? 'Split halves of a role are not defined here' : `Split halves of one role: ${parts.join(', ')}`;
}
