import styles from './visually-hidden.module.css';

/** Spoken politely when the text changes; the caller sees to it that this is at most every few seconds. */
export function LiveRegion({ text }: { readonly text: string }) {
  return (
    <p className={styles.hidden} role="status" aria-live="polite">
      {text}
    </p>
  );
}

export function VisuallyHidden({ children }: { readonly children: string }) {
  return <span className={styles.hidden}>{children}</span>;
}
