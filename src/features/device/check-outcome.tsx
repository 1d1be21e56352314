import type { Outcome } from '../../lab/model-check-events.ts';
import { Icon } from '../../ui/icon.tsx';
import styles from './device-page.module.css';
import { OUTCOME } from './model-check-words.ts';

const ICON = { passed: 'check', failed: 'cancel', told: 'help' } as const;

export function CheckOutcome({ outcome }: { readonly outcome: Outcome }) {
  return (
    <span className={outcome === 'passed' ? styles.passed : outcome === 'failed' ? styles.failed : styles.told}>
      <Icon name={ICON[outcome]} size={16} /> {OUTCOME[outcome]}
    </span>
  );
}
