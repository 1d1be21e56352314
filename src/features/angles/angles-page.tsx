import { useRun } from '../../state/run-store.ts';
import { OpenResultNotice } from '../app/open-result-notice.tsx';
import { AngleHistogram } from './angle-histogram.tsx';
import { AngleRows } from './angle-rows.tsx';
import styles from './angles-page.module.css';
import { Finding } from './finding.tsx';
import { HowComputed } from './how-computed.tsx';
import { ModuleHeatMap } from './module-heat-map.tsx';
import { Options } from './options.tsx';
import { Readings } from './readings.tsx';
import { Reliability } from './reliability.tsx';
import { RunControls } from './run-controls.tsx';
import { RunNotices } from './run-notices.tsx';
import { StripsPanel } from './strips-panel.tsx';
import { useAutoStart } from './use-auto-start.ts';

/** The angle laboratory: the measured sentence first, the chart second, the controls third. */
export function AnglesPage() {
  useAutoStart();
  const hasAnalysis = useRun((run) => run.analysis !== null);
  return (
    <div className={styles.page}>
      <div className={styles.head}>
        <h1 className={styles.title}>Do reasoning and tool-use gradients point the same way?</h1>
        <RunControls />
      </div>
      <OpenResultNotice />
      <RunNotices />
      <Finding />
      <div className={styles.lab}>
        <div>
          <Options />
          <AngleHistogram />
        </div>
        <StripsPanel />
      </div>
      {hasAnalysis && (
        <>
          <div className={styles.second}>
            <ModuleHeatMap />
            <Reliability />
          </div>
          <div className={styles.second}>
            <Readings />
            <AngleRows />
          </div>
        </>
      )}
      <div className={styles.full}>
        <HowComputed />
      </div>
    </div>
  );
}
