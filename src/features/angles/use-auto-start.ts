import { useEffect, useRef } from 'react';
import { useDevice } from '../../state/device-store.ts';
import { useRun } from '../../state/run-store.ts';
import { useUrl } from '../../state/experiment-url.ts';
import { useSession } from '../app/session-context.ts';

/**
 * `?run=1` starts the run by itself once a device is there. Where none is to be had, the recording that comes with the
 * page plays instead. Otherwise the page waits for a press of Run.
 */
export function useAutoStart(): void {
  const session = useSession();
  const wanted = useUrl((url) => url.autoStart);
  const probe = useDevice((state) => state.probe);
  const available = useDevice((state) => state.device !== null);
  const idle = useRun((run) => run.status === 'idle');
  const replaying = useRun((run) => run.origin.kind === 'recorded');
  const played = useRef(false);
  useEffect(() => {
    if (probe !== 'done') return;
    if (available && wanted && (idle || replaying)) {
      useUrl.setState({ autoStart: false });
      session.start();
    } else if (!available && idle && !played.current) {
      played.current = true;
      void session.playBundled();
    }
  }, [session, wanted, probe, available, idle, replaying]);
}
