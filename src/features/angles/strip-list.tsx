import { type KeyboardEvent, useEffect, useId, useMemo, useRef, useState } from 'react';
import type { Progress } from '../../state/angle-run.ts';
import { setHover, useHover } from '../../state/hover-store.ts';
import { setView, useView } from '../../state/view-store.ts';
import type { StripGroup, StripItem } from './strip-groups.ts';
import { useStages } from '../../ui/use-stages.ts';
import { StripOption } from './strip-option.tsx';
import styles from './strips-panel.module.css';

/** Questions put on the page at once. */
const GROUPS_A_STAGE = 2;

interface Props {
  readonly groups: readonly StripGroup[];
  /** Trajectories that the chart's pointer or selection is about. */
  readonly linked: ReadonlySet<number>;
  readonly progress: Progress | null;
  readonly finished: boolean;
}

/** A list box: one stop for Tab, arrows move, Enter keeps a trajectory. */
export function StripList({ groups, linked, progress, finished }: Props) {
  const base = useId();
  const chosen = useView((view) => view.trajectory);
  const hovered = useHover((hover) => hover.trajectory);
  const [active, setActive] = useState<number | null>(null);
  const list = useRef<HTMLDivElement>(null);
  const stage = useStages(Math.ceil(groups.length / GROUPS_A_STAGE));
  const order = useMemo(() => groups.flatMap((group) => group.items.map((item) => item.index)), [groups]);
  const longest = useMemo(() => Math.max(1, ...groups.flatMap((group) => group.items.map((item) => item.length))), [groups]);

  useEffect(() => {
    if (chosen !== null) list.current?.querySelector(`[data-trajectory="${chosen}"]`)?.scrollIntoView({ block: 'nearest' });
  }, [chosen]);

  const onKeyDown = (event: KeyboardEvent) => {
    const at = active === null ? -1 : order.indexOf(active);
    const moves = new Map([
      ['ArrowDown', at + 1],
      ['ArrowUp', at - 1],
      ['Home', 0],
      ['End', order.length - 1],
    ]);
    const next = moves.get(event.key);
    if (next !== undefined) {
      const index = order[Math.min(order.length - 1, Math.max(0, next))];
      setActive(index);
      setHover({ trajectory: index });
      list.current?.querySelector(`[data-trajectory="${index}"]`)?.scrollIntoView({ block: 'nearest' });
    } else if ((event.key === 'Enter' || event.key === ' ') && active !== null) setView({ trajectory: chosen === active ? null : active });
    else return;
    event.preventDefault();
  };

  return (
    <div
      ref={list}
      className={styles.list}
      role="listbox"
      aria-label="Trajectories by question"
      tabIndex={0}
      aria-activedescendant={active === null ? undefined : `${base}-${active}`}
      onKeyDown={onKeyDown}
      onBlur={() => {
        setActive(null);
        setHover({ trajectory: null });
      }}
      onPointerLeave={() => setHover({ trajectory: null })}
    >
      {groups.slice(0, stage * GROUPS_A_STAGE).map((group) => (
        <div key={group.group} role="group" aria-label={group.question}>
          <p className={styles.group} role="presentation">
            {group.question}
          </p>
          {group.items.map((item) => (
            <StripOption
              key={item.index}
              id={`${base}-${item.index}`}
              item={item}
              longest={longest}
              done={doneTokens(item, progress, finished)}
              chosen={chosen === item.index}
              linked={linked.has(item.index) || hovered === item.index}
              active={active === item.index}
            />
          ))}
        </div>
      ))}
    </div>
  );
}

/** Whole trajectories as the run counts them; within the one in work, its share of the tokens done. */
function doneTokens(item: StripItem, progress: Progress | null, finished: boolean): number {
  if (finished) return item.length;
  if (!progress) return 0;
  if (item.index < progress.trajectoriesDone) return item.length;
  return Math.min(item.length, Math.max(0, progress.tokensDone - item.before));
}
