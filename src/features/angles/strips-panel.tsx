import { useMemo } from 'react';
import { useHover } from '../../state/hover-store.ts';
import { formatRoute } from '../../state/route.ts';
import { type RunState, useRun } from '../../state/run-store.ts';
import { useView } from '../../state/view-store.ts';
import { formatCount } from '../../ui/format.ts';
import { useExperimentQuery } from '../app/use-experiment-query.ts';
import { binsOf, rowsIn } from './histogram-data.ts';
import { StripList } from './strip-list.tsx';
import { stripGroups } from './strip-groups.ts';
import styles from './strips-panel.module.css';

/** What the chart is made of: one strip a trajectory, filling as its gradients are done. */
export function StripsPanel() {
  const run = useRun();
  const total = run.inventory?.trajectories.length ?? 0;
  const done = finishedCount(run);
  return (
    <section className={styles.panel} aria-label="Trajectories">
      <div className={styles.head}>
        <h2 className={styles.title}>Trajectories</h2>
        {total > 0 && <span className={styles.count}>{done < total ? `${formatCount(done)} of ${formatCount(total)} done` : `${formatCount(total)} done`}</span>}
      </div>
      <ul className={styles.legend} aria-label="Lanes of a strip">
        {(['reasoning', 'tool', 'observation', 'prompt'] as const).map((role) => (
          <li key={role}>
            <i className={[styles.swatch, styles[role]].join(' ')} />
            {role}
          </li>
        ))}
      </ul>
      {run.inventory ? <Filled /> : <Empty />}
    </section>
  );
}

function finishedCount(run: RunState): number {
  return run.status === 'finished' ? (run.inventory?.trajectories.length ?? 0) : (run.progress?.trajectoriesDone ?? 0);
}

function Empty() {
  return (
    <div className={styles.empty}>
      {[92, 64, 78].map((width) => (
        <div key={width} className={styles.ghost} style={{ width: `${width}%` }} />
      ))}
      <p>Every rollout will appear here as a strip of its tokens, grouped by question, and fill as its gradients are done.</p>
    </div>
  );
}

function Filled() {
  const inventory = useRun((run) => run.inventory);
  const analysis = useRun((run) => run.analysis);
  const finished = useRun((run) => run.status === 'finished');
  const progress = useRun((run) => run.progress);
  const degrees = useView((view) => view.degrees);
  const range = useView((view) => view.range);
  const chosen = useView((view) => view.trajectory);
  const bin = useHover((hover) => hover.bin);
  const row = useHover((hover) => hover.row);
  const query = useExperimentQuery();
  const groups = useMemo(() => (inventory ? stripGroups(inventory) : []), [inventory]);
  const linked = useMemo(() => {
    const set = new Set<number>();
    if (!analysis) return set;
    const bins = binsOf(range);
    const at = row !== null ? [row] : bin !== null ? rowsIn(analysis.rows, [bins.from + bin * bins.width, bins.from + (bin + 1) * bins.width]) : degrees ? rowsIn(analysis.rows, degrees) : [];
    for (const index of at) {
      const found = analysis.rows.at(index);
      if (found) set.add(found.a).add(found.b);
    }
    return set;
  }, [analysis, row, bin, degrees, range]);
  if (!inventory) return null;
  const selected = chosen === null ? undefined : inventory.trajectories.at(chosen);
  return (
    <>
      <StripList groups={groups} linked={linked} progress={progress} finished={finished} />
      <div className={styles.chosen}>
        {selected ? (
          <>
            <p>{`${selected.id}: ${formatCount(selected.tokens)} tokens`}</p>
            <a href={formatRoute('trajectories', query)}>Read it</a>
          </>
        ) : (
          <p>Point at a strip to mark its angles; press one to keep it.</p>
        )}
      </div>
    </>
  );
}
