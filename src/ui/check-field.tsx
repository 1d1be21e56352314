import { Checkbox } from 'radix-ui';
import { useId } from 'react';
import { Icon } from './icon.tsx';
import styles from './field.module.css';

interface Props {
  readonly label: string;
  readonly checked: boolean;
  readonly onChange: (checked: boolean) => void;
  readonly disabled?: boolean;
}

export function CheckField({ label, checked, onChange, disabled = false }: Props) {
  const id = useId();
  return (
    <label className={styles.check} htmlFor={id} {...(disabled ? { 'data-disabled': '' } : {})}>
      <Checkbox.Root id={id} className={styles.box} checked={checked} disabled={disabled} onCheckedChange={(next) => onChange(next === true)}>
        <Checkbox.Indicator>
          <Icon name="check" size={16} />
        </Checkbox.Indicator>
      </Checkbox.Root>
      {label}
    </label>
  );
}
