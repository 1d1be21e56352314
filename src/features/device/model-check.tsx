import { useState } from 'react';
import { isChecking, useModelCheck } from '../../state/model-check/check-store.ts';
import { useDevice } from '../../state/device-store.ts';
import { useSources } from '../../state/sources-store.ts';
import { Button } from '../../ui/button.tsx';
import { DataTable } from '../../ui/data-table.tsx';
import { download } from '../../ui/download.ts';
import { Icon } from '../../ui/icon.tsx';
import { LiveRegion } from '../../ui/live-region.tsx';
import { Notice } from '../../ui/notice.tsx';
import { ProgressBar } from '../../ui/progress-bar.tsx';
import { SelectField } from '../../ui/select-field.tsx';
import { useSession } from '../app/session-context.ts';
import { CheckOutcome } from './check-outcome.tsx';
import styles from './model-check.module.css';
import { checkFinding, checkProgress, checkText, CHECK_PHASE, CHECK_VERDICT, DIFFERENCE_COLUMNS, differenceRow, PHASE_COLUMNS, phaseRow } from './model-check-words.ts';

const TOKENS = [32, 128, 512].map((value) => ({ value: String(value), label: `${value} tokens` }));
const NUMBERS: ReadonlySet<string> = new Set(['time (s)', 'tokens/s', 'GFLOP/s', 'on the GPU', 'at most', 'gradient', 'difference', 'apart']);
const WIDE: ReadonlySet<string> = new Set(['result', 'entry', 'steps']);

const columns = (labels: readonly string[]) => labels.map((label) => ({ id: label, label, wide: WIDE.has(label), ...(NUMBERS.has(label) ? { align: 'right' as const } : {}) }));

/** Proves the chosen backbone on this device: its memory, its numbers beside onnxruntime's, its gradients beside differences. */
export function ModelCheck() {
  const session = useSession().modelCheck;
  const state = useModelCheck();
  const chosen = useSources((sources) => sources.backbone.name);
  const noDevice = useDevice((device) => device.probe === 'done' && device.device === null);
  const [tokens, setTokens] = useState('32');
  const busy = isChecking(state.status);
  const ready = !busy && !noDevice;
  return (
    <section className={styles.section} aria-labelledby="model-check-title">
      <h2 id="model-check-title">Check the chosen backbone</h2>
      <p className={styles.finding}>{checkFinding(state, chosen)}</p>
      <div className={styles.controls}>
        <SelectField label="Length" value={tokens} options={TOKENS} onChange={setTokens} disabled={busy} />
        {/* Not `disabled`: the button would lose the focus when a check begins. */}
        <Button variant="primary" aria-disabled={!ready} onClick={() => ready && session.start(Number(tokens))}>
          <Icon name="ruler" size={18} />
          {state.status === 'idle' ? 'Check it' : 'Check again'}
        </Button>
        {busy && (
          <>
            <Button onClick={() => (state.status === 'paused' ? session.resume() : session.pause())}>
              <Icon name={state.status === 'paused' ? 'run' : 'pause'} size={18} />
              {state.status === 'paused' ? 'Go on' : 'Pause'}
            </Button>
            <Button onClick={() => session.cancel()}>
              <Icon name="cancel" size={18} />
              Cancel
            </Button>
          </>
        )}
        {!busy && state.measures.length > 0 && (
          <>
            <Button onClick={() => download(session.record(), 'model-check.json')}>
              <Icon name="export" size={18} />
              Export as JSON
            </Button>
            <Button variant="quiet" onClick={() => download(new Blob([`${checkText(state, chosen)}\n`], { type: 'text/plain' }), 'model-check.txt')}>
              Export as text
            </Button>
          </>
        )}
      </div>
      {busy && <Progress />}
      <LiveRegion text={busy ? `Checking: ${state.phase === null ? 'starting' : CHECK_PHASE[state.phase]}` : state.status === 'idle' ? '' : checkFinding(state, chosen)} />
      {state.failure && (
        <Notice tone="bad" title={state.failure.message}>
          <p>{state.failure.remedy}</p>
        </Notice>
      )}
      <Results />
      <p className={styles.note}>
        Both roles’ spans of one sequence of random tokens, two random adapters of rank 8. The memory is what the engine holds for a training step, counted beforehand from the weights’ shapes. Differences are taken of the engine’s own loss at three of the
        adapters’ entries with large gradients; they must agree within 2 %, as steps of f32 allow. On a software adapter a model of half a billion parameters takes some minutes.
      </p>
    </section>
  );
}

function Progress() {
  const state = useModelCheck();
  return <ProgressBar label="Progress of the check" share={state.fraction} parts={checkProgress(state)} />;
}

function Results() {
  const { measures, verdicts, differences, longestSubmitMs } = useModelCheck();
  if (measures.length === 0) return null;
  return (
    <>
      {verdicts.length > 0 && (
        <dl className={styles.verdicts}>
          {verdicts.map(({ kind, outcome, finding }) => (
            <div key={kind}>
              <dt>
                {CHECK_VERDICT[kind]} <CheckOutcome outcome={outcome} />
              </dt>
              <dd>{finding}</dd>
            </div>
          ))}
        </dl>
      )}
      <DataTable caption="What each phase took" columns={columns(PHASE_COLUMNS)} rows={measures.map(phaseRow)} />
      {differences.length > 0 && <DataTable caption="Gradients and central differences" columns={columns(DIFFERENCE_COLUMNS)} rows={differences.map(differenceRow)} />}
      {longestSubmitMs !== null && <p className={styles.note}>{`The longest submit took ${Math.round(longestSubmitMs)} ms; drivers reset a device after about 2 s.`}</p>}
    </>
  );
}
