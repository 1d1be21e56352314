import type { RolloutParity } from '../../state/rollouts/types.ts';
import { formatCount, formatSignificant, plural } from '../../ui/format.ts';
import styles from './parity-meter.module.css';

export const PARITY_AIM = 1e-3;
const FROM = -7;
const TO = 0;

/** A logarithmic scale from 10⁻⁷ to 1 nat with the aim marked. */
export function ParityMeter({ parity }: { readonly parity: RolloutParity }) {
  const { maxDifference, meanDifference, rollouts, tokens } = parity;
  const met = maxDifference <= PARITY_AIM;
  return (
    <>
      <div className={styles.scale} data-met={met || undefined} aria-hidden="true">
        <span className={styles.fill} style={{ width: `${100 * place(maxDifference)}%` }} />
        <span className={styles.aim} style={{ left: `${100 * place(PARITY_AIM)}%` }} />
        <span className={styles.aimText} style={{ left: `${100 * place(PARITY_AIM)}%` }}>
          aim 10⁻³
        </span>
      </div>
      <p>{`${met ? 'Within' : 'Beyond'} the aim of 10⁻³ nats: largest |Δ log π| ${formatSignificant(maxDifference, 2)}, mean ${formatSignificant(meanDifference, 2)}, over ${formatCount(tokens)} tokens of ${plural(rollouts, 'rollout')}.`}</p>
    </>
  );
}

function place(value: number): number {
  return Math.min(1, Math.max(0, (Math.log10(Math.max(value, 10 ** FROM)) - FROM) / (TO - FROM)));
}
