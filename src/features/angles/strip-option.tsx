import { memo } from 'react';
import { Strip } from '../../charts/strip/strip.tsx';
import { setHover } from '../../state/hover-store.ts';
import { setView } from '../../state/view-store.ts';
import type { StripItem } from './strip-groups.ts';
import styles from './strips-panel.module.css';

interface Props {
  readonly id: string;
  readonly item: StripItem;
  /** Tokens of the longest trajectory: all strips share one scale. */
  readonly longest: number;
  readonly done: number;
  readonly chosen: boolean;
  readonly linked: boolean;
  readonly active: boolean;
}

/** One trajectory of the list. Memoised, because only one of some hundreds changes as a run goes on. */
export const StripOption = memo(function StripOption({ id, item, longest, done, chosen, linked, active }: Props) {
  const correct = item.reward !== null && item.reward > 0;
  return (
    <div
      id={id}
      data-trajectory={item.index}
      role="option"
      aria-selected={chosen}
      aria-label={`${item.id}, ${item.length} tokens${item.reward === null ? '' : correct ? ', correct' : ', wrong'}`}
      className={[styles.option, linked ? styles.linked : '', active ? styles.active : ''].join(' ')}
      onPointerEnter={() => setHover({ trajectory: item.index })}
      onClick={() => setView({ trajectory: chosen ? null : item.index })}
    >
      <span className={styles.reward} aria-hidden="true">
        {item.reward === null ? '' : correct ? '✓' : '×'}
      </span>
      <span style={{ width: `${Math.max(4, (100 * item.length) / longest)}%` }}>
        <Strip spans={item.spans} length={item.length} done={done} />
      </span>
    </div>
  );
});
