import { labModels } from '../../state/models/models.ts';
import { useModels } from '../../state/models/models-store.ts';
import { useSources } from '../../state/sources-store.ts';
import { Button } from '../../ui/button.tsx';
import { formatBytes, formatDate } from '../../ui/format.ts';
import { Notice } from '../../ui/notice.tsx';
import styles from './models.module.css';

/** Models that this browser keeps: sizes, use, delete. */
export function KeptList() {
  const kept = useModels((state) => state.kept);
  const failure = useModels((state) => state.keptFailure);
  const backbone = useSources((sources) => sources.backbone);
  if (failure) {
    return (
      <Notice tone="bad" title={failure.message}>
        <p>{failure.remedy}</p>
      </Notice>
    );
  }
  if (!kept) return <p role="status">Looking what is kept.</p>;
  return (
    <section className={styles.stack} aria-label="Kept models">
      {kept.models.length === 0 && <p>No model is kept in this browser yet. What you download from the hub or an address will be listed here, and can be used without a network.</p>}
      <ul className={styles.kept}>
        {kept.models.map(({ key, name, label, bytes, total, complete, added, root, commit }) => {
          const used = backbone.kind === 'kept' && backbone.key === key;
          return (
            <li key={key}>
              <div className={styles.field}>
                <span className={styles.path}>{name}</span>
                <span className={styles.note}>{`${label}, ${complete || total === null ? formatBytes(bytes) : `${formatBytes(bytes)} of ${formatBytes(total)} loaded`}, ${formatDate(added)}, from ${root}`}</span>
              </div>
              <div className={styles.row}>
                {complete ? (
                  <Button size="small" disabled={used} aria-label={`Use ${name}`} onClick={() => labModels().use(key, name)}>
                    {used ? 'In use' : 'Use'}
                  </Button>
                ) : (
                  <Button size="small" aria-label={`Go on with the download of ${name}`} onClick={() => void labModels().lookUpAgain({ root, commit, label })}>
                    Go on
                  </Button>
                )}
                <Button size="small" variant="quiet" aria-label={`Delete ${name}`} onClick={() => void labModels().delete(key)}>
                  Delete
                </Button>
              </div>
            </li>
          );
        })}
      </ul>
      {kept.free !== null && <p className={styles.note}>{`${formatBytes(Math.max(0, kept.free))} more may be stored.`}</p>}
    </section>
  );
}
