import { useMemo } from 'react';
import { useDevice } from '../../state/device-store.ts';
import { useRun } from '../../state/run-store.ts';
import { setView, useView } from '../../state/view-store.ts';
import { setHover } from '../../state/hover-store.ts';
import type { Page } from '../../state/route.ts';
import { setAnalysis } from '../../state/experiment-store.ts';
import type { Action } from '../../ui/actions.ts';
import { setLeasPage } from '../leas/page-store.ts';
import { useLeasActions } from '../leas/use-leas-actions.ts';
import { useRolloutActions } from '../rollouts/use-rollout-actions.ts';
import { useSeesawActions } from '../seesaw/use-seesaw-actions.ts';
import { useSession } from './session-context.ts';
import { shareLink } from './share.ts';
import { cycleTheme } from './theme.ts';

/** The registry: every button, menu entry, shortcut and line of the help sheet comes from this list. */
export function useActions(page: Page): readonly Action[] {
  const session = useSession();
  const status = useRun((run) => run.status);
  const asked = useRun((run) => run.asked);
  const replaying = useRun((run) => run.origin.kind === 'recorded');
  const noDevice = useDevice((state) => state.probe === 'done' && state.device === null);
  const rollouts = useRolloutActions(session.rollouts);
  const seesaw = useSeesawActions(session.seesaw);
  const leas = useLeasActions(session.leas);
  const hasData = useRun((run) => run.inventory !== null);
  return useMemo((): readonly Action[] => {
    const run: Action =
      status === 'running'
        ? { id: 'run', label: asked === 'pause' ? 'Pausing' : 'Pause', hint: 'After the work in flight; nothing is lost', icon: 'pause', group: 'Run', key: ' ', enabled: true, perform: () => session.pause() }
        : status === 'paused'
          ? { id: 'run', label: 'Resume', hint: 'From where it stands', icon: 'run', group: 'Run', key: ' ', enabled: true, perform: () => session.resume() }
          : { id: 'run', label: replaying ? 'Run here' : 'Run', hint: noDevice ? 'There is no WebGPU device here' : 'Measure on this device', icon: 'run', group: 'Run', key: ' ', enabled: !noDevice, perform: () => session.start() };
    const angles: readonly Action[] = [
      run,
      { id: 'cancel', label: asked === 'cancel' ? 'Cancelling' : 'Cancel', hint: 'Keeps what is measured so far', icon: 'cancel', group: 'Run', enabled: status === 'running' || status === 'paused', perform: () => session.cancel() },
      { id: 'reset', label: 'Reset', hint: replaying ? 'Plays the recording from its beginning' : 'Same seed: the same run again', icon: 'reset', group: 'Run', key: 'r', enabled: status !== 'idle', perform: () => session.reset() },
      { id: 'new-seed', label: 'New seed', hint: replaying ? 'Another seed for the null and the bootstrap' : 'Draws another seed and starts again', icon: 'dice', group: 'Run', key: 'n', enabled: replaying || !noDevice, perform: () => session.newSeed() },
      { id: 'export', label: 'Export', hint: 'The run’s own files', icon: 'export', group: 'Files', key: 'e', enabled: hasData, perform: () => setView({ exportOpen: true }) },
    ];
    return [
      ...(page === 'rollouts' ? rollouts : page === 'seesaw' ? seesaw : page === 'leas' ? leas : angles),
      { id: 'open', label: 'Open files', hint: 'Trajectories, a run record, a Gram, counts of LEAS or a backbone folder', icon: 'open', group: 'Files', key: 'o', enabled: true, perform: () => setView({ openOpen: true }) },
      { id: 'share', label: 'Share', hint: 'Copies a link to this configuration', icon: 'share', group: 'Files', key: 's', enabled: true, perform: () => void shareLink() },
      { id: 'theme', label: 'Theme', hint: 'System, light, dark', icon: 'system', group: 'Page', key: 't', enabled: true, perform: cycleTheme },
      { id: 'details', label: 'Details', hint: 'Log of events and timings', icon: 'stopwatch', group: 'Page', key: 'd', enabled: true, perform: () => setView({ detailsOpen: !useView.getState().detailsOpen }) },
      { id: 'help', label: 'Keys', hint: 'This sheet', icon: 'help', group: 'Page', key: '?', enabled: true, perform: () => setView({ helpOpen: true }) },
      { id: 'clear', label: 'Clear the selection', icon: 'cancel', group: 'Page', key: 'Escape', enabled: true, perform: clearSelection },
    ];
  }, [session, status, asked, replaying, hasData, noDevice, page, rollouts, seesaw, leas]);
}

function clearSelection(): void {
  setLeasPage({ brush: null, question: null });
  setView({ degrees: null, trajectory: null });
  setHover({ bin: null, row: null, trajectory: null });
  setAnalysis({ layer: 'all', target: 'all' });
}
