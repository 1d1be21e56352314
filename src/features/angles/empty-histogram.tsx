import { Histogram } from '../../charts/histogram/histogram.tsx';
import { FULL_BINS, PAIRS } from '../../core/angles/types.ts';
import { type RunState, useRun } from '../../state/run-store.ts';
import { useAction } from '../../ui/actions.ts';
import { Button } from '../../ui/button.tsx';
import { formatDuration } from '../../ui/format.ts';
import { Icon } from '../../ui/icon.tsx';
import { PlayRecording } from '../shared/play-recording.tsx';
import { PAIR_LOOK } from './pair-look.ts';
import styles from './angle-histogram.module.css';

const NOTHING = PAIRS.map((pair) => ({ id: pair, label: PAIR_LOOK[pair].label, tone: PAIR_LOOK[pair].tone, counts: [], n: 0, median: null, noise: null }));

/** The axes stand before there is anything on them; the phase of the run is said in the plot itself. */
export function EmptyHistogram() {
  const run = useRun();
  const action = useAction('run');
  const waits = run.status === 'idle' || run.status === 'failed' || run.status === 'cancelled';
  return (
    <div className={styles.frame}>
      <Histogram
        label="Histogram, still empty"
        series={NOTHING}
        bins={FULL_BINS}
        xLabel="angle between two gradients"
        reference={null}
        band={null}
        nullMedian={null}
        minHeight={400}
        hoverBin={null}
        selection={null}
        marks={[]}
        binText={() => 'no angles yet'}
        onHover={() => undefined}
        onSelect={() => undefined}
      />
      <div className={styles.message}>
        {waits ? (
          <>
            <p>The histogram of the three kinds of angle will stand here: reasoning with reasoning, tool with tool, and reasoning with tool.</p>
            {action.enabled && (
              <Button variant="primary" size="large" onClick={action.perform}>
                <Icon name="run" size={20} />
                {action.label}
              </Button>
            )}
            <PlayRecording />
          </>
        ) : (
          <Waiting run={run} />
        )}
      </div>
    </div>
  );
}

function Waiting({ run }: { readonly run: RunState }) {
  const progress = run.progress;
  const share = progress && progress.tokensTotal > 0 ? progress.tokensDone / progress.tokensTotal : 0;
  const words = { load: 'Reading the model and the trajectories', compile: 'Compiling the GPU programs', 'forward/backward': 'Taking gradients', finished: 'Computing the angles' } as const;
  return (
    <>
      <p>
        {run.phase ? words[run.phase] : 'Starting'}
        {run.detail === '' ? '' : `: ${run.detail}`}
        {progress && progress.secondsLeft !== null ? `, ${formatDuration(progress.secondsLeft)} left` : ''}
      </p>
      <span className={styles.bar}>
        <span className={styles.barFill} style={{ transform: `scaleX(${share})` }} />
      </span>
    </>
  );
}
