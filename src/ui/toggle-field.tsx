import { ToggleGroup } from 'radix-ui';
import { useId } from 'react';
import styles from './field.module.css';

interface Props<Value extends string> {
  readonly label: string;
  readonly value: Value;
  readonly options: readonly { readonly value: Value; readonly label: string; readonly disabled?: boolean }[];
  readonly onChange: (value: Value) => void;
  readonly hideLabel?: boolean;
}

/** One of a few, all in sight. */
export function ToggleField<Value extends string>({ label, value, options, onChange, hideLabel = false }: Props<Value>) {
  const id = useId();
  return (
    <div className={styles.field}>
      {!hideLabel && (
        <span className={styles.label} id={id}>
          {label}
        </span>
      )}
      <ToggleGroup.Root
        type="single"
        className={styles.group}
        value={value}
        {...(hideLabel ? { 'aria-label': label } : { 'aria-labelledby': id })}
        onValueChange={(next) => {
          const chosen = options.find((option) => option.value === next);
          if (chosen) onChange(chosen.value);
        }}
      >
        {options.map((option) => (
          <ToggleGroup.Item key={option.value} className={styles.option} value={option.value} disabled={option.disabled ?? false}>
            {option.label}
          </ToggleGroup.Item>
        ))}
      </ToggleGroup.Root>
    </div>
  );
}
