import { memo } from 'react';
import type { SearchView } from '../../state/rollouts/types.ts';
import { Button } from '../../ui/button.tsx';
import { formatFixed, plural } from '../../ui/format.ts';
import styles from './documents.module.css';
import { Golden } from './golden-text.tsx';

interface Props {
  /** Null before any rollout. */
  readonly searches: readonly SearchView[] | null;
  readonly answers: readonly string[];
  readonly over: boolean;
  /** Where a search server can be changed for another retriever; null hides the way. */
  readonly onRetrieverSettings: (() => void) | null;
  readonly onRetry: (() => void) | null;
}

/** What each search found; golden answers are underlined where they stand. */
export const Documents = memo(function Documents({ searches, answers, over, onRetrieverSettings, onRetry }: Props) {
  return (
    <section className={styles.section} aria-label="Documents found">
      <div className={styles.head}>
        <h2 className={styles.title}>Documents found</h2>
        {searches !== null && searches.length > 0 && <p className={styles.note}>golden answers underlined</p>}
      </div>
      {(searches === null || searches.length === 0) && <p className={styles.empty}>{searches === null ? 'Each search of the agent is listed here with the documents it was given.' : over ? 'The agent searched for nothing.' : 'No search so far.'}</p>}
      {searches?.map((search, index) => (
        <SearchResults key={index} number={index + 1} search={search} answers={answers} onRetrieverSettings={onRetrieverSettings} onRetry={onRetry} />
      ))}
    </section>
  );
});

interface SearchProps {
  readonly number: number;
  readonly search: SearchView;
  readonly answers: readonly string[];
  readonly onRetrieverSettings: (() => void) | null;
  readonly onRetry: (() => void) | null;
}

function SearchResults({ number, search: { call, answered }, answers, onRetrieverSettings, onRetry }: SearchProps) {
  return (
    <div className={styles.search}>
      <h3 className={styles.query}>
        <span className={styles.number}>{`Search ${number}`}</span>
        <span className={styles.words}>{call.query === '' ? '(empty query)' : call.query}</span>
      </h3>
      {answered && call.failure === null && <p className={styles.note}>{call.passages.length === 0 ? `No results, ${formatFixed(call.milliseconds, 0)} ms` : `${plural(call.passages.length, 'document')}, ${formatFixed(call.milliseconds, 0)} ms`}</p>}
      {!answered && <p className={styles.note}>Being looked up</p>}
      {call.failure !== null && (
        <div className={styles.failure} role="alert">
          <p>{call.failure}</p>
          <div className={styles.actions}>
            {onRetry && (
              <Button size="small" onClick={onRetry}>
                Try again
              </Button>
            )}
            {onRetrieverSettings && (
              <Button size="small" onClick={onRetrieverSettings}>
                Choose another corpus
              </Button>
            )}
          </div>
        </div>
      )}
      <ol className={styles.passages}>
        {call.passages.map((passage) => (
          <li key={passage.id}>
            <p className={styles.passageTitle}>
              <span>
                <Golden text={passage.title} answers={answers} />
              </span>
              <span className={styles.score}>{`score ${formatFixed(passage.score, 1)}`}</span>
            </p>
            <p className={styles.text}>
              <Golden text={passage.text} answers={answers} />
            </p>
          </li>
        ))}
      </ol>
    </div>
  );
}
