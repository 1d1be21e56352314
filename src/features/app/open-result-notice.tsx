import { useEffect } from 'react';
import { isLeasBusy, useLeasRun } from '../../state/leas/run-store.ts';
import { isWriting, useRolloutRun } from '../../state/rollouts/run-store.ts';
import { isBusy, useRun } from '../../state/run-store.ts';
import { isTraining, useSeesawRun } from '../../state/seesaw/run-store.ts';
import { setView } from '../../state/view-store.ts';
import { Button } from '../../ui/button.tsx';
import { Notice } from '../../ui/notice.tsx';
import { useOpenResult } from './use-open-files.ts';

/** A run that begins here, no replay, has taken what was opened; that it is "of the next run" is no longer true. */
function useRunDismisses(): void {
  const measuring = useRun((run) => isBusy(run.status) && run.origin.kind === 'live');
  const writing = useRolloutRun((run) => isWriting(run.status));
  const training = useSeesawRun((run) => isTraining(run.status) && run.origin.kind === 'live');
  const comparing = useLeasRun((run) => isLeasBusy(run.status) && run.origin.kind === 'live');
  const busy = measuring || writing || training || comparing;
  useEffect(() => {
    if (busy) useOpenResult.setState(({ result }) => (result?.kind === 'opened' ? { result: null } : {}));
  }, [busy]);
}

/** What came of opening files, beside where they would show. */
export function OpenResultNotice() {
  const result = useOpenResult((state) => state.result);
  useRunDismisses();
  if (!result || (result.kind === 'opened' && result.what === '')) return null;
  const dismiss = () => useOpenResult.setState({ result: null });
  const actions = (
    <>
      {result.kind === 'refused' && (
        <Button
          size="small"
          onClick={() => {
            dismiss();
            setView({ openOpen: true });
          }}
        >
          Open other files
        </Button>
      )}
      <Button size="small" variant={result.kind === 'refused' ? 'plain' : 'quiet'} onClick={dismiss}>
        Dismiss
      </Button>
    </>
  );
  return result.kind === 'opened' ? (
    <Notice icon="check" actions={actions}>
      <p>{result.what}</p>
    </Notice>
  ) : (
    <Notice tone="bad" title={result.message} actions={actions}>
      <p>{result.remedy}</p>
    </Notice>
  );
}
