import { useEffect, useRef, useState } from 'react';
import { Histogram } from '../../charts/histogram/histogram.tsx';
import { describeHistogram } from '../../charts/histogram/describe.ts';
import { FULL_BINS } from '../../core/angles/types.ts';
import { useRun } from '../../state/run-store.ts';
import { formatRoute } from '../../state/route.ts';
import { buttonClass } from '../../ui/button.tsx';
import { formatDate, formatDegrees } from '../../ui/format.ts';
import { Icon } from '../../ui/icon.tsx';
import { VisuallyHidden } from '../../ui/live-region.tsx';
import { histogramSeries, isotropicReference, nullBand, nullMedian } from '../angles/histogram-data.ts';
import { useSession } from '../app/session-context.ts';
import styles from './home-page.module.css';

/** The recorded angle run plays at once; a run that is on the page already is shown instead. */
export function MinutePanel() {
  const session = useSession();
  const status = useRun((run) => run.status);
  const origin = useRun((run) => run.origin);
  const analysis = useRun((run) => run.analysis);
  const [problem, setProblem] = useState('');
  const asked = useRef(false);
  useEffect(() => {
    if (asked.current || status !== 'idle') return;
    asked.current = true;
    void session.playBundled().then((result) => {
      if (result.kind === 'refused') setProblem(`${result.message} ${result.remedy}`);
    });
  }, [session, status]);
  const series = analysis ? histogramSeries(analysis, 'full') : null;
  return (
    <section className={styles.visitor} aria-labelledby="minute-title">
      <h2 className={styles.head} id="minute-title">
        <Icon name="stopwatch" />
        A minute to spare
      </h2>
      {analysis && series ? (
        <>
          <p className={styles.finding}>{analysis.finding}</p>
          <Histogram
            label="Bins of the histogram"
            series={series}
            bins={FULL_BINS}
            xLabel="angle between two gradients"
            reference={isotropicReference(analysis)}
            band={nullBand(analysis, 'full')}
            nullMedian={nullMedian(analysis)}
            minHeight={320}
            hoverBin={null}
            selection={null}
            marks={[]}
            binText={(bin) => formatDegrees(FULL_BINS.from + bin * FULL_BINS.width, 0)}
            onHover={() => undefined}
            onSelect={() => undefined}
          />
          <VisuallyHidden>{describeHistogram(series, FULL_BINS)}</VisuallyHidden>
        </>
      ) : (
        <p className={styles.finding}>
          {problem === '' ? 'Reading the recorded run.' : problem}
        </p>
      )}
      <p className={styles.label}>
        {origin.kind === 'recorded' ? `Recorded on ${origin.device}, ${formatDate(origin.date)}.` : analysis ? 'Measured on this device.' : 'A run of the bundled model takes its gradients on this device’s GPU.'}
      </p>
      <div className={styles.actions}>
        <a className={buttonClass('primary')} href={formatRoute('angles')}>
          <Icon name="angles" size={18} />
          Open the angle laboratory
        </a>
        <a className={buttonClass('plain')} href={formatRoute('angles', 'run=1')}>
          <Icon name="run" size={18} />
          Run it here
        </a>
        <a className={buttonClass('plain')} href={formatRoute('rollouts')}>
          <Icon name="rollouts" size={18} />
          Ask the agent a question
        </a>
      </div>
    </section>
  );
}
