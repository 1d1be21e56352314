import { useEffect, useId, useMemo, useState } from 'react';
import type { Question } from '../../agent/types.ts';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { formatCount, plural } from '../../ui/format.ts';
import { Notice } from '../../ui/notice.tsx';
import styles from './question-picker.module.css';

interface Props {
  readonly open: boolean;
  readonly onOpenChange: (open: boolean) => void;
  readonly setName: string;
  readonly load: () => Promise<readonly Question[]>;
  readonly onPick: (question: Question) => void;
}

const SHOWN = 100;

/** The questions of the set, searched by words. */
export function QuestionPicker({ open, onOpenChange, setName, load, onPick }: Props) {
  return (
    <Dialog open={open} onOpenChange={onOpenChange} title={`Questions of ${setName}`}>
      <Content load={load} onPick={onPick} />
    </Dialog>
  );
}

type Loaded = { readonly kind: 'loading' } | { readonly kind: 'failed'; readonly message: string } | { readonly kind: 'done'; readonly questions: readonly Question[] };

function Content({ load, onPick }: Pick<Props, 'load' | 'onPick'>) {
  const id = useId();
  const [loaded, setLoaded] = useState<Loaded>({ kind: 'loading' });
  const [attempt, setAttempt] = useState(0);
  const [words, setWords] = useState('');
  useEffect(() => {
    let current = true;
    load().then(
      (questions) => current && setLoaded({ kind: 'done', questions }),
      (error: unknown) => current && setLoaded({ kind: 'failed', message: error instanceof Error ? error.message : String(error) }),
    );
    return () => {
      current = false;
    };
  }, [load, attempt]);
  const found = useMemo(() => (loaded.kind === 'done' ? searchQuestions(loaded.questions, words) : []), [loaded, words]);
  if (loaded.kind === 'loading') return <p>The questions are being read.</p>;
  if (loaded.kind === 'failed') {
    return (
      <Notice
        tone="bad"
        title={loaded.message}
        actions={
          <Button size="small" onClick={() => setAttempt(attempt + 1)}>
            Try again
          </Button>
        }
      />
    );
  }
  return (
    <div className={styles.stack}>
      <label className={styles.label} htmlFor={id}>
        {`Search ${plural(loaded.questions.length, 'question')}`}
      </label>
      <input id={id} className={styles.input} type="search" value={words} autoComplete="off" onChange={(event) => setWords(event.target.value)} />
      <ul className={styles.list}>
        {found.slice(0, SHOWN).map((question) => (
          <li key={question.id}>
            <button type="button" className={styles.question} onClick={() => onPick(question)}>
              <span>{question.question}</span>
              <span className={styles.note}>{[question.goldenAnswers.join(' / '), question.hops === null ? '' : plural(question.hops, 'hop')].filter((part) => part !== '').join(', ')}</span>
            </button>
          </li>
        ))}
      </ul>
      <p className={styles.note}>{found.length === 0 ? 'No question holds these words.' : found.length > SHOWN ? `The first ${SHOWN} of ${formatCount(found.length)}; more words narrow them down.` : plural(found.length, 'question')}</p>
    </div>
  );
}

/** Questions that hold every word, in question or golden answers. */
export function searchQuestions(questions: readonly Question[], words: string): readonly Question[] {
  const wanted = words.toLowerCase().split(/\s+/).filter((word) => word !== '');
  if (wanted.length === 0) return questions;
  return questions.filter((question) => {
    const text = `${question.question} ${question.goldenAnswers.join(' ')}`.toLowerCase();
    return wanted.every((word) => text.includes(word));
  });
}
