import { useId, useState } from 'react';
import styles from './number-field.module.css';

interface Props {
  readonly label: string;
  readonly value: number;
  readonly min: number;
  readonly max: number;
  /** Whole numbers only, unless said otherwise. */
  readonly fraction?: boolean;
  readonly unit?: string;
  readonly disabled?: boolean;
  readonly onChange: (value: number) => void;
}

/** A number within bounds; what is typed counts once it is one, and is put right when the field is left. */
export function NumberField({ label, value, min, max, fraction = false, unit, disabled = false, onChange }: Props) {
  const id = useId();
  const [typed, setTyped] = useState<string | null>(null);
  const take = (text: string) => {
    setTyped(text);
    const number = Number(text);
    if (text.trim() !== '' && number >= min && number <= max && (fraction || Number.isInteger(number))) onChange(number);
  };
  return (
    <div className={styles.field}>
      <label className={styles.label} htmlFor={id}>
        {label}
      </label>
      <span className={styles.wrap}>
        <input id={id} className={styles.input} type="text" inputMode={fraction ? 'decimal' : 'numeric'} value={typed ?? String(value)} disabled={disabled} title={`${min} to ${max}`} onChange={(event) => take(event.target.value)} onBlur={() => setTyped(null)} />
        {unit && <span className={styles.unit}>{unit}</span>}
      </span>
    </div>
  );
}
