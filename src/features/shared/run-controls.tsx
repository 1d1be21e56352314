import { memo } from 'react';
import { useAction } from '../../ui/actions.ts';
import { Button } from '../../ui/button.tsx';
import { Icon } from '../../ui/icon.tsx';
import { Tooltip } from '../../ui/tooltip.tsx';
import styles from './run-controls.module.css';

interface Props {
  /** Whether a run can be taken one step at a time. */
  readonly step?: boolean;
  /** What Reset keeps. */
  readonly keeps?: string;
  /** Where starting stands elsewhere (a question's form): whether there is a run to pause or resume. */
  readonly pausable?: boolean;
}

/** Run, Pause and Resume are one button, then Step and Cancel, always in the same place; Reset and New seed stand apart. */
export const RunControls = memo(function RunControls({ step = false, keeps = 'same seed', pausable }: Props) {
  const run = useAction('run');
  const enabled = pausable ?? run.enabled;
  const shown = pausable === false ? { icon: 'pause' as const, label: 'Pause' } : run;
  return (
    <div className={step ? styles.stepped : styles.controls} role="group" aria-label="Run">
      <Button variant={pausable === false ? 'plain' : 'primary'} className={styles.main} aria-disabled={!enabled} onClick={() => enabled && run.perform()}>
        <Icon name={shown.icon} size={18} />
        {shown.label}
      </Button>
      {step && <ActionButton id="step" />}
      <ActionButton id="cancel" />
      <span className={styles.rule} />
      <ActionButton id="reset" hint={keeps} />
      <ActionButton id="new-seed" />
    </div>
  );
});

function ActionButton({ id, hint }: { readonly id: string; readonly hint?: string }) {
  const action = useAction(id);
  return (
    <Tooltip text={action.hint ?? action.label}>
      {/* Not `disabled`: a disabled button gets neither focus nor tooltip, and would lose focus when a run ends. */}
      <Button aria-disabled={!action.enabled} onClick={() => action.enabled && action.perform()}>
        <Icon name={action.icon} size={18} />
        {action.label}
        {hint && <span className={styles.word}> ({hint})</span>}
      </Button>
    </Tooltip>
  );
}
