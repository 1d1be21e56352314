import { useAction } from '../../ui/actions.ts';
import { Button } from '../../ui/button.tsx';
import { Icon } from '../../ui/icon.tsx';
import { Tooltip } from '../../ui/tooltip.tsx';
import styles from './seesaw-controls.module.css';

/** Where the other pages have them: Train, Pause and Resume are one button; Reset and New seed stand apart. */
export function SeesawControls() {
  const run = useAction('run');
  return (
    <div className={styles.controls} role="group" aria-label="Run">
      <Button variant="primary" className={styles.main} aria-disabled={!run.enabled} onClick={() => run.enabled && run.perform()}>
        <Icon name={run.icon} size={18} />
        {run.label}
      </Button>
      <ActionButton id="step" />
      <ActionButton id="cancel" />
      <span className={styles.rule} />
      <ActionButton id="reset" hint="same seeds" />
      <ActionButton id="new-seed" />
    </div>
  );
}

function ActionButton({ id, hint }: { readonly id: string; readonly hint?: string }) {
  const action = useAction(id);
  return (
    <Tooltip text={action.hint ?? action.label}>
      {/* Not `disabled`: it would lose focus when a run ends. */}
      <Button aria-disabled={!action.enabled} onClick={() => action.enabled && action.perform()}>
        <Icon name={action.icon} size={18} />
        {action.label}
        {hint && <span className={styles.word}> ({hint})</span>}
      </Button>
    </Tooltip>
  );
}
