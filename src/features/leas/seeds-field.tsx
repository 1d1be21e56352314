import { useId, useState } from 'react';
import { parseSeeds } from '../seesaw/seeds.ts';
import styles from './setup-panel.module.css';

/** Text that is a list of seeds. */
export function SeedsField({ label, seeds, onSeeds }: { readonly label: string; readonly seeds: readonly number[]; readonly onSeeds: (seeds: readonly number[]) => void }) {
  const id = useId();
  const [typed, setTyped] = useState<string | null>(null);
  return (
    <div className={styles.textField}>
      <label htmlFor={id} className={styles.label}>
        {label}
      </label>
      <input
        id={id}
        className={styles.input}
        value={typed ?? seeds.join(', ')}
        aria-invalid={typed !== null && parseSeeds(typed) === null}
        onChange={(event) => {
          setTyped(event.target.value);
          const parsed = parseSeeds(event.target.value);
          if (parsed) onSeeds(parsed);
        }}
        onBlur={() => setTyped(null)}
      />
    </div>
  );
}
