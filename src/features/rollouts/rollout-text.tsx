import type { Rollout } from '../../agent/types.ts';
import type { RolloutView } from '../../state/rollouts/types.ts';
import { plainText } from './segments.ts';
import styles from './rollout-text.module.css';

/** A finished rollout as text, each part headed by who wrote it: for reading aloud, searching and copying. */
export function RolloutText({ view, rollout }: { readonly view: RolloutView; readonly rollout: Rollout }) {
  return (
    <details className={styles.details}>
      <summary>{`As text, with ${rollout.answer === null ? 'no answer' : 'the answer'} at its end`}</summary>
      <ol className={styles.list}>
        {plainText(view.tokens).map((part, index) => (
          <li key={index} className={styles.part}>
            <span className={styles.role}>{part.role}</span>
            <span className={styles.text}>{part.text}</span>
          </li>
        ))}
      </ol>
    </details>
  );
}
