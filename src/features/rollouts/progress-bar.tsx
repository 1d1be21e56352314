import { isWriting } from '../../state/rollouts/run-store.ts';
import type { RolloutState } from '../../state/rollouts/types.ts';
import { formatCount, formatDuration } from '../../ui/format.ts';
import styles from './progress-bar.module.css';
import { PHASE } from './words.ts';

/** How far the run is, in one line with its bar; nothing once it is over. */
export function ProgressBar({ run }: { readonly run: RolloutState }) {
  if (!isWriting(run.status)) return null;
  const { progress, fraction, phase } = run;
  const loading = run.status === 'loading' || phase === 'parity';
  const share = loading ? fraction : progress !== null && progress.total > 0 ? progress.done / progress.total : null;
  const parts = loading
    ? [phase === null ? 'Starting' : PHASE[phase], share === null ? null : `${Math.floor(100 * share)} %`]
    : [
        run.status === 'paused' ? 'Paused' : 'Writing',
        progress === null ? null : `${formatCount(progress.done)} of ${formatCount(progress.total)} finished`,
        progress === null ? null : `${formatCount(progress.tokensPerSecond)} tokens/s`,
        progress?.secondsLeft === null || progress?.secondsLeft === undefined || run.status === 'paused' ? null : `${formatDuration(progress.secondsLeft)} left`,
      ];
  return (
    <div className={styles.progress}>
      <div className={styles.track} role="progressbar" aria-label="Progress of the run" aria-valuemin={0} aria-valuemax={100} {...(share === null ? {} : { 'aria-valuenow': Math.floor(100 * share) })}>
        <span className={styles.fill} style={{ transform: `scaleX(${share ?? 0})` }} />
      </div>
      <p className={styles.text}>
        {parts
          .filter((part) => part !== null)
          .map((part, index) => (
            <span key={index}>{part}</span>
          ))}
      </p>
    </div>
  );
}
