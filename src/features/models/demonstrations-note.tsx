import { dataLabel, useSources } from '../../state/sources-store.ts';
import styles from './models.module.css';

/** Where demonstrations come from, and what they may change. */
export function DemonstrationsNote() {
  const data = useSources((sources) => sources.data);
  return <p className={styles.note}>{`Demonstrations: ${dataLabel(data.name)}, the data of the angles. A question in five is held out. Only the tags’ own rows of the embedding and the head change.`}</p>;
}
