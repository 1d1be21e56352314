import { useState } from 'react';
import { seriesClass } from '../../charts/series.ts';
import type { RunId } from '../../lab/seesaw-events.ts';
import type { SeesawSession } from '../../state/seesaw/types.ts';
import { runKey } from '../../state/seesaw/types.ts';
import { Button } from '../../ui/button.tsx';
import { DataTable } from '../../ui/data-table.tsx';
import { download } from '../../ui/download.ts';
import { Icon } from '../../ui/icon.tsx';
import type { ArmRuns } from './arm-runs.ts';
import { armDifferences } from './config-difference.ts';
import { LAST_STEPS, runRow } from './run-rows.ts';
import styles from './runs-table.module.css';
import { RUN_STATUS } from './words.ts';

interface Props {
  readonly arms: readonly ArmRuns[];
  readonly steps: number;
  readonly session: Pick<SeesawSession, 'exportAdapters' | 'toRolloutPage' | 'exportCsv'>;
}

const COLUMNS = [
  { id: 'arm', label: 'Arm' },
  { id: 'seed', label: 'Seed', align: 'right' },
  { id: 'steps', label: 'Steps', align: 'right' },
  { id: 'em', label: 'Exact match', align: 'right' },
  { id: 'reasoning', label: 'Reasoning skill', align: 'right' },
  { id: 'tool', label: 'Tool skill', align: 'right' },
  { id: 'angle', label: 'R–T angle', align: 'right' },
  { id: 'leakage', label: 'Leakage, loss → adapter', wide: true },
  { id: 'time', label: 's/step', align: 'right' },
  { id: 'status', label: 'Status' },
  { id: 'differs', label: 'Differs in', wide: true },
  { id: 'actions', label: 'Adapters' },
] as const;

/** Every run with its end beside its start, what its configuration has that others have not, and what can be done with it. */
export function RunsTable({ arms, steps, session }: Props) {
  const [problem, setProblem] = useState('');
  const differences = armDifferences(arms.map(({ arm }) => arm));
  const attempt = async (work: () => Promise<string | null>) => {
    try {
      setProblem((await work()) ?? '');
    } catch (error) {
      setProblem(error instanceof Error ? error.message : String(error));
    }
  };
  const save = (id: RunId) => attempt(async () => {
    download(await session.exportAdapters(id), `${runKey(id)}-adapters.zip`);
    return null;
  });
  const use = (id: RunId) => attempt(() => {
    const result = session.toRolloutPage(id);
    return Promise.resolve(result.kind === 'refused' ? `${result.message} ${result.remedy}` : null);
  });
  const rows = arms.flatMap(({ arm, slot, runs }) =>
    runs.map((view) => {
      const row = runRow(view, steps);
      const name = `${arm.label}, seed ${view.id.seed}`;
      const none = view.adaptersStep === null;
      return [
        <span key="arm" className={[styles.arm, slot === null ? '' : seriesClass(slot)].join(' ')}>
          {arm.label}
        </span>,
        String(view.id.seed),
        row.steps,
        row.exactMatch,
        row.reasoning,
        row.tool,
        row.angle,
        row.leakage,
        row.perStep,
        RUN_STATUS[view.status],
        differences.get(arm.id) === '' || differences.size < 2 ? '–' : differences.get(arm.id),
        <span key="actions" className={styles.actions}>
          <Button size="small" aria-label={`Use the adapters of ${name} on the rollout page`} aria-disabled={none} onClick={() => !none && void use(view.id)}>
            Use in rollouts
          </Button>
          <Button size="small" aria-label={`Export the adapters of ${name}`} aria-disabled={none} onClick={() => !none && void save(view.id)}>
            Export
          </Button>
        </span>,
      ];
    }),
  );
  return (
    <section className={styles.section} aria-labelledby="runs-title">
      <div className={styles.head}>
        <h2 className={styles.title} id="runs-title">
          All runs
        </h2>
        <div className={styles.buttons}>
          <Button size="small" variant="quiet" onClick={() => download(session.exportCsv('steps'), 'seesaw-steps.csv')}>
            <Icon name="export" size={16} />
            Export steps
          </Button>
          <Button size="small" variant="quiet" onClick={() => download(session.exportCsv('evaluations'), 'seesaw-evaluations.csv')}>
            <Icon name="export" size={16} />
            Export evaluations
          </Button>
        </div>
      </div>
      <DataTable caption={`Start → end, ± one standard error clustered by question. Angle and leakage: means of the last ${LAST_STEPS} steps.`} columns={COLUMNS} rows={rows} />
      {problem !== '' && (
        <p className={styles.problem} role="alert">
          {problem}
        </p>
      )}
    </section>
  );
}
