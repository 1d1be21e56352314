import styles from './progress-bar.module.css';

interface ProgressBarProps {
  readonly label: string;
  /** Of the whole, 0 to 1; null where it is not known. */
  readonly share: number | null;
  /** Phase, counts, time left: whatever is known, in this order. */
  readonly parts: readonly string[];
}

/** How far a long task is: a bar, and its figures in one line. */
export function ProgressBar({ label, share, parts }: ProgressBarProps) {
  return (
    <div className={styles.progress}>
      <div className={styles.track} role="progressbar" aria-label={label} aria-valuemin={0} aria-valuemax={100} {...(share === null ? {} : { 'aria-valuenow': Math.floor(100 * share) })}>
        <span className={styles.fill} style={{ transform: `scaleX(${share ?? 0})` }} />
      </div>
      <p className={styles.text}>
        {parts.map((part, index) => (
          <span key={index}>{part}</span>
        ))}
      </p>
    </div>
  );
}
