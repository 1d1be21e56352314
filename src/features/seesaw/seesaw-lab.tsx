import { useEffect, useMemo, useRef, useState } from 'react';
import { isTraining } from '../../state/seesaw/run-store.ts';
import { chosenArms } from '../../state/seesaw/settings-store.ts';
import type { SeesawRunView, SeesawSession, SeesawSettings, SeesawState } from '../../state/seesaw/types.ts';
import { runKey } from '../../state/seesaw/types.ts';
import { useAction } from '../../ui/actions.ts';
import { Button } from '../../ui/button.tsx';
import { Icon } from '../../ui/icon.tsx';
import { groupByArm, shownArms } from './arm-runs.ts';
import { BeamsFigure } from './beams-figure.tsx';
import { Checkpoints } from './checkpoints.tsx';
import { CostFigure } from './cost-figure.tsx';
import { CostTable } from './cost-table.tsx';
import { paceOf } from './estimate.ts';
import { HowComputed } from '../shared/how-computed.tsx';
import { RunControls } from '../shared/run-controls.tsx';
import { HOW_SEESAW } from './how-seesaw.ts';
import { useSeesawPage } from './page-store.ts';
import { PlayRecordings } from './play-recordings.tsx';
import { RunsPanel } from './runs-panel.tsx';
import { RunsTable } from './runs-table.tsx';
import { SeesawFinding } from './seesaw-finding.tsx';
import { SeesawNotices } from './seesaw-notices.tsx';
import table from './runs-table.module.css';
import styles from './seesaw-page.module.css';
import { SetupPanel } from './setup-panel.tsx';
import { SkillFigures } from './skill-figures.tsx';
import { TrainingFigures } from './training-figures.tsx';
import { sourceLine } from './words.ts';

interface Props {
  readonly run: SeesawState;
  readonly settings: SeesawSettings;
  readonly onSettings: (change: Partial<SeesawSettings>) => void;
  readonly session: SeesawSession;
}

/** The training laboratory: the measured sentence first, the beams second, the curves third. */
export function SeesawLab({ run, settings, onSettings, session }: Props) {
  const hidden = useSeesawPage((page) => page.hidden);
  const { revision, config } = run;
  const begun = config !== null;
  const busy = isTraining(run.status);
  const recorded = run.origin.kind === 'recorded';
  // eslint-disable-next-line react-hooks/exhaustive-deps -- views grow in place, which `revision` tells
  const views = useMemo((): readonly SeesawRunView[] => (begun ? session.runs() : plannedRuns(settings)), [session, revision, begun, settings, run.status]);
  // eslint-disable-next-line react-hooks/exhaustive-deps -- as above
  const arms = useMemo(() => groupByArm(views, new Set(hidden)), [views, hidden, revision]);
  const shown = useMemo(() => shownArms(arms), [arms]);
  const steps = config?.training.steps ?? settings.training.steps;
  const caption = sourceLine(run);
  // eslint-disable-next-line react-hooks/exhaustive-deps -- as above
  const pace = useMemo(() => (config === null ? null : paceOf(views, config.training)), [views, config, revision]);
  const [open, setOpen] = useFoldedOnStart(busy, begun);
  const trained = views.some((view) => view.steps.length > 0);
  const figures = { arms: shown, steps, caption, revision };
  return (
    <div className={styles.page}>
      <div className={styles.head}>
        <h1 className={styles.title}>Does training one skill cost the other?</h1>
        <RunControls step keeps="same seeds" />
      </div>
      <SeesawNotices run={run} views={views} />
      <SeesawFinding run={run} arms={shown} />
      <SetupPanel settings={settings} onSettings={onSettings} run={run} pace={pace} busy={busy} open={open} onOpen={setOpen} />
      <div className={styles.lab}>
        <div className={styles.main}>
          {shown.length === 0 ? <p className={styles.empty}>{arms.length === 0 ? 'No arm is chosen: choose one above.' : 'All arms are put out of sight: check one among the runs.'}</p> : <BeamsFigure {...figures} />}
          {!begun ? <Empty session={session} /> : shown.length > 0 && <SkillFigures {...figures} />}
        </div>
        <aside className={styles.side} aria-label="Runs and cost">
          <RunsPanel run={run} arms={arms} steps={steps} hidden={hidden} onFreeze={(adapters) => session.freeze(adapters)} />
          {trained && shown.length > 0 && <CostFigure run={run} arms={shown} caption={caption} />}
        </aside>
      </div>
      {trained && shown.length > 0 && <TrainingFigures {...figures} />}
      <div className={[styles.full, styles.stack].join(' ')}>
        {begun && <RunsTable arms={arms} steps={steps} session={session} />}
        {begun && <CostTable run={run} arms={arms} caption={caption} />}
        <Checkpoints session={session} busy={busy} kept={`${run.status} ${views.map((view) => `${view.key} ${view.checkpoint?.step ?? ''}`).join(' ')}`} />
        {begun && (
          <section className={table.section} aria-labelledby="recordings-title">
            <h2 className={table.title} id="recordings-title">
              Recorded runs
            </h2>
            <PlayRecordings session={session} busy={busy && !recorded} playing={run.origin.kind === 'recorded' ? run.origin.name : ''} />
          </section>
        )}
        <HowComputed items={HOW_SEESAW} />
      </div>
    </div>
  );
}

function Empty({ session }: { readonly session: SeesawSession }) {
  const start = useAction('run');
  return (
    <div className={styles.empty}>
      <p>The curves will stand here: the share of right answers, reasoning skill and tool skill on held-out questions, step by step, one line an arm.</p>
      {start.enabled && (
        <Button variant="primary" size="large" onClick={start.perform}>
          <Icon name="run" size={20} />
          {start.label}
        </Button>
      )}
      <PlayRecordings session={session} />
    </div>
  );
}

/** Before any run: what the settings would train, all of it waiting. */
function plannedRuns(settings: SeesawSettings): readonly SeesawRunView[] {
  return settings.seeds.flatMap((seed) =>
    chosenArms(settings).map((arm): SeesawRunView => {
      const id = { arm: arm.id, seed };
      return { id, key: runKey(id), arm, status: 'waiting', steps: [], points: [], checkpoint: null, checkpointFailure: null, recoveries: [], adaptersStep: null, revision: 0 };
    }),
  );
}

/** Unfolded before the first run; folds when one begins, and then stays as it is put. */
function useFoldedOnStart(busy: boolean, begun: boolean): readonly [boolean, (open: boolean) => void] {
  const [open, setOpen] = useState(!begun);
  const was = useRef(busy);
  useEffect(() => {
    if (busy && !was.current) setOpen(false);
    was.current = busy;
  }, [busy]);
  return [open, setOpen];
}
