import { useMemo } from 'react';
import styles from './golden-text.module.css';
import { markGolden } from './golden.ts';

/** Text with golden answers underlined where they stand in it. */
export function Golden({ text, answers }: { readonly text: string; readonly answers: readonly string[] }) {
  const parts = useMemo(() => markGolden(text, answers), [text, answers]);
  return parts.map((part, index) =>
    part.golden ? (
      <mark key={index} className={styles.golden}>
        {part.text}
      </mark>
    ) : (
      part.text
    ),
  );
}
