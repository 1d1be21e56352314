import { useState } from 'react';
import { useRun } from '../../state/run-store.ts';
import type { ExportKind } from '../../state/session.ts';
import { setView, useView } from '../../state/view-store.ts';
import { useAction } from '../../ui/actions.ts';
import { Button } from '../../ui/button.tsx';
import { download } from '../../ui/download.ts';
import { Icon, type IconName } from '../../ui/icon.tsx';
import { Menu } from '../../ui/menu.tsx';
import { useSession } from './session-context.ts';
import styles from './top-bar.module.css';

const FILES: readonly { readonly kind: ExportKind; readonly name: string; readonly label: string; readonly hint: string; readonly icon: IconName }[] = [
  { kind: 'record', name: 'run.json', label: 'Run record', hint: 'run.json: configuration, device, hashes and everything measured; opens again as a replay', icon: 'replay' },
  { kind: 'gram', name: 'gram.json', label: 'Span Gram', hint: 'gram.json: all inner products, from which every figure follows', icon: 'data' },
  { kind: 'angles', name: 'angles.csv', label: 'Angles', hint: 'angles.csv: every angle with its two trajectories', icon: 'table' },
  { kind: 'modules', name: 'angles-by-module.csv', label: 'Angles by module', hint: 'angles-by-module.csv: the same on every module by itself', icon: 'table' },
];

/** The run's own files. What a single chart draws is exported beside that chart. */
export function ExportMenu() {
  const session = useSession();
  const open = useView((view) => view.exportOpen);
  const action = useAction('export');
  const hasAnalysis = useRun((run) => run.analysis !== null);
  const [problem, setProblem] = useState('');
  const save = async (kind: ExportKind, name: string) => {
    try {
      setProblem('');
      download(await session.exportFile(kind), name);
    } catch (error) {
      setProblem(error instanceof Error ? error.message : String(error));
    }
  };
  return (
    <>
      <Menu
        open={open}
        onOpenChange={(next) => setView({ exportOpen: next })}
        trigger={
          <Button variant="quiet" aria-label="Export" disabled={!action.enabled}>
            <Icon name="export" size={18} />
            <span className={styles.word}>Export</span>
          </Button>
        }
        sections={[{ label: 'This run', items: FILES.map(({ kind, name, ...item }) => ({ ...item, id: kind, disabled: !hasAnalysis, onSelect: () => void save(kind, name) })) }]}
      />
      {problem !== '' && (
        <span className={styles.note} role="alert">
          {problem}
        </span>
      )}
    </>
  );
}
