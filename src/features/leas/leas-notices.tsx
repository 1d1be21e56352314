import { useDevice } from '../../state/device-store.ts';
import { isLeasBusy } from '../../state/leas/run-store.ts';
import { useBundledModels } from '../../state/leas/settings-store.ts';
import { useLeasUrl } from '../../state/leas/settings-url.ts';
import type { LeasSettings, LeasState } from '../../state/leas/types.ts';
import { setView } from '../../state/view-store.ts';
import { useAction } from '../../ui/actions.ts';
import { Button } from '../../ui/button.tsx';
import { formatDate, plural } from '../../ui/format.ts';
import { Notice } from '../../ui/notice.tsx';
import { OpenResultNotice } from '../app/open-result-notice.tsx';
import { AddressNotice } from '../shared/address-notice.tsx';
import { NoDeviceNotice } from '../shared/no-device-notice.tsx';
import styles from '../rollouts/rollout-notices.module.css';

/** What a reader of the numbers has to know before them. */
export function LeasNotices({ run, settings }: { readonly run: LeasState; readonly settings: LeasSettings }) {
  const noDevice = useDevice((state) => state.probe === 'done' && state.device === null);
  const present = useBundledModels((state) => state.present);
  const start = useAction('run');
  const reset = useAction('reset');
  const { origin, status, failure, ready, storeFailure, notice } = run;
  const busy = isLeasBusy(status);
  const trains = settings.models.kind === 'train' || (settings.models.kind === 'bundled' && present === false);
  return (
    <div className={styles.notices}>
      <OpenResultNotice />
      <AddressNotice url={useLeasUrl} />
      {noDevice && trains && !busy && <NoDeviceNotice />}
      {notice !== null && (
        <Notice>
          <p>{notice}</p>
        </Notice>
      )}
      {origin.kind === 'recorded' && (
        <Notice
          icon="replay"
          actions={
            start.enabled && !busy ? (
              <Button size="small" onClick={start.perform}>
                Run here
              </Button>
            ) : null
          }
        >
          <p>
            <strong>{`Recorded on ${origin.device}${origin.date === '' ? '' : `, ${formatDate(origin.date)}`}`}</strong>
            {` (${origin.name}). Every count is from there; figures and sentences are worked out anew here.`}
          </p>
        </Notice>
      )}
      {status === 'failed' && failure && (
        <Notice
          tone="bad"
          title={failure.message}
          actions={
            <>
              <Button size="small" aria-disabled={!start.enabled} onClick={() => start.enabled && start.perform()}>
                Go on from what is kept
              </Button>
              <Button size="small" onClick={() => setView({ detailsOpen: true })}>
                Details
              </Button>
            </>
          }
        >
          <p>{failure.remedy}</p>
        </Notice>
      )}
      {status === 'cancelled' && (
        <Notice
          title={origin.kind === 'recorded' ? 'The replay was cancelled.' : 'The run was cancelled.'}
          actions={
            <Button size="small" onClick={origin.kind === 'recorded' ? reset.perform : start.perform}>
              {origin.kind === 'recorded' ? 'Play again' : 'Go on'}
            </Button>
          }
        >
          <p>The figures below are of what was counted by then.</p>
        </Notice>
      )}
      {storeFailure && (
        <Notice tone="warn" title={storeFailure.message}>
          <p>{storeFailure.remedy}</p>
        </Notice>
      )}
      {ready !== null && ready.problems.length > 0 && (
        <Notice tone="warn">
          <p>{`${plural(ready.problems.length, 'line')} of the question sets left out; the others are used. First: ${ready.problems[0].reason}`}</p>
        </Notice>
      )}
      {ready !== null && ready.notes.length > 0 && (
        <Notice>
          {ready.notes.map((note) => (
            <p key={note}>{note}</p>
          ))}
        </Notice>
      )}
    </div>
  );
}
