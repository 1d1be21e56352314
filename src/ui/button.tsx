import type { ButtonHTMLAttributes, Ref } from 'react';
import styles from './button.module.css';

export interface ButtonProps extends ButtonHTMLAttributes<HTMLButtonElement> {
  readonly variant?: 'plain' | 'primary' | 'quiet';
  readonly size?: 'small' | 'medium' | 'large';
  /** Icon alone: give an `aria-label` too. */
  readonly square?: boolean;
  readonly ref?: Ref<HTMLButtonElement>;
}

export function buttonClass(variant: ButtonProps['variant'] = 'plain', size: ButtonProps['size'] = 'medium', square = false): string {
  return [
    styles.button,
    variant === 'plain' ? undefined : styles[variant],
    size === 'medium' ? undefined : styles[size],
    square ? styles.square : undefined,
  ]
    .filter(Boolean)
    .join(' ');
}

export function Button({ variant, size, square, className, type = 'button', ...rest }: ButtonProps) {
  return <button type={type} className={[buttonClass(variant, size, square), className].filter(Boolean).join(' ')} {...rest} />;
}
