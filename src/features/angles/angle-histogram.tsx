import { useMemo } from 'react';
import { csv } from '../../charts/export/csv.ts';
import { Figure } from '../../charts/figure.tsx';
import { describeHistogram, histogramTable } from '../../charts/histogram/describe.ts';
import { Histogram } from '../../charts/histogram/histogram.tsx';
import type { AngleAnalysis } from '../../core/angles/types.ts';
import { setHover, useHover } from '../../state/hover-store.ts';
import { useRun } from '../../state/run-store.ts';
import { setView, useView } from '../../state/view-store.ts';
import { EmptyHistogram } from './empty-histogram.tsx';
import { binsOf, binWords, captionOf, histogramSeries, histogramTitle, isotropicReference, nullBand, nullMedian } from './histogram-data.ts';
import { DESIGN_NOTE, PAIR_LOOK } from './pair-look.ts';
import styles from './angle-histogram.module.css';
import { useSourceLine } from './use-source-line.ts';

export function AngleHistogram() {
  const analysis = useRun((run) => run.analysis);
  return analysis ? <Filled analysis={analysis} /> : <EmptyHistogram />;
}

function Filled({ analysis }: { readonly analysis: AngleAnalysis }) {
  const range = useView((view) => view.range);
  const degrees = useView((view) => view.degrees);
  const chosen = useView((view) => view.trajectory);
  const hoverBin = useHover((hover) => hover.bin);
  const hoverTrajectory = useHover((hover) => hover.trajectory);
  const hoverRow = useHover((hover) => hover.row);
  const source = useSourceLine();
  const bins = binsOf(range);
  const series = useMemo(() => histogramSeries(analysis, range), [analysis, range]);
  const band = useMemo(() => nullBand(analysis, range), [analysis, range]);
  const pointed = hoverTrajectory ?? chosen;
  const marks = useMemo(() => {
    const rows = hoverRow !== null ? analysis.rows.slice(hoverRow, hoverRow + 1) : pointed !== null ? analysis.rows.filter((row) => row.a === pointed || row.b === pointed) : [];
    return rows.map((row) => ({ value: row.degrees, tone: PAIR_LOOK[row.pair].tone }));
  }, [analysis, hoverRow, pointed]);
  const table = useMemo(() => histogramTable(series, bins, band, false), [series, bins, band]);
  const caption = captionOf(analysis, source);
  return (
    <Figure
      title={histogramTitle(analysis)}
      summary={`${DESIGN_NOTE[analysis.settings.design]} ${describeHistogram(series, bins)}`}
      table={{ caption: 'Bins that hold an angle', ...table }}
      exports={{
        name: `angles-${analysis.settings.design}-${range}`,
        caption,
        csv: () => {
          const all = histogramTable(series, bins, band, true);
          return csv(all.columns.map((column) => column.label), all.rows, [caption]);
        },
      }}
    >
      <Histogram
        label="Bins of the histogram"
        series={series}
        bins={bins}
        xLabel="angle between two gradients"
        reference={isotropicReference(analysis)}
        nullMedian={nullMedian(analysis)}
        band={band}
        minHeight={400}
        hoverBin={hoverBin}
        selection={degrees}
        marks={marks}
        binText={(bin) => binWords(analysis, range, bin)}
        onHover={(bin) => setHover({ bin })}
        onSelect={(next) => setView({ degrees: next })}
      />
      <Readout analysis={analysis} hasBand={band !== null} />
    </Figure>
  );
}

/** One line under the chart: what the pointer is on, else how to read the greys. */
function Readout({ analysis, hasBand }: { readonly analysis: AngleAnalysis; readonly hasBand: boolean }) {
  const range = useView((view) => view.range);
  const degrees = useView((view) => view.degrees);
  const bin = useHover((hover) => hover.bin);
  return (
    <p className={styles.readout}>
      {bin !== null ? (
        binWords(analysis, range, bin)
      ) : degrees ? (
        `Chosen: ${degrees[0]}–${degrees[1]}°. Esc clears.`
      ) : (
        <>
          <span className={styles.key}>
            <i className={styles.band} />
            {hasBand ? 'roles shuffled within trajectories, 95 % band' : 'no permutation null here'}
          </span>
          <span className={styles.key}>
            <i className={styles.bracket} />
            noise alone in this design, 5th to 95th percentile
          </span>
        </>
      )}
    </p>
  );
}
