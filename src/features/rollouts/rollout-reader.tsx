import type { AdapterChoice } from '../../lab/rollout-events.ts';
import type { RolloutView } from '../../state/rollouts/types.ts';
import { Lanes } from './lanes.tsx';
import { RolloutFacts } from './rollout-facts.tsx';
import styles from './rollout-reader.module.css';
import { RolloutText } from './rollout-text.tsx';

interface Props {
  readonly view: RolloutView;
  /** `view.revision`: its lists grow in place. */
  readonly revision: number;
  readonly writing: boolean;
  /** Of its writer, where two are compared. */
  readonly writer: string | null;
  readonly differsAt: number | null;
  readonly adapters: AdapterChoice;
}

/** One rollout: question, figures, score and text. */
export function RolloutReader({ view, revision, writing, writer, differsAt, adapters }: Props) {
  const { question, finished } = view;
  const label = writer === null ? 'the rollout' : `the rollout of ${writer}`;
  return (
    <article className={styles.reader} aria-label={`Rollout ${view.id}`}>
      <header className={styles.head}>
        {writer !== null && <h2 className={styles.writer}>{writer}</h2>}
        {writer === null ? <h2 className={styles.question}>{question.question}</h2> : <p>{question.question}</p>}
        {question.goldenAnswers.length > 0 && (
          <p className={styles.note}>
            golden answer: <span className={styles.golden}>{question.goldenAnswers.join(' / ')}</span>
            {`, sample ${view.sample + 1}`}
          </p>
        )}
      </header>
      <RolloutFacts view={view} revision={revision} />
      <Lanes view={view} revision={revision} writing={writing} differsAt={differsAt} label={label} adapters={adapters} />
      {finished && <RolloutText view={view} rollout={finished} />}
    </article>
  );
}
