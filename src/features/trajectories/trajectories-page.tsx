import { useRun } from '../../state/run-store.ts';
import { useView } from '../../state/view-store.ts';
import { useAction } from '../../ui/actions.ts';
import { Button } from '../../ui/button.tsx';
import { Icon } from '../../ui/icon.tsx';
import { StripsPanel } from '../angles/strips-panel.tsx';
import { RunNotices } from '../angles/run-notices.tsx';
import { OpenResultNotice } from '../app/open-result-notice.tsx';
import { PlayRecording } from '../shared/play-recording.tsx';
import { TrajectoryReader } from './trajectory-reader.tsx';
import styles from './trajectories-page.module.css';

/** The reader: which span is whose, and which adapter reads each position. */
export function TrajectoriesPage() {
  const inventory = useRun((run) => run.inventory);
  const chosen = useView((view) => view.trajectory);
  return (
    <div className={styles.page}>
      <h1 className={styles.title}>What did the agent write, and whose token is it?</h1>
      <OpenResultNotice />
      {inventory ? (
        <>
          <RunNotices />
          <div className={styles.layout}>
            <div className={styles.list}>
              <StripsPanel />
            </div>
            <TrajectoryReader view={inventory.views[Math.min(inventory.views.length - 1, chosen ?? 0)]} index={Math.min(inventory.views.length - 1, chosen ?? 0)} />
          </div>
        </>
      ) : (
        <Empty />
      )}
    </div>
  );
}

function Empty() {
  const run = useAction('run');
  const open = useAction('open');
  const status = useRun((state) => state.status);
  return (
    <div className={styles.empty}>
      <p>
        {status === 'running'
          ? 'The trajectories are being read.'
          : 'Trajectories appear here as a run reads them: each token with its role, and the adapter that is active where it is read. Start a run on the angle page, play the recorded one, or open a file of your own.'}
      </p>
      {status !== 'running' && (
        <div className={styles.actions}>
          {run.enabled && (
            <Button variant="primary" onClick={run.perform}>
              <Icon name="run" size={18} />
              {run.label}
            </Button>
          )}
          <PlayRecording />
          <Button onClick={open.perform}>
            <Icon name="open" size={18} />
            {open.label}
          </Button>
        </div>
      )}
    </div>
  );
}
