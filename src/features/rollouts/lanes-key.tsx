import { memo } from 'react';
import styles from './lanes-key.module.css';

/** How the score is read. */
export const LanesKey = memo(function LanesKey() {
  return (
    <ul className={styles.key} aria-label="How to read it">
      <li>
        <span className={styles.scale}>
          <i data-doubt="1">≥ 0.5</i>
          <i data-doubt="2">≥ 0.1</i>
          <i data-doubt="3">less</i>
        </span>
        shaded tokens: probability below 0.9
      </li>
      <li>point at a token, tap it or use the arrow keys for its numbers</li>
    </ul>
  );
});
