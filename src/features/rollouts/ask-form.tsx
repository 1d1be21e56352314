import { memo, useId, useState } from 'react';
import type { Question } from '../../agent/types.ts';
import { Button } from '../../ui/button.tsx';
import { Icon } from '../../ui/icon.tsx';
import styles from './forms.module.css';
import { QuestionPicker } from './question-picker.tsx';

interface Props {
  readonly question: string;
  readonly golden: string;
  readonly onChange: (change: { readonly question?: string; readonly golden?: string }) => void;
  readonly onAsk: () => void;
  readonly busy: boolean;
  /** The set to pick from. */
  readonly setName: string;
  readonly loadQuestions: () => Promise<readonly Question[]>;
}

/** A question by hand or from the set; Enter asks it. */
export const AskForm = memo(function AskForm({ question, golden, onChange, onAsk, busy, setName, loadQuestions }: Props) {
  const questionId = useId();
  const goldenId = useId();
  const [picking, setPicking] = useState(false);
  const ready = question.trim() !== '' && !busy;
  return (
    <form
      className={styles.ask}
      onSubmit={(event) => {
        event.preventDefault();
        if (ready) onAsk();
      }}
    >
      <div className={styles.question}>
        <label className={styles.label} htmlFor={questionId}>
          Question
        </label>
        <input id={questionId} className={styles.text} type="text" autoComplete="off" value={question} placeholder="What is the capital of the country whose calling code is 376?" onChange={(event) => onChange({ question: event.target.value })} />
      </div>
      <div className={styles.golden}>
        <label className={styles.label} htmlFor={goldenId}>
          Golden answers (optional, between semicolons)
        </label>
        <input id={goldenId} className={styles.text} type="text" autoComplete="off" value={golden} onChange={(event) => onChange({ golden: event.target.value })} />
      </div>
      <div className={styles.buttons}>
        <Button onClick={() => setPicking(true)}>
          <Icon name="data" size={18} />
          Pick one
        </Button>
        <Button type="submit" variant="primary" aria-disabled={!ready}>
          <Icon name="run" size={18} />
          Ask
        </Button>
      </div>
      <QuestionPicker
        open={picking}
        onOpenChange={setPicking}
        setName={setName}
        load={loadQuestions}
        onPick={(picked) => {
          onChange({ question: picked.question, golden: picked.goldenAnswers.join('; ') });
          setPicking(false);
        }}
      />
    </form>
  );
});
