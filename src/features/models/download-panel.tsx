import { labModels } from '../../state/models/models.ts';
import { useModels, type DownloadState } from '../../state/models/models-store.ts';
import { Button } from '../../ui/button.tsx';
import { formatBytes, formatDuration } from '../../ui/format.ts';
import { Icon } from '../../ui/icon.tsx';
import { Notice } from '../../ui/notice.tsx';
import { ProgressBar } from '../../ui/progress-bar.tsx';
import styles from './models.module.css';

/** Download, pause, go on; one bar over all files. */
export function DownloadPanel() {
  const chosen = useModels((state) => state.chosen);
  const download = useModels((state) => state.download);
  const refused = useModels((state) => (state.report?.refusals.length ?? 0) > 0);
  const kept = useModels((state) => state.kept);
  const root = useModels((state) => state.found?.model.root);
  const hashed = useModels((state) => state.found?.model.kind === 'hub');
  if (!chosen) return null;
  const mine = download.status !== 'none' && download.variant.path === chosen.path ? download : { status: 'none' as const };
  const stored = kept?.models.find((model) => model.root === root && model.label === chosen.label);
  const start = () => void labModels().download();
  return (
    <section className={styles.stack} aria-label="Download">
      {mine.status === 'none' && (
        <div className={styles.row}>
          <Button variant="primary" disabled={refused || download.status === 'running'} onClick={start}>
            <Icon name="export" size={18} />
            {stored?.complete ? 'Use the kept copy' : stored ? `Go on with the download (${formatBytes(stored.bytes)} are here)` : `Download${chosen.bytes === null ? '' : ` ${formatBytes(chosen.bytes)}`}`}
          </Button>
          {kept && kept.free !== null && <span className={styles.note}>{`${formatBytes(Math.max(0, kept.free))} may be stored here`}</span>}
        </div>
      )}
      <Bar download={mine} />
      {mine.status === 'running' && (
        <div className={styles.row}>
          <Button onClick={() => labModels().pause()}>
            <Icon name="pause" size={18} />
            Pause
          </Button>
          <Button onClick={() => void labModels().discard()}>Cancel and delete</Button>
        </div>
      )}
      {mine.status === 'paused' && (
        <div className={styles.row}>
          <Button variant="primary" onClick={start}>
            <Icon name="run" size={18} />
            Resume
          </Button>
          <Button onClick={() => void labModels().discard()}>Cancel and delete</Button>
          <span className={styles.note}>What is loaded is kept, also when the page is closed.</span>
        </div>
      )}
      {mine.status === 'failed' && (
        <Notice tone="bad" title={mine.failure.message} actions={<Button size="small" onClick={start}>Try again</Button>}>
          <p>{mine.failure.remedy}</p>
        </Notice>
      )}
      {mine.status === 'done' && (
        <Notice icon="check" title="It is kept in this browser and is the backbone of the next run." actions={<Button size="small" onClick={() => labModels().set({ open: false })}>Close</Button>}>
          <p>{hashed ? 'Every file was checked against the hashes that the hub lists.' : 'This server gives no hashes: only the sizes could be checked.'} No network is needed to use it.</p>
        </Notice>
      )}
    </section>
  );
}

function Bar({ download }: { readonly download: DownloadState }) {
  if (download.status === 'none' || download.status === 'done') return null;
  const { progress, status } = download;
  const total = progress?.total ?? null;
  const share = progress && total !== null && total > 0 ? progress.bytes / total : null;
  const verb = status === 'paused' ? 'Paused' : status === 'failed' ? 'Stopped' : progress?.phase === 'checking' ? 'Checking' : 'Loading';
  const parts = [
    verb,
    progress ? `${formatBytes(progress.bytes)}${total === null ? '' : ` of ${formatBytes(total)}`}` : null,
    status === 'running' && progress && progress.perSecond > 0 ? `${formatBytes(Math.round(progress.perSecond))}/s` : null,
    status === 'running' && progress && progress.secondsLeft !== null ? `${formatDuration(progress.secondsLeft)} left` : null,
  ].filter((part) => part !== null);
  return (
    <>
      <ProgressBar label="Download" share={share} parts={parts} />
      {progress?.note && <p className={styles.note}>{progress.note}</p>}
    </>
  );
}
