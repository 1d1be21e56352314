import { useState } from 'react';
import type { LeasExport, LeasSession, LeasState } from '../../state/leas/types.ts';
import { Button } from '../../ui/button.tsx';
import { download } from '../../ui/download.ts';
import { Icon } from '../../ui/icon.tsx';
import styles from './leas-page.module.css';

interface Props {
  readonly run: LeasState;
  readonly session: Pick<LeasSession, 'exportRecord' | 'exportCsv'>;
}

/** The run's own files; what a single chart draws is exported beside it. */
export function Exports({ run, session }: Props) {
  const [problem, setProblem] = useState('');
  const save = async (make: () => Promise<Blob> | Blob, name: string) => {
    try {
      setProblem('');
      download(await make(), name);
    } catch (error) {
      setProblem(error instanceof Error ? error.message : String(error));
    }
  };
  const csv = (kind: LeasExport) => void save(() => session.exportCsv(kind), `${kind}.csv`);
  return (
    <section className={styles.section} aria-labelledby="exports-title">
      <h2 className={styles.sectionTitle} id="exports-title">
        Files of this run
      </h2>
      <div className={styles.buttons}>
        <Button onClick={() => void save(() => session.exportRecord(), 'leas-record.json')}>
          <Icon name="export" size={18} />
          Export the run record
        </Button>
        <Button onClick={() => csv('lambda')}>Export lambda.csv</Button>
        <Button onClick={() => csv('counts')}>Export counts.csv</Button>
        {(run.analysis?.comparison ?? null) !== null && <Button onClick={() => csv('comparison')}>Export comparison.csv</Button>}
      </div>
      <p className={styles.note}>The record holds configuration, device, hashes, counts as they came, figures and some rollouts of every question, and opens again as a replay. lambda.csv: every effect with its standard error. counts.csv: k right answers of n, which opens here as counts.</p>
      {problem !== '' && (
        <p className={styles.problem} role="alert">
          {problem}
        </p>
      )}
    </section>
  );
}
