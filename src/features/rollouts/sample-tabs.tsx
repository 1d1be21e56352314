import type { RolloutView } from '../../state/rollouts/types.ts';
import styles from './sample-tabs.module.css';

interface Props {
  /** Rollouts of one question by one writer, by sample. */
  readonly views: readonly RolloutView[];
  readonly shown: string | null;
  readonly onShow: (id: string) => void;
}

/** The samples of a question asked by hand, each with what came of it. */
export function SampleTabs({ views, shown, onShow }: Props) {
  return (
    <div className={styles.tabs} role="group" aria-label="Samples">
      {views.map((view) => (
        <button key={view.id} type="button" className={styles.tab} aria-pressed={view.id === shown} onClick={() => onShow(view.id)}>
          <span className={styles.number}>{`Sample ${view.sample + 1}`}</span>
          <span className={styles.outcome}>{outcome(view)}</span>
        </button>
      ))}
    </div>
  );
}

function outcome({ finished }: RolloutView): string {
  if (finished === null) return 'being written';
  const answer = finished.answer ?? 'no answer';
  return finished.reward === null ? answer : `${answer}, ${finished.reward === 1 ? 'right' : 'wrong'}`;
}
