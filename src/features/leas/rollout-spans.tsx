import { ROLES } from '../../core/trajectory/types.ts';
import type { LeasRollout } from '../../lab/leas-events.ts';
import styles from './rollout-spans.module.css';

/** What was written, each part in its role's colour and headed by its role; what searches returned is folded. */
export function RolloutSpans({ rollout }: { readonly rollout: LeasRollout }) {
  return (
    <ol className={styles.spans}>
      {rollout.spans.map((span, index) => {
        const role = ROLES.at(span.role) ?? 'observation';
        const text = span.text.trim();
        if (text === '') return null;
        return (
          <li key={index} className={styles.span} data-role={role}>
            {role === 'observation' ? (
              <details>
                <summary>{`Observation, ${text.length} characters`}</summary>
                <p>{text}</p>
              </details>
            ) : (
              <>
                <span className={styles.role}>{role}</span>
                <p>{text}</p>
              </>
            )}
          </li>
        );
      })}
    </ol>
  );
}
