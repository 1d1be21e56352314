import { setExperiment, useExperiment } from '../../state/experiment-store.ts';
import type { Page } from '../../state/route.ts';
import { setLeasSettings, useLeasSettings } from '../../state/leas/settings-store.ts';
import { setRolloutSettings, useRolloutSettings } from '../../state/rollouts/settings-store.ts';
import { setView, type ThemeChoice, useView } from '../../state/view-store.ts';
import { useAction } from '../../ui/actions.ts';
import { Button } from '../../ui/button.tsx';
import { Icon } from '../../ui/icon.tsx';
import { Menu } from '../../ui/menu.tsx';
import { BackboneChip } from './backbone-chip.tsx';
import { DataChip } from './data-chip.tsx';
import { ExportMenu } from './export-menu.tsx';
import { LeasSetsChip } from './leas-sets-chip.tsx';
import { QuestionsChip } from './questions-chip.tsx';
import { SeesawSeed } from './seesaw-seed.tsx';
import { SeedField } from './seed-field.tsx';
import { TrainSetsChip } from './train-sets-chip.tsx';
import { useShareNote } from './share.ts';
import styles from './top-bar.module.css';

const THEMES: readonly { readonly id: ThemeChoice; readonly label: string }[] = [
  { id: 'system', label: 'As the system' },
  { id: 'light', label: 'Light' },
  { id: 'dark', label: 'Dark' },
];

export function TopBar({ page }: { readonly page: Page }) {
  const theme = useView((view) => view.theme);
  const share = useAction('share');
  const note = useShareNote((state) => state.note);
  return (
    <header className={styles.bar}>
      <BackboneChip page={page} />
      {page === 'rollouts' ? <QuestionsChip /> : page === 'seesaw' ? <TrainSetsChip /> : page === 'leas' ? <LeasSetsChip /> : <DataChip />}
      {page === 'rollouts' ? <RolloutSeed /> : page === 'seesaw' ? <SeesawSeed /> : page === 'leas' ? <LeasSeed /> : <ExperimentSeed />}
      <span className={styles.space} />
      <span className={styles.note} role="status">
        {note}
      </span>
      <Button variant="quiet" onClick={share.perform} aria-label="Share: copy a link to this configuration">
        <Icon name="share" size={18} />
        <span className={styles.word}>Share</span>
      </Button>
      {page === 'rollouts' || page === 'seesaw' || page === 'leas' ? <ExportButton /> : <ExportMenu />}
      <Menu
        trigger={
          <Button variant="quiet" square aria-label="Theme">
            <Icon name={theme} size={18} />
          </Button>
        }
        sections={[{ label: 'Theme', items: THEMES.map(({ id, label }) => ({ id, label, icon: id, checked: id === theme, onSelect: () => setView({ theme: id }) })) }]}
      />
    </header>
  );
}

function ExportButton() {
  const action = useAction('export');
  return (
    <Button variant="quiet" aria-label={action.label} disabled={!action.enabled} onClick={action.perform}>
      <Icon name="export" size={18} />
      <span className={styles.word}>Export</span>
    </Button>
  );
}

/** The seed of the draws (null, bootstrap); New seed stands with the run's buttons. */
function ExperimentSeed() {
  const seed = useExperiment((experiment) => experiment.seed);
  return <SeedField seed={seed} onSeed={(next) => setExperiment({ seed: next })} />;
}

/** The seed of LEAS's rollouts; that of training stands where it is set up. */
function LeasSeed() {
  const seed = useLeasSettings((settings) => settings.seed);
  return <SeedField seed={seed} onSeed={(next) => setLeasSettings({ seed: next })} />;
}

/** The seed of the tokens that are drawn. */
function RolloutSeed() {
  const seed = useRolloutSettings((settings) => settings.seed);
  return <SeedField seed={seed} onSeed={(next) => setRolloutSettings({ seed: next })} />;
}
