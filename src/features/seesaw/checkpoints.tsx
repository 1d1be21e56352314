import { useCallback, useEffect, useState } from 'react';
import type { SeesawSession, StoredCheckpoint } from '../../state/seesaw/types.ts';
import { Button } from '../../ui/button.tsx';
import { DataTable } from '../../ui/data-table.tsx';
import { formatBytes, formatDate } from '../../ui/format.ts';
import styles from './runs-table.module.css';

interface Props {
  readonly session: Pick<SeesawSession, 'checkpoints' | 'resumeCheckpoint' | 'deleteCheckpoint'>;
  readonly busy: boolean;
  /** Looked up again when this changes. */
  readonly kept: string;
}

/** Runs that this browser keeps and that can go on from where they stood; nothing where it keeps none. */
export function Checkpoints({ session, busy, kept }: Props) {
  const [stored, setStored] = useState<readonly StoredCheckpoint[]>([]);
  const [problem, setProblem] = useState('');
  const look = useCallback(() => session.checkpoints().then(setStored, () => setStored([])), [session]);
  useEffect(() => {
    void look();
  }, [look, kept]);
  const resume = async (id: string) => {
    const result = await session.resumeCheckpoint(id);
    setProblem(result.kind === 'refused' ? `${result.message} ${result.remedy}` : '');
  };
  const remove = async (id: string) => {
    await session.deleteCheckpoint(id);
    await look();
  };
  if (stored.length === 0) return null;
  return (
    <section className={styles.section} aria-labelledby="checkpoints-title">
      <h2 className={styles.title} id="checkpoints-title">
        Checkpoints in this browser
      </h2>
      <DataTable
        caption="Kept on this machine; a run goes on from its checkpoint to the same numbers."
        columns={[
          { id: 'arm', label: 'Arm' },
          { id: 'seed', label: 'Seed', align: 'right' },
          { id: 'step', label: 'Steps', align: 'right' },
          { id: 'bytes', label: 'Size', align: 'right' },
          { id: 'saved', label: 'Saved' },
          { id: 'actions', label: 'What to do' },
        ]}
        rows={stored.map((one) => [
          one.armLabel,
          String(one.run.seed),
          `${one.step} of ${one.steps}`,
          formatBytes(one.bytes),
          formatDate(one.saved),
          <span key="actions" className={styles.actions}>
            <Button size="small" aria-label={`Train ${one.armLabel}, seed ${one.run.seed}, on from step ${one.step}`} aria-disabled={busy} onClick={() => !busy && void resume(one.id)}>
              Train on
            </Button>
            <Button size="small" variant="quiet" aria-label={`Delete the checkpoint of ${one.armLabel}, seed ${one.run.seed}`} onClick={() => void remove(one.id)}>
              Delete
            </Button>
          </span>,
        ])}
      />
      {problem !== '' && (
        <p className={styles.problem} role="alert">
          {problem}
        </p>
      )}
    </section>
  );
}
