import styles from './top-bar.module.css';

export function SeedField({ seed, onSeed }: { readonly seed: number; readonly onSeed: (seed: number) => void }) {
  return (
    <label className={styles.seed}>
      <span className={styles.seedWord}>Seed</span>
      <input className={styles.seedInput} inputMode="numeric" aria-label="Seed" value={seed} onChange={(event) => onSeed(Number(event.target.value.replace(/\D/g, '').slice(0, 9)))} />
    </label>
  );
}
