import { useEffect, useMemo, useRef, useState } from 'react';
import { isLeasBusy } from '../../state/leas/run-store.ts';
import type { LeasSession, LeasSettings, LeasState } from '../../state/leas/types.ts';
import { useLeasUrl } from '../../state/leas/settings-url.ts';
import { useAction } from '../../ui/actions.ts';
import { Button } from '../../ui/button.tsx';
import { Icon } from '../../ui/icon.tsx';
import { HowComputed } from '../shared/how-computed.tsx';
import { RunControls } from '../shared/run-controls.tsx';
import { ComparisonTables } from './comparison-tables.tsx';
import { CountsPanel } from './counts-panel.tsx';
import { CountsTable } from './counts-table.tsx';
import { EffectsTables } from './effects-tables.tsx';
import { Exports } from './exports.tsx';
import { ForestFigure } from './forest-figure.tsx';
import { HistogramFigure } from './histogram-figure.tsx';
import { HOW_LEAS } from './how-leas.ts';
import { LeasFinding } from './leas-finding.tsx';
import { LeasNotices } from './leas-notices.tsx';
import styles from './leas-page.module.css';
import { MapFigure } from './map-figure.tsx';
import { questionRows } from './map-rows.ts';
import { setLeasPage, useLeasPage } from './page-store.ts';
import { ProgressPanel } from './progress-panel.tsx';
import { QuestionPanel } from './question-panel.tsx';
import { SetupPanel } from './setup-panel.tsx';
import { ViewBar } from './view-bar.tsx';
import { sourceLine } from './words.ts';

interface Props {
  readonly run: LeasState;
  readonly settings: LeasSettings;
  readonly onSettings: (change: Partial<LeasSettings>) => void;
  readonly session: LeasSession;
}

/** The measured sentence first, the map of effects second, what it is made of beside and below it. */
export function LeasLab({ run, settings, onSettings, session }: Props) {
  const { analysis, sets, config, opened, status } = run;
  const chosenSet = useLeasPage((page) => page.set);
  const chosenSeed = useLeasPage((page) => page.seed);
  const busy = isLeasBusy(status);
  const begun = config !== null || (opened !== null && opened.rows > 0);
  const index = Math.max(0, sets.findIndex(({ label }) => label === chosenSet));
  const set = analysis?.sets.at(index) ?? null;
  const seedRun = set === null ? null : (set.runs.find(({ seed }) => seed === chosenSeed) ?? set.runs.at(0) ?? null);
  const questions = sets.at(index)?.questions;
  const rows = useMemo(() => (questions === undefined ? [] : questionRows(seedRun?.rows ?? [], questions)), [questions, seedRun]);
  const caption = sourceLine(run, analysis);
  const [open, setOpen] = useFoldedOnStart(opened === null ? (busy ? 'busy' : '') : `counts ${opened.name}`, begun);
  useAutoStart(session);
  useEffect(() => void session.lookForBundled(), [session]);
  const view = { run, rows, caption, settings: analysis?.settings ?? settings.analysis };
  return (
    <div className={styles.page}>
      <div className={styles.head}>
        <h1 className={styles.title}>Does training both abilities together cost or help?</h1>
        <RunControls keeps="same seed" />
      </div>
      <LeasNotices run={run} settings={settings} />
      <LeasFinding run={run} set={set} several={sets.length > 1} />
      <div className={styles.panels}>
        <SetupPanel settings={settings} onSettings={onSettings} run={run} session={session} busy={busy} open={open} onOpen={setOpen} />
        <CountsPanel run={run} session={session} />
      </div>
      {busy && run.origin.kind === 'live' && <ProgressPanel run={run} seedRun={seedRun} set={sets.at(index)} session={session} />}
      {!begun ? (
        <Empty session={session} />
      ) : (
        <>
          <ViewBar run={run} set={set} index={index} seed={seedRun?.seed ?? null} settings={settings} session={session} />
          <div className={styles.lab}>
            <div className={styles.main}>
              <MapFigure {...view} />
            </div>
            <div className={styles.side}>
              {seedRun !== null && <HistogramFigure {...view} seedRun={seedRun} />}
              <QuestionPanel run={run} rows={rows} set={sets.at(index)?.label ?? ''} seed={seedRun?.seed ?? null} session={session} settings={view.settings} />
            </div>
          </div>
        </>
      )}
      {analysis !== null && set !== null && seedRun !== null && (
        <div className={[styles.full, styles.stack].join(' ')}>
          <ForestFigure analysis={analysis} seed={seedRun.seed} caption={caption} />
          <EffectsTables set={set} seedRun={seedRun} several={sets.length > 1} />
          {analysis.comparison !== null && <ComparisonTables comparison={analysis.comparison} set={set.label} />}
          <CountsTable rows={rows} />
          <Exports run={run} session={session} />
        </div>
      )}
      <HowComputed items={HOW_LEAS} />
    </div>
  );
}

function Empty({ session }: { readonly session: LeasSession }) {
  const start = useAction('run');
  const [problem, setProblem] = useState('');
  const play = async () => {
    const result = await session.playBundled();
    setProblem(result.kind === 'refused' ? `${result.message} ${result.remedy}` : '');
  };
  return (
    <div className={styles.empty}>
      <p>The map will stand here: a row a question, a column an effect, with the histogram of tool × reasoning beside it and the rollouts of the question that is chosen.</p>
      <div className={styles.buttons}>
        <Button variant="primary" size="large" aria-disabled={!start.enabled} onClick={() => start.enabled && start.perform()}>
          <Icon name="run" size={20} />
          {start.label}
        </Button>
        <Button size="large" onClick={() => void play()}>
          <Icon name="replay" size={18} />
          Play the recorded run
        </Button>
      </div>
      {!start.enabled && <p>{start.hint}.</p>}
      {problem !== '' && <p role="status">{problem}</p>}
    </div>
  );
}

/** Unfolded before the first run; folds when one begins or counts are opened, and then stays as it is put. @param what names what has begun; '' for nothing */
function useFoldedOnStart(what: string, begun: boolean): readonly [boolean, (open: boolean) => void] {
  const [open, setOpen] = useState(!begun);
  const was = useRef(what);
  useEffect(() => {
    if (what !== '' && what !== was.current) {
      setOpen(false);
      // What was looked at belongs to the run before.
      setLeasPage({ brush: null, question: null, sample: 0 });
    }
    was.current = what;
  }, [what]);
  return [open, setOpen];
}

/** `run=1` in the address starts the run once. */
function useAutoStart(session: LeasSession): void {
  const wanted = useLeasUrl((url) => url.autoStart);
  useEffect(() => {
    if (!wanted) return;
    useLeasUrl.setState({ autoStart: false });
    session.start();
  }, [wanted, session]);
}
