import { useState } from 'react';
import { useDevice } from '../../state/device-store.ts';
import { useSources } from '../../state/sources-store.ts';
import { baseName, isWarmingUp, useTagTokens } from '../../state/tag-tokens/tags-store.ts';
import { Button } from '../../ui/button.tsx';
import { DataTable } from '../../ui/data-table.tsx';
import { download } from '../../ui/download.ts';
import { Icon } from '../../ui/icon.tsx';
import { LiveRegion } from '../../ui/live-region.tsx';
import { Notice } from '../../ui/notice.tsx';
import { ProgressBar } from '../../ui/progress-bar.tsx';
import { SelectField } from '../../ui/select-field.tsx';
import { useSession } from '../app/session-context.ts';
import { DemonstrationsNote } from './demonstrations-note.tsx';
import styles from './models.module.css';
import { LOSS_COLUMNS, lossRows, warmUpFinding, warmUpProgress } from './tag-words.ts';

const STEPS = [10, 20, 50, 100, 200].map((value) => ({ value: String(value), label: `${value} steps` }));
const RATES = [3e-4, 1e-3, 3e-3, 1e-2].map((value) => ({ value: String(value), label: String(value) }));
const COLUMNS = LOSS_COLUMNS.map((label, index) => ({ id: label, label, ...(index === 0 ? { wide: true } : { align: 'right' as const }) }));

/** A short supervised warm-up of the rows: its settings, its progress, its losses before and after. */
export function TagWarmUp() {
  const session = useSession().tagTokens;
  const state = useTagTokens();
  const name = useSources((sources) => baseName(sources.backbone));
  const noDevice = useDevice((device) => device.probe === 'done' && device.device === null);
  const [asked, setAsked] = useState(false);
  const busy = isWarmingUp(state.status);
  const ready = !busy && !noDevice;
  const { trained, config } = state;
  const mine = trained?.baseName === name ? trained : null;
  const told = config?.backbone === name || busy;
  const start = () => {
    setAsked(true);
    session.start();
  };
  return (
    <section className={styles.stack} aria-label="Warm-up of the tags">
      <div className={styles.fields}>
        <SelectField label="Warm-up" value={String(state.steps)} options={STEPS} disabled={busy} onChange={(value) => session.set({ steps: Number(value) })} />
        <SelectField label="Learning rate" value={String(state.rate)} options={RATES} disabled={busy} onChange={(value) => session.set({ rate: Number(value) })} />
        {/* Not `disabled`: the button would lose the focus when a warm-up begins. */}
        <Button variant="primary" aria-disabled={!ready} onClick={() => ready && start()}>
          <Icon name="run" size={18} />
          {state.measured.trained && told ? 'Warm up again' : 'Warm up'}
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
        {!busy && mine && (
          <Button onClick={() => download(mine.blob, 'tag_tokens.safetensors')}>
            <Icon name="export" size={18} />
            Save the rows
          </Button>
        )}
      </div>
      <DemonstrationsNote />
      {noDevice && <Notice tone="warn" title="A warm-up needs a graphics device, and this browser gives none." />}
      {busy && <Progress />}
      <LiveRegion text={asked && told ? warmUpFinding(state) : ''} />
      {told && state.status !== 'idle' && <Outcome />}
    </section>
  );
}

function Outcome() {
  const state = useTagTokens();
  const rows = lossRows(state.measured);
  if (state.status === 'failed') {
    return (
      <Notice tone="bad" title={warmUpFinding(state)}>
        <p>{state.failure?.remedy}</p>
      </Notice>
    );
  }
  return (
    <>
      {rows.length === 0 ? <p>{warmUpFinding(state)}</p> : <DataTable caption={warmUpFinding(state)} columns={COLUMNS} rows={rows} />}
      {state.notes.map((note) => (
        <p key={note} className={styles.note}>
          {note}
        </p>
      ))}
    </>
  );
}

function Progress() {
  const state = useTagTokens();
  return <ProgressBar label="Progress of the warm-up" share={state.fraction} parts={warmUpProgress(state)} />;
}
