import type { ReactNode } from 'react';
import type { SearchView } from '../../state/rollouts/types.ts';
import { plural } from '../../ui/format.ts';
import styles from './lanes.module.css';

interface Props {
  /** From 1; null for a notice of the environment that answers no search. */
  readonly number: number | null;
  readonly search: SearchView | null;
  readonly tokens: number;
  /** What the agent reads. */
  readonly children: ReactNode;
}

/** What the environment answered, folded between two turns: it is read, but not written by the agent. */
export function ObservationCard({ number, search, tokens, children }: Props) {
  if (search && !search.answered) {
    return (
      <p className={[styles.fold, styles.waiting].join(' ')}>
        <span className={styles.foldName}>{`Search ${number ?? ''}`}</span>
        <span className={styles.foldText}>{`“${search.call.query}” is being looked up`}</span>
      </p>
    );
  }
  const failure = search?.call.failure ?? null;
  const found = search?.call.passages.length ?? 0;
  return (
    <details className={styles.fold}>
      <summary>
        <span className={styles.foldName}>{number === null ? 'Notice' : `Observation ${number}`}</span>
        <span className={[styles.foldText, failure === null ? '' : styles.failed].join(' ')}>{failure ?? (search === null ? '' : found === 0 ? 'No results' : search.call.passages.map((passage) => passage.title).join(' · '))}</span>
        <span>{`${found > 0 ? `${plural(found, 'document')}, ` : ''}${plural(tokens, 'token')}`}</span>
      </summary>
      <p className={styles.read}>{children}</p>
    </details>
  );
}
