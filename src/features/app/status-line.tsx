import { deviceName } from '../../state/session.ts';
import { useDevice } from '../../state/device-store.ts';
import { type RunState, useRun } from '../../state/run-store.ts';
import { useAction } from '../../ui/actions.ts';
import { formatBytes, formatCount, formatDuration } from '../../ui/format.ts';
import styles from './status-line.module.css';

/** What the page is doing, always in the same place; a press opens the log of events. */
export function StatusLine() {
  const run = useRun();
  const probed = useDevice((state) => state.device);
  const details = useAction('details');
  const recorded = run.origin.kind === 'recorded';
  const share = run.progress && run.progress.tokensTotal > 0 ? run.progress.tokensDone / run.progress.tokensTotal : 0;
  const active = run.status === 'running' || run.status === 'paused';
  return (
    <button type="button" className={styles.line} onClick={details.perform} aria-label={`Status: ${phaseText(run)}. Opens the details.`}>
      {active && (
        <span className={styles.track}>
          <span className={styles.fill} style={{ display: 'block', transform: `scaleX(${share})` }} />
        </span>
      )}
      <span className={[styles.phase, run.status === 'failed' ? styles.failed : ''].join(' ')}>{phaseText(run)}</span>
      {active && run.progress && (
        <>
          <span>{`${Math.floor(share * 100)} %`}</span>
          {run.progress.secondsLeft !== null && <span>{`${formatDuration(run.progress.secondsLeft)} left`}</span>}
        </>
      )}
      {run.progress && active && !recorded && <span className={styles.optional}>{`${formatCount(run.progress.tokensPerSecond)} tokens/s`}</span>}
      {run.progress && !recorded && run.progress.gpuBytes > 0 && <span className={styles.optional}>{`${formatBytes(run.progress.gpuBytes)} on the GPU`}</span>}
      <span className={styles.space} />
      <span className={[styles.device, styles.optional].join(' ')}>{run.origin.kind === 'recorded' ? `recorded on ${run.origin.device}` : deviceName(run.device ?? probed)}</span>
    </button>
  );
}

export function phaseText(run: RunState): string {
  const replay = run.origin.kind === 'recorded';
  switch (run.status) {
    case 'idle':
      return 'Ready';
    case 'running':
      return replay ? 'Replaying' : run.phase === null ? 'Starting' : `${run.phase.charAt(0).toUpperCase()}${run.phase.slice(1)}${run.detail === '' ? '' : `: ${run.detail}`}`;
    case 'paused':
      return replay ? 'Replay paused' : 'Paused';
    case 'cancelled':
      return 'Cancelled';
    case 'failed':
      return `Failed: ${run.failure?.message ?? 'no reason given'}`;
    case 'finished':
      return replay ? 'Replay complete' : run.seconds === null ? 'Finished' : `Finished in ${formatDuration(run.seconds)}`;
  }
}
