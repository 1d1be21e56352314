import { useDeferredValue, useMemo, useState } from 'react';
import { toneClass } from '../../charts/tones.ts';
import { setHover, useHover } from '../../state/hover-store.ts';
import { useRun } from '../../state/run-store.ts';
import { setView, useView } from '../../state/view-store.ts';
import { Button } from '../../ui/button.tsx';
import { formatCount, formatDegrees } from '../../ui/format.ts';
import { rowsIn } from './histogram-data.ts';
import { PAIR_LOOK } from './pair-look.ts';
import styles from './angle-rows.module.css';

const PAGE_SIZE = 40;

/** The angles one by one: those chosen in the chart and of the chosen trajectory, the smallest or largest first. */
export function AngleRows() {
  const analysis = useDeferredValue(useRun((run) => run.analysis));
  const trajectories = useRun((run) => run.inventory?.trajectories ?? null);
  const degrees = useView((view) => view.degrees);
  const trajectory = useView((view) => view.trajectory);
  const hoverRow = useHover((hover) => hover.row);
  const hoverTrajectory = useHover((hover) => hover.trajectory);
  const [descending, setDescending] = useState(false);
  const [shown, setShown] = useState(PAGE_SIZE);
  const indices = useMemo(() => {
    if (!analysis) return [];
    const found = rowsIn(analysis.rows, degrees).filter((index) => trajectory === null || analysis.rows[index].a === trajectory || analysis.rows[index].b === trajectory);
    const sign = descending ? -1 : 1;
    return found.sort((a, b) => sign * (analysis.rows[a].degrees - analysis.rows[b].degrees));
  }, [analysis, degrees, trajectory, descending]);
  if (!analysis || !trajectories) return null;
  const name = (index: number) => trajectories.at(index)?.id ?? String(index);
  return (
    <section className={styles.section} aria-label="Angles one by one">
      <div className={styles.head}>
        <h2 className={styles.title}>Angles one by one</h2>
        <p className={styles.note}>{`${formatCount(indices.length)} of ${formatCount(analysis.rows.length)}${degrees ? ` in ${degrees[0]}–${degrees[1]}°` : ''}${trajectory === null ? '' : ` of ${name(trajectory)}`}`}</p>
      </div>
      <div className={styles.scroll} tabIndex={0} role="region" aria-label="Table of angles" onPointerLeave={() => setHover({ row: null })}>
        <table className={styles.table}>
          <thead>
            <tr>
              <th scope="col">Pair</th>
              <th scope="col" className={styles.number} aria-sort={descending ? 'descending' : 'ascending'}>
                <button type="button" className={styles.sort} onClick={() => setDescending(!descending)}>
                  {descending ? 'Angle ↓' : 'Angle ↑'}
                </button>
              </th>
              <th scope="col">Between</th>
              <th scope="col">and</th>
            </tr>
          </thead>
          <tbody>
            {indices.slice(0, shown).map((index) => {
              const row = analysis.rows[index];
              const linked = hoverRow === index || (hoverTrajectory !== null && (row.a === hoverTrajectory || row.b === hoverTrajectory));
              return (
                <tr key={index} className={styles.row} data-linked={linked || undefined} onPointerEnter={() => setHover({ row: index })}>
                  <th scope="row" className={[styles.pair, toneClass(PAIR_LOOK[row.pair].tone)].join(' ')}>
                    {PAIR_LOOK[row.pair].label}
                  </th>
                  <td className={styles.number}>{formatDegrees(row.degrees, 2)}</td>
                  <td>
                    <button type="button" className={styles.pick} onClick={() => setView({ trajectory: row.a })}>
                      {name(row.a)}
                    </button>
                  </td>
                  <td>
                    {row.a === row.b ? (
                      <span className={styles.note}>itself</span>
                    ) : (
                      <button type="button" className={styles.pick} onClick={() => setView({ trajectory: row.b })}>
                        {name(row.b)}
                      </button>
                    )}
                  </td>
                </tr>
              );
            })}
          </tbody>
        </table>
      </div>
      {indices.length > shown && (
        <Button size="small" className={styles.more} onClick={() => setShown(shown + PAGE_SIZE)}>
          {`Show ${formatCount(Math.min(PAGE_SIZE, indices.length - shown))} more`}
        </Button>
      )}
      {indices.length === 0 && <p className={styles.note}>No angle matches the choice. Esc clears it.</p>}
    </section>
  );
}
