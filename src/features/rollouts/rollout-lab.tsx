import { useCallback, useEffect, useMemo, useRef, useState } from 'react';
import type { AdapterChoice } from '../../lab/rollout-events.ts';
import { isWriting } from '../../state/rollouts/run-store.ts';
import type { RolloutSession, RolloutSettings, RolloutState } from '../../state/rollouts/types.ts';
import { useAction } from '../../ui/actions.ts';
import { Button } from '../../ui/button.tsx';
import { Icon } from '../../ui/icon.tsx';
import { ToggleField } from '../../ui/toggle-field.tsx';
import { AskForm } from './ask-form.tsx';
import { BatchForm } from './batch-form.tsx';
import { questionsLabel } from './choices.ts';
import { DifferenceLine } from './difference-line.tsx';
import { Documents } from './documents.tsx';
import { EmptyLanes } from './empty-lanes.tsx';
import { HowComputed } from '../shared/how-computed.tsx';
import { RunControls } from '../shared/run-controls.tsx';
import { HOW_ROLLOUTS } from './how-rollouts.ts';
import { LanesKey } from './lanes-key.tsx';
import { setRolloutPage, useRolloutPage } from './page-store.ts';
import { RunProgress } from './run-progress.tsx';
import type { ResultFilter, Sorting } from './result-rows.ts';
import { ResultsTable } from './results-table.tsx';
import { RolloutFinding } from './rollout-finding.tsx';
import { RolloutNotices } from './rollout-notices.tsx';
import { RolloutReader } from './rollout-reader.tsx';
import styles from './rollouts-page.module.css';
import { RunFigures } from './run-figures.tsx';
import { SampleTabs } from './sample-tabs.tsx';
import { SettingsPanel } from './settings-panel.tsx';
import { shownRollouts } from './shown-rollouts.ts';

interface Props {
  readonly run: RolloutState;
  readonly settings: RolloutSettings;
  readonly onSettings: (change: Partial<RolloutSettings>) => void;
  readonly session: RolloutSession;
}

/** The agent's laboratory: the measured sentence first, the score second, the controls third. */
export function RolloutLab({ run, settings, onSettings, session }: Props) {
  const page = useRolloutPage();
  const [open, setOpen] = useState(false);
  const ask = useAction('run');
  const { revision, config, kind } = run;
  // eslint-disable-next-line react-hooks/exhaustive-deps -- views grow in place, which `revision` tells
  const { views, differsAt } = useMemo(() => shownRollouts(session.views(), page.shown, { kind, config }), [session, revision, page.shown, kind, config]);
  const loadSet = useCallback(() => session.questions(settings.questions), [session, settings.questions]);
  const busy = isWriting(run.status);
  const labels = useMemo(() => config?.writers.map((writer) => writer.label) ?? [], [config]);
  const many = run.kind === 'batch' || (run.kind === 'asked' && (config?.samples ?? 1) > 1);
  // eslint-disable-next-line react-hooks/exhaustive-deps -- as above
  const samples = useMemo(() => (kind === 'asked' ? session.views().filter((view) => view.writer === (views.at(0)?.writer ?? 0)) : []).toSorted((a, b) => a.sample - b.sample), [session, revision, kind, views]);
  const openSettings = useCallback(() => {
    setOpen(true);
    document.getElementById(SETTINGS)?.scrollIntoView({ block: 'nearest' });
  }, []);
  const retry = useCallback(() => session.reset(), [session]);
  const chooseProvider = useCallback((provider: RolloutSettings['provider']) => onSettings({ provider }), [onSettings]);
  const results = (
    <ResultsTable
      rollouts={run.finished}
      writers={labels}
      shown={views.at(0)?.id ?? null}
      onShow={showRollout}
      sorting={page.sorting}
      onSorting={sortResults}
      filter={page.filter}
      onFilter={filterResults}
    />
  );
  // On a phone the score is below the fold: a run that begins brings it up.
  const score = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (busy && window.innerWidth < 640) score.current?.scrollIntoView({ block: 'start' });
  }, [busy]);
  return (
    <div className={styles.page}>
      <div className={styles.head}>
        <h1 className={styles.title}>What does the agent do, token by token?</h1>
        <RunControls step pausable={busy} />
      </div>
      <RolloutNotices run={run} onRetry={retry} onSettings={openSettings} />
      <RolloutFinding run={run} />
      <div className={styles.controls}>
        <div className={styles.forms}>
          <ToggleField
            label="Rollouts of"
            value={page.mode}
            options={[
              { value: 'ask', label: 'One question' },
              { value: 'batch', label: 'A question set' },
            ]}
            onChange={(mode) => setRolloutPage({ mode })}
          />
          {page.mode === 'ask' ? (
            <AskForm question={page.question} golden={page.golden} onChange={setRolloutPage} onAsk={ask.perform} busy={busy} setName={questionsLabel(settings.questions)} loadQuestions={loadSet} />
          ) : (
            <BatchForm settings={settings} onSettings={onSettings} onStart={ask.perform} busy={busy} />
          )}
        </div>
        <div id={SETTINGS}>
          <SettingsPanel settings={settings} onSettings={onSettings} phase={run.phase} fraction={run.fraction} session={session} mode={page.mode} open={open} onOpen={setOpen} />
        </div>
      </div>
      <RunProgress run={run} />
      {many && run.kind === 'batch' && results}
      <div className={views.length === 2 ? styles.wide : styles.lab}>
        <div className={styles.score} ref={score}>
          {views.length === 0 ? <EmptyLanes waiting={busy} onPick={(question, golden) => setRolloutPage({ mode: 'ask', question, golden })} /> : <LanesKey />}
          {run.kind === 'asked' && samples.length > 1 && <SampleTabs views={samples} shown={views.at(0)?.id ?? null} onShow={showRollout} />}
          {views.length === 2 && <DifferenceLine first={views[0]} second={views[1]} differsAt={differsAt} />}
          <div className={views.length === 2 ? styles.pair : undefined}>
            {views.map((view) => (
              <div key={view.id} className={styles.one}>
                <RolloutReader view={view} revision={view.revision} writing={busy && run.status !== 'paused' && view.finished === null} writer={views.length === 2 ? (labels.at(view.writer) ?? null) : null} differsAt={differsAt} adapters={config?.writers.at(view.writer)?.adapters ?? NO_ADAPTERS} />
                {views.length === 2 && <Documents searches={view.searches} answers={view.question.goldenAnswers} over={view.finished !== null} onRetry={busy ? null : retry} onRetrieverSettings={openSettings} />}
              </div>
            ))}
          </div>
        </div>
        <aside className={styles.side} aria-label="Documents and run">
          {views.length < 2 && <Documents searches={views.at(0)?.searches ?? null} answers={views.at(0)?.question.goldenAnswers ?? NO_ANSWERS} over={views.at(0)?.finished !== null} onRetry={busy ? null : retry} onRetrieverSettings={openSettings} />}
          <RunFigures run={run} provider={settings.provider} onProvider={chooseProvider} />
          <Onward run={run} session={session} />
        </aside>
      </div>
      {many && run.kind === 'asked' && results}
      <div className={styles.full}>
        <HowComputed items={HOW_ROLLOUTS} />
      </div>
    </div>
  );
}

const NO_ADAPTERS: AdapterChoice = { kind: 'none' };
const NO_ANSWERS: readonly string[] = [];

function showRollout(shown: string): void {
  setRolloutPage({ shown });
}

function sortResults(sorting: Sorting): void {
  setRolloutPage({ sorting });
}

function filterResults(filter: ResultFilter): void {
  setRolloutPage({ filter });
}

const SETTINGS = 'rollout-settings';

/** What can be done with finished rollouts. */
function Onward({ run, session }: { readonly run: RolloutState; readonly session: RolloutSession }) {
  const exporting = useAction('export');
  const [problem, setProblem] = useState('');
  const none = run.finished.length === 0;
  const send = () => {
    const result = session.toAnglePage();
    setProblem(result.kind === 'refused' ? `${result.message} ${result.remedy}` : '');
  };
  return (
    <section className={styles.onward} aria-label="Finished rollouts">
      <h2 className={styles.onwardTitle}>Finished rollouts</h2>
      <div className={styles.buttons}>
        <Button aria-disabled={none} onClick={() => !none && send()}>
          <Icon name="angles" size={18} />
          Send to the angle page
        </Button>
        <Button aria-disabled={!exporting.enabled} onClick={() => exporting.enabled && exporting.perform()}>
          <Icon name="export" size={18} />
          Export JSON Lines
        </Button>
      </div>
      {problem !== '' && (
        <p className={styles.problem} role="alert">
          {problem}
        </p>
      )}
      {none && <p className={styles.note}>Both need a rollout that is finished. The angle page takes the gradients of its reasoning and tool tokens.</p>}
    </section>
  );
}
