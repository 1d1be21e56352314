import { useMemo } from 'react';
import { isWriting } from '../../state/rollouts/run-store.ts';
import { useRolloutUrl } from '../../state/rollouts/settings-url.ts';
import type { RolloutState } from '../../state/rollouts/types.ts';
import { setView } from '../../state/view-store.ts';
import { Button } from '../../ui/button.tsx';
import { DataTable } from '../../ui/data-table.tsx';
import { formatCount, plural } from '../../ui/format.ts';
import { Notice } from '../../ui/notice.tsx';
import { OpenResultNotice } from '../app/open-result-notice.tsx';
import { AddressNotice } from '../shared/address-notice.tsx';
import styles from './rollout-notices.module.css';

interface Props {
  readonly run: RolloutState;
  readonly onRetry: () => void;
  readonly onSettings: () => void;
}

const SHOWN = 200;

/** What a reader has to know before the figures: a failure and its way out, lines left out, what was worked around. */
export function RolloutNotices({ run, onRetry, onSettings }: Props) {
  const problems = run.ready?.problems ?? [];
  const notes = run.ready?.notes ?? [];
  const failed = useMemo(() => run.finished.filter((rollout) => rollout.finish === 'retriever-failed'), [run.finished]);
  return (
    <div className={styles.notices}>
      <AddressNotice url={useRolloutUrl} />
      <OpenResultNotice />
      {run.status === 'failed' && run.failure && (
        <Notice
          tone="bad"
          title={run.failure.message}
          actions={
            <>
              <Button size="small" onClick={onRetry}>
                Try again
              </Button>
              <Button size="small" onClick={onSettings}>
                Settings
              </Button>
              <Button size="small" onClick={() => setView({ detailsOpen: true })}>
                Details
              </Button>
            </>
          }
        >
          <p>{run.failure.remedy}</p>
        </Notice>
      )}
      {failed.length > 0 && (
        <Notice
          tone="bad"
          title={`The search failed in ${formatCount(failed.length)} of ${plural(run.finished.length, 'finished rollout')}.`}
          actions={
            <>
              <Button size="small" aria-disabled={isWriting(run.status)} onClick={() => !isWriting(run.status) && onRetry()}>
                Try again
              </Button>
              <Button size="small" onClick={onSettings}>
                Choose another corpus
              </Button>
            </>
          }
        >
          <p>{failed[0].searches.at(-1)?.failure ?? 'The retriever gave no reason.'}</p>
        </Notice>
      )}
      {run.status === 'cancelled' && (
        <Notice
          title="The run was cancelled."
          actions={
            <Button size="small" onClick={onRetry}>
              Run again
            </Button>
          }
        >
          <p>{run.finished.length === 0 ? 'No rollout was finished by then.' : `${plural(run.finished.length, 'rollout')} finished by then; the figures are of these.`}</p>
        </Notice>
      )}
      {problems.length > 0 && (
        <Notice tone="warn">
          <details>
            <summary>{`${plural(problems.length, 'line')} left out; the others are used.`}</summary>
            <DataTable
              caption={problems.length > SHOWN ? `The first ${SHOWN} lines left out` : 'Lines left out'}
              columns={[
                { id: 'line', label: 'line' },
                { id: 'reason', label: 'reason', wide: true },
              ]}
              rows={problems.slice(0, SHOWN).map((problem) => [problem.line === 0 ? '–' : String(problem.line), problem.reason])}
              maxHeight={160}
            />
          </details>
        </Notice>
      )}
      {notes.length > 0 && (
        <Notice
          actions={
            <Button size="small" onClick={onSettings}>
              Settings
            </Button>
          }
        >
          {notes.map((note) => (
            <p key={note}>{note}</p>
          ))}
        </Notice>
      )}
    </div>
  );
}
