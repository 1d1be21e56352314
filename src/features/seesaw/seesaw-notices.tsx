import { useDevice } from '../../state/device-store.ts';
import { isTraining } from '../../state/seesaw/run-store.ts';
import { useSeesawUrl } from '../../state/seesaw/settings-url.ts';
import type { SeesawRunView, SeesawState } from '../../state/seesaw/types.ts';
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
export function SeesawNotices({ run, views }: { readonly run: SeesawState; readonly views: readonly SeesawRunView[] }) {
  const noDevice = useDevice((state) => state.probe === 'done' && state.device === null);
  const start = useAction('run');
  const reset = useAction('reset');
  const { origin, status, failure, ready } = run;
  const busy = isTraining(status);
  const lost = views.flatMap((view) => view.recoveries.map((recovery) => ({ ...recovery, label: `${view.arm.label}, seed ${view.id.seed}` })));
  const unkept = views.find((view) => view.checkpointFailure !== null);
  return (
    <div className={styles.notices}>
      <AddressNotice url={useSeesawUrl} />
      <OpenResultNotice />
      {noDevice && <NoDeviceNotice />}
      {origin.kind === 'recorded' && (
        <Notice
          icon="replay"
          actions={
            !noDevice && !busy ? (
              <Button size="small" onClick={start.perform}>
                Train here
              </Button>
            ) : null
          }
        >
          <p>
            <strong>{`Recorded on ${origin.device}${origin.date === '' ? '' : `, ${formatDate(origin.date)}`}`}</strong>
            {` (${origin.name}). Every number was measured there; the errors and the sentence are made anew here.`}
          </p>
        </Notice>
      )}
      {status === 'failed' && failure && (
        <Notice
          tone="bad"
          title={failure.message}
          actions={
            <>
              <Button size="small" onClick={reset.perform}>
                Try again
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
          title="Training was cancelled."
          actions={
            <Button size="small" onClick={reset.perform}>
              Train again
            </Button>
          }
        >
          <p>The figures below are of the steps taken by then. A run with a checkpoint can go on from it, under the table of runs.</p>
        </Notice>
      )}
      {lost.length > 0 && (
        <Notice tone="warn" title={`The device was lost ${lost.length === 1 ? 'once' : plural(lost.length, 'time')}; training went on by itself.`}>
          {lost.map((one, index) => (
            <p key={index}>{`${one.label}: from step ${one.step}. ${one.reason}`}</p>
          ))}
        </Notice>
      )}
      {unkept?.checkpointFailure && (
        <Notice tone="warn" title={unkept.checkpointFailure.message}>
          <p>{unkept.checkpointFailure.remedy}</p>
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
