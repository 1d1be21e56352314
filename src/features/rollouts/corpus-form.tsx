import { useEffect, useId, useState } from 'react';
import type { RetrieverChoice } from '../../agent/choices.ts';
import { BUNDLED_CORPORA } from '../../agent/datasets.ts';
import type { RolloutSession, RolloutState, StoredCorpus } from '../../state/rollouts/types.ts';
import { Button } from '../../ui/button.tsx';
import { formatBytes, formatCount } from '../../ui/format.ts';
import { SelectField } from '../../ui/select-field.tsx';
import { pickFiles } from '../shared/pick-files.ts';
import styles from './corpus-form.module.css';
import { NumberField } from './number-field.tsx';

interface Props {
  readonly retriever: RetrieverChoice;
  readonly topK: number;
  readonly onRetriever: (retriever: RetrieverChoice) => void;
  readonly onTopK: (topK: number) => void;
  readonly phase: RolloutState['phase'];
  readonly fraction: number | null;
  readonly session: Pick<RolloutSession, 'storedCorpora' | 'deleteCorpus'>;
}

const FILE = 'open';
const SERVER = 'server';
const NEW_SERVER: RetrieverChoice = { kind: 'server', url: 'http://127.0.0.1:8000/retrieve', timeoutMs: 10_000, retries: 2 };

/** A corpus that comes with the page, one from a file, one kept from before, or a search server. */
export function CorpusForm({ retriever, topK, onRetriever, onTopK, phase, fraction, session }: Props) {
  const [stored, forget] = useStoredCorpora(session, phase);
  const urlId = useId();
  const choose = (value: string) => {
    const [kind, name = ''] = split(value);
    if (kind === 'bundled') onRetriever({ kind, corpus: name });
    else if (kind === 'stored') onRetriever({ kind, name });
    else if (kind === SERVER) onRetriever(retriever.kind === 'server' ? retriever : NEW_SERVER);
    else if (kind === FILE) {
      void pickFiles().then((files) => {
        for (const { path, blob } of files.slice(0, 1)) onRetriever({ kind: 'file', name: path, blob });
      });
    }
  };
  return (
    <div className={styles.stack}>
      <div className={styles.fields}>
        <SelectField
          label="Corpus"
          value={valueOf(retriever)}
          options={[
            ...BUNDLED_CORPORA.map((corpus) => ({ value: `bundled:${corpus.name}`, label: `${corpus.title} (${formatCount(corpus.passages)} passages)` })),
            ...(retriever.kind === 'file' ? [{ value: valueOf(retriever), label: retriever.name }] : []),
            ...stored.map((corpus) => ({ value: `stored:${corpus.name}`, label: `${corpus.name} (kept here)` })),
            { value: FILE, label: 'Open a corpus file…' },
            { value: SERVER, label: 'A search server' },
          ]}
          onChange={choose}
        />
        <NumberField label="Documents a search" value={topK} min={1} max={20} onChange={onTopK} />
      </div>
      {retriever.kind === 'file' && <p className={styles.note}>JSON Lines with “contents”, or “title” and “text”. It is indexed when the run begins, and kept in this browser.</p>}
      {phase === 'corpus' && fraction !== null && <p className={styles.note}>{`Indexing: ${Math.floor(100 * fraction)} %`}</p>}
      {retriever.kind === 'server' && (
        <div className={styles.fields}>
          <div className={styles.url}>
            <label htmlFor={urlId} className={styles.note}>
              Address (POST, as Search-R1’s retrieval server)
            </label>
            <input id={urlId} className={styles.input} type="url" value={retriever.url} onChange={(event) => onRetriever({ ...retriever, url: event.target.value })} />
          </div>
          <NumberField label="Time-out" value={retriever.timeoutMs / 1000} min={0.1} max={600} fraction unit="s" onChange={(seconds) => onRetriever({ ...retriever, timeoutMs: 1000 * seconds })} />
          <NumberField label="Retries" value={retriever.retries} min={0} max={10} onChange={(retries) => onRetriever({ ...retriever, retries })} />
        </div>
      )}
      {stored.length > 0 && (
        <ul className={styles.stored} aria-label="Corpora kept in this browser">
          {stored.map((corpus) => (
            <li key={corpus.name}>
              <span>{corpus.name}</span>
              <span className={styles.note}>{`${formatCount(corpus.passages)} passages, ${formatBytes(corpus.bytes)}`}</span>
              <Button
                size="small"
                variant="quiet"
                aria-label={`Delete ${corpus.name}`}
                onClick={() => {
                  if (retriever.kind === 'stored' && retriever.name === corpus.name) onRetriever({ kind: 'bundled', corpus: BUNDLED_CORPORA[0].name });
                  forget(corpus.name);
                }}
              >
                Delete
              </Button>
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}

function valueOf(retriever: RetrieverChoice): string {
  switch (retriever.kind) {
    case 'bundled':
      return `bundled:${retriever.corpus}`;
    case 'server':
      return SERVER;
    default:
      return `${retriever.kind}:${retriever.name}`;
  }
}

/** Kind and name; names may hold colons of their own. */
function split(value: string): readonly [string, string?] {
  const colon = value.indexOf(':');
  return colon < 0 ? [value] : [value.slice(0, colon), value.slice(colon + 1)];
}

/** What is kept in the browser, looked up again when a run has passed its corpus phase. */
function useStoredCorpora(session: Props['session'], phase: RolloutState['phase']): readonly [readonly StoredCorpus[], (name: string) => void] {
  const [stored, setStored] = useState<readonly StoredCorpus[]>([]);
  const indexed = phase === 'session' || phase === 'generate';
  useEffect(() => {
    let current = true;
    void session.storedCorpora().then((found) => current && setStored(found));
    return () => {
      current = false;
    };
  }, [session, indexed]);
  const forget = (name: string) =>
    void session
      .deleteCorpus(name)
      .then(() => session.storedCorpora())
      .then(setStored);
  return [stored, forget];
}
