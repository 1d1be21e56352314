import { knownArms } from '../../state/seesaw/settings-store.ts';
import type { SeesawSettings } from '../../state/seesaw/types.ts';
import { Button } from '../../ui/button.tsx';
import { CheckField } from '../../ui/check-field.tsx';
import styles from './setup-panel.module.css';

interface Props {
  readonly settings: Pick<SeesawSettings, 'arms' | 'ownArms' | 'totalRank'>;
  readonly disabled: boolean;
  readonly onSettings: (change: Partial<SeesawSettings>) => void;
}

/** The ways of training that can be chosen; they are trained in the order of this list. */
export function ArmList({ settings, disabled, onSettings }: Props) {
  const known = knownArms(settings);
  const own = new Set(settings.ownArms.map(({ id }) => id));
  const choose = (id: string, on: boolean) => onSettings({ arms: known.map((arm) => arm.id).filter((other) => (other === id ? on : settings.arms.includes(other))) });
  return (
    <ul className={styles.armList}>
      {known.map((arm) => (
        <li key={arm.id} className={styles.armChoice}>
          <CheckField label={arm.label} checked={settings.arms.includes(arm.id)} disabled={disabled} onChange={(on) => choose(arm.id, on)} />
          <p className={styles.about}>{arm.description}</p>
          {own.has(arm.id) && (
            <Button size="small" variant="quiet" className={styles.remove} aria-label={`Remove ${arm.label}`} aria-disabled={disabled} onClick={() => !disabled && onSettings({ arms: settings.arms.filter((id) => id !== arm.id), ownArms: settings.ownArms.filter(({ id }) => id !== arm.id) })}>
              Remove
            </Button>
          )}
        </li>
      ))}
    </ul>
  );
}
