import { useId } from 'react';
import { labModels } from '../../state/models/models.ts';
import { useModels } from '../../state/models/models-store.ts';
import { formatBytes, plural } from '../../ui/format.ts';
import { Notice } from '../../ui/notice.tsx';
import styles from './models.module.css';

/** The graphs that were found, each with what it is, its size, and whether it can be used. */
export function VariantList() {
  const found = useModels((state) => state.found);
  const chosen = useModels((state) => state.chosen);
  const busy = useModels((state) => state.download.status === 'running');
  const name = useId();
  if (!found) return null;
  const { model, variants, refused } = found;
  return (
    <section className={styles.stack} aria-label="Variants">
      <p className={styles.note}>
        {model.name}
        {model.commit !== null && (
          <>
            , {model.revision} is commit <code className={styles.hash}>{model.commit}</code>
          </>
        )}
        , {plural(model.files.length, 'file')}
      </p>
      {refused !== null && <Notice tone="bad" title={refused} />}
      {variants.length > 0 && (
        <fieldset className={styles.variants} disabled={busy}>
          <legend className={styles.note}>Variant</legend>
          {variants.map((variant) => (
            <label key={variant.path} className={styles.variant}>
              <input type="radio" name={name} checked={chosen?.path === variant.path} disabled={variant.refused !== null} onChange={() => void labModels().choose(variant)} />
              <span className={styles.path}>{variant.path}</span>
              <span className={styles.size}>{variant.bytes === null ? 'size not told' : formatBytes(variant.bytes)}</span>
              <span className={[styles.note, styles.verdict].join(' ')}>{variant.refused === null ? variant.label : `Cannot be used: ${variant.refused}`}</span>
            </label>
          ))}
        </fieldset>
      )}
    </section>
  );
}
