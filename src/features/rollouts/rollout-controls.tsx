import { memo } from 'react';
import { useAction } from '../../ui/actions.ts';
import { Button } from '../../ui/button.tsx';
import { Icon } from '../../ui/icon.tsx';
import { Tooltip } from '../../ui/tooltip.tsx';
import styles from './rollout-controls.module.css';

/** Where the angle page has them: Pause and Resume as one button, Step and Cancel, then Reset and New seed apart. Asking stands with its form. */
export const RolloutControls = memo(function RolloutControls({ writing }: { readonly writing: boolean }) {
  const run = useAction('run');
  return (
    <div className={styles.controls} role="group" aria-label="Run">
      {/* Not `disabled`: it would lose focus when a run ends. */}
      <Button variant={writing ? 'primary' : 'plain'} className={styles.main} aria-disabled={!writing} onClick={() => writing && run.perform()}>
        <Icon name={writing ? run.icon : 'pause'} size={18} />
        {writing ? run.label : 'Pause'}
      </Button>
      <ActionButton id="step" />
      <ActionButton id="cancel" />
      <span className={styles.rule} />
      <ActionButton id="reset" hint="same seed" />
      <ActionButton id="new-seed" />
    </div>
  );
});

function ActionButton({ id, hint }: { readonly id: string; readonly hint?: string }) {
  const action = useAction(id);
  return (
    <Tooltip text={action.hint ?? action.label}>
      <Button aria-disabled={!action.enabled} onClick={() => action.enabled && action.perform()}>
        <Icon name={action.icon} size={18} />
        {action.label}
        {hint && <span className={styles.word}> ({hint})</span>}
      </Button>
    </Tooltip>
  );
}
