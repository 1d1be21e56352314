import { useDevice } from '../../state/device-store.ts';
import { useExperiment } from '../../state/experiment-store.ts';
import { useUrl } from '../../state/experiment-url.ts';
import { isBusy, useRun } from '../../state/run-store.ts';
import { setView } from '../../state/view-store.ts';
import { useAction } from '../../ui/actions.ts';
import { Button } from '../../ui/button.tsx';
import { formatDate } from '../../ui/format.ts';
import { Notice } from '../../ui/notice.tsx';
import { DataNotice } from './data-notice.tsx';
import styles from './run-notices.module.css';
import { useSession } from '../app/session-context.ts';
import { AddressNotice } from '../shared/address-notice.tsx';
import { NoDeviceNotice } from '../shared/no-device-notice.tsx';

/** What a reader of the numbers has to know before them: a recording, a failure, lines left out, settings not run yet. */
export function RunNotices() {
  const status = useRun((run) => run.status);
  const origin = useRun((run) => run.origin);
  const failure = useRun((run) => run.failure);
  const analysisFailure = useRun((run) => run.analysisFailure);
  const noDevice = useDevice((state) => state.probe === 'done' && state.device === null);
  const run = useAction('run');
  return (
    <div className={styles.notices}>
      {noDevice && <NoDeviceNotice />}
      {origin.kind === 'recorded' && (
        <Notice
          icon="replay"
          actions={
            !noDevice && !isBusy(status) ? (
              <Button size="small" onClick={run.perform}>
                Run here
              </Button>
            ) : null
          }
        >
          <p>
            <strong>{`Recorded on ${origin.device}${origin.date === '' ? '' : `, ${formatDate(origin.date)}`}`}</strong>
            {` (${origin.name}). The gradients were taken there; the statistics are made anew here from the recorded inner products.`}
          </p>
        </Notice>
      )}
      {status === 'failed' && failure && (
        <Notice
          tone="bad"
          title={failure.message}
          actions={
            <>
              <Button size="small" onClick={run.perform}>
                Try again
              </Button>
              <Button size="small" onClick={() => setView({ openOpen: true })}>
                Open other files
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
        <Notice title="The run was cancelled." actions={<Button size="small" onClick={run.perform}>Run again</Button>}>
          <p>The figures below are from the trajectories that were finished by then.</p>
        </Notice>
      )}
      {analysisFailure !== null && (
        <Notice tone="bad" title="The angles could not be computed from the inner products.">
          <p>{analysisFailure}</p>
        </Notice>
      )}
      <DataNotice />
      <AddressNotice url={useUrl} />
      <NewRunNotice />
    </div>
  );
}

/** The parameter set, routing and tags belong to the run: changed afterwards, they need another one. */
function NewRunNotice() {
  const session = useSession();
  const wanted = useExperiment((experiment) => experiment.parameterSet);
  const ran = useRun((run) => run.parameterSet);
  const status = useRun((run) => run.status);
  if (ran === null || ran === wanted || isBusy(status)) return null;
  return (
    <Notice
      tone="warn"
      title={`These figures are of ${ran === 'full' ? 'the full weights' : 'the LoRA B matrices'}.`}
      actions={
        <Button size="small" onClick={() => session.start()}>
          {wanted === 'full' ? 'Run on the full weights' : 'Run on LoRA B'}
        </Button>
      }
    >
      <p>Another parameter set has other gradients, so it needs a new run.</p>
    </Notice>
  );
}
