import { useRun } from '../../state/run-store.ts';
import { useStages } from '../../ui/use-stages.ts';
import { OpenResultNotice } from '../app/open-result-notice.tsx';
import { AngleHistogram } from './angle-histogram.tsx';
import { AngleRows } from './angle-rows.tsx';
import styles from './angles-page.module.css';
import { Finding } from './finding.tsx';
import { HowComputed } from '../shared/how-computed.tsx';
import { HOW_ANGLES } from './how-angles.ts';
import { ModuleHeatMap } from './module-heat-map.tsx';
import { Options } from './options.tsx';
import { Readings } from './readings.tsx';
import { Reliability } from './reliability.tsx';
import { RunControls } from '../shared/run-controls.tsx';
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
      {hasAnalysis && <MoreFigures />}
      <div className={styles.full}>
        <HowComputed items={HOW_ANGLES} />
      </div>
    </div>
  );
}

/** Below the fold, so each is put on the page in its own turn. */
function MoreFigures() {
  const stage = useStages(5);
  return (
    <>
      <div className={styles.second}>
        {stage > 1 && <ModuleHeatMap />}
        {stage > 2 && <Reliability />}
      </div>
      <div className={styles.second}>
        {stage > 3 && <Readings />}
        {stage > 4 && <AngleRows />}
      </div>
    </>
  );
}
