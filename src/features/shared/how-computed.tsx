import { memo } from 'react';
import styles from './how-computed.module.css';

/** How one figure of a page comes about. */
export interface HowItem {
  readonly title: string;
  readonly text: string;
  readonly formula: string;
  /** Files that hold it. */
  readonly code: string;
}

/** What stands below every laboratory page: texts, formulas and where the code is. */
export const HowComputed = memo(function HowComputed({ items }: { readonly items: readonly HowItem[] }) {
  return (
    <details className={styles.details}>
      <summary>How this is computed</summary>
      <div className={styles.body}>
        {items.map((item) => (
          <section key={item.title} className={styles.item}>
            <h3>{item.title}</h3>
            <p>{item.text}</p>
            <div className={styles.formula} tabIndex={0} role="group" aria-label={`Formula: ${item.title}`}>
              {item.formula}
            </div>
            <p className={styles.code}>{item.code}</p>
          </section>
        ))}
      </div>
    </details>
  );
});
