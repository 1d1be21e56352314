import lanes from './lanes.module.css';
import styles from './empty-lanes.module.css';
import { EXAMPLES } from './examples.ts';

/** The score before the first token, with a few questions to begin with. */
export function EmptyLanes({ waiting, onPick }: { readonly waiting: boolean; readonly onPick: (question: string, golden: string) => void }) {
  return (
    <div className={styles.empty}>
      <div className={lanes.frame} aria-hidden="true">
        <div className={lanes.turn}>
          <div className={lanes.names}>
            <span className={lanes.reasoningName}>{'reasoning\n'.repeat(2)}</span>
            <span className={lanes.toolName}>{'tool\n'.repeat(2)}</span>
          </div>
          <div className={lanes.lanes}>
            <div className={styles.blank} />
          </div>
        </div>
      </div>
      {!waiting && (
        <div className={styles.examples}>
          <p className={styles.note}>Questions to begin with</p>
          <ul>
            {EXAMPLES.map((example) => (
              <li key={example.question}>
                <button type="button" className={styles.example} onClick={() => onPick(example.question, example.golden)}>
                  {example.question}
                </button>
                <span className={styles.note}>{example.note}</span>
              </li>
            ))}
          </ul>
        </div>
      )}
    </div>
  );
}
