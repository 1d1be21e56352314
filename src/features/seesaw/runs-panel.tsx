import { MAX_SERIES, seriesClass, seriesDash, type SeriesSlot } from '../../charts/series.ts';
import { isTraining } from '../../state/seesaw/run-store.ts';
import type { SeesawRunView, SeesawState } from '../../state/seesaw/types.ts';
import type { Arm } from '../../training/arms.ts';
import { CheckField } from '../../ui/check-field.tsx';
import { formatBytes, formatCount, formatDuration, formatFixed } from '../../ui/format.ts';
import { ToggleField } from '../../ui/toggle-field.tsx';
import type { ArmRuns } from './arm-runs.ts';
import { frozenFor, type Trained, trainedOf } from './freeze.ts';
import { setSeesawPage } from './page-store.ts';
import styles from './runs-panel.module.css';
import { RUN_STATUS } from './words.ts';

interface Props {
  readonly run: SeesawState;
  readonly arms: readonly ArmRuns[];
  readonly steps: number;
  readonly hidden: readonly string[];
  readonly onFreeze: (adapters: readonly number[]) => void;
}

/** What the figures are made of: each arm with its seeds, filling as they train; a check puts an arm in the charts. */
export function RunsPanel({ run, arms, steps, hidden, onFreeze }: Props) {
  const shown = arms.filter(({ slot }) => slot !== null).length;
  const current = arms.flatMap(({ runs }) => runs).find(({ id }) => id.arm === run.current?.arm && id.seed === run.current.seed)?.arm ?? null;
  const toggle = (id: string, show: boolean) => setSeesawPage({ hidden: show ? hidden.filter((other) => other !== id) : [...hidden, id] });
  return (
    <section className={styles.panel} aria-label="Runs">
      <div className={styles.head}>
        <h2 className={styles.title}>Runs</h2>
        <p className={styles.note}>{run.progress === null ? '' : `${formatCount(run.progress.done)} of ${formatCount(run.progress.total)} steps`}</p>
      </div>
      <Progress run={run} />
      <ul className={styles.arms}>
        {arms.map(({ arm, slot, runs }) => (
          <li key={arm.id} className={[styles.arm, slot === null ? '' : seriesClass(slot)].join(' ')}>
            <div className={styles.name}>
              <CheckField label={arm.label} checked={slot !== null} disabled={slot === null && shown >= MAX_SERIES} onChange={(show) => toggle(arm.id, show)} />
              <Swatch slot={slot} />
            </div>
            <p className={styles.description}>{arm.description}</p>
            {runs.map((view) => (
              <RunLine key={view.key} view={view} steps={steps} />
            ))}
          </li>
        ))}
      </ul>
      {arms.length > MAX_SERIES && <p className={styles.note}>{`At most ${MAX_SERIES} arms stand in the charts at once.`}</p>}
      <Freeze arm={current} frozen={run.frozen} status={run.status} recorded={run.origin.kind === 'recorded'} onFreeze={onFreeze} />
    </section>
  );
}

/** The arm's line as it is drawn in the charts. */
function Swatch({ slot }: { readonly slot: SeriesSlot | null }) {
  if (slot === null) return <span className={styles.note}>not shown</span>;
  return (
    <svg className={styles.swatch} width={36} height={8} aria-hidden="true">
      <line x1={0} x2={36} y1={4} y2={4} strokeDasharray={seriesDash(slot)} />
    </svg>
  );
}

function RunLine({ view, steps }: { readonly view: SeesawRunView; readonly steps: number }) {
  const total = view.arm.trained ? steps : 0;
  const share = total === 0 ? (view.status === 'finished' ? 1 : 0) : view.steps.length / total;
  const last = view.points.at(-1);
  return (
    <div className={styles.run} data-status={view.status}>
      <span className={styles.seed}>{`seed ${view.id.seed}`}</span>
      <span className={styles.track}>
        <span className={styles.fill} style={{ transform: `scaleX(${Math.min(1, share)})` }} />
      </span>
      <span className={styles.count}>{total > 0 && (view.status === 'running' || view.status === 'stopped') ? `${view.steps.length} of ${total}` : RUN_STATUS[view.status]}</span>
      <span className={styles.value}>{last === undefined ? '–' : `EM ${formatFixed(100 * last.evaluation.exactMatch.value, 0)} %`}</span>
    </div>
  );
}

function Progress({ run }: { readonly run: SeesawState }) {
  if (!isTraining(run.status)) return null;
  const { progress, fraction, status } = run;
  const share = status === 'loading' || progress === null ? fraction : progress.total === 0 ? null : progress.done / progress.total;
  const parts = [
    status === 'paused' ? 'Paused' : null,
    progress === null || progress.tokensPerSecond === 0 ? null : `${formatCount(progress.tokensPerSecond)} tokens/s`,
    progress === null || progress.gpuBytes === 0 ? null : `${formatBytes(progress.gpuBytes)} on the GPU`,
    progress?.secondsLeft === null || progress?.secondsLeft === undefined || status === 'paused' ? null : `${formatDuration(progress.secondsLeft)} left`,
  ].filter((part) => part !== null);
  return (
    <div className={styles.progress}>
      <div className={styles.whole} role="progressbar" aria-label="Progress of all runs" aria-valuemin={0} aria-valuemax={100} {...(share === null ? {} : { 'aria-valuenow': Math.floor(100 * share) })}>
        <span className={styles.fill} style={{ transform: `scaleX(${share ?? 0})` }} />
      </div>
      <p className={styles.note}>{parts.join(' · ')}</p>
    </div>
  );
}

interface FreezeProps {
  readonly arm: Arm | null;
  readonly frozen: readonly number[];
  readonly status: SeesawState['status'];
  readonly recorded: boolean;
  readonly onFreeze: Props['onFreeze'];
}

/** Which adapters the next steps may move. */
function Freeze({ arm, frozen, status, recorded, onFreeze }: FreezeProps) {
  const possible = arm !== null && arm.trained && arm.adapters > 1 && isTraining(status) && !recorded;
  return (
    <div className={styles.freeze}>
      <ToggleField<Trained>
        label="From the next step on, update"
        value={arm === null ? 'both' : trainedOf(arm, frozen)}
        options={[
          { value: 'both', label: 'Both adapters', disabled: !possible },
          { value: 'reasoning', label: 'Reasoning only', disabled: !possible },
          { value: 'tool', label: 'Tool only', disabled: !possible },
        ]}
        onChange={(trained) => arm !== null && onFreeze(frozenFor(arm, trained))}
      />
      {!possible && <p className={styles.note}>{isTraining(status) && arm !== null && !recorded ? `${arm.label} has one adapter for both.` : 'While an arm with two adapters is trained, either can be held still.'}</p>}
    </div>
  );
}
