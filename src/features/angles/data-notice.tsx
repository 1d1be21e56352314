import { useRun } from '../../state/run-store.ts';
import { DataTable } from '../../ui/data-table.tsx';
import { plural } from '../../ui/format.ts';
import { Notice } from '../../ui/notice.tsx';

const SHOWN = 200;

/** What was left out of the file, line by line, and what was kept but differs from what one might expect. */
export function DataNotice() {
  const inventory = useRun((run) => run.inventory);
  const problems = inventory?.problems ?? [];
  const notes = inventory?.notes ?? [];
  if (problems.length === 0) return notes.length === 0 ? null : <Notice icon="data">{notes.map((note) => <p key={note}>{note}</p>)}</Notice>;
  return (
    <Notice tone="warn">
      <details>
        <summary>{[`${plural(problems.length, 'line')} left out; the others are used.`, ...notes].join(' ')}</summary>
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
  );
}
