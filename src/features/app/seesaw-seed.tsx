import { setSeesawSettings, useSeesawSettings } from '../../state/seesaw/settings-store.ts';
import { SeedField } from './seed-field.tsx';
import styles from './top-bar.module.css';

/** The seed of adapters, questions and tokens; several are told here and changed where the run is set up. */
export function SeesawSeed() {
  const seeds = useSeesawSettings((settings) => settings.seeds);
  if (seeds.length === 1) return <SeedField seed={seeds[0]} onSeed={(seed) => setSeesawSettings({ seeds: [seed] })} />;
  return (
    <span className={styles.seed}>
      <span className={styles.seedWord}>{`Seeds ${seeds.join(', ')}`}</span>
    </span>
  );
}
