import { useMemo } from 'react';
import { useDevice } from '../../state/device-store.ts';
import { isTraining, useSeesawRun } from '../../state/seesaw/run-store.ts';
import { useSeesawSettings } from '../../state/seesaw/settings-store.ts';
import type { SeesawSession } from '../../state/seesaw/types.ts';
import type { Action } from '../../ui/actions.ts';
import { download } from '../../ui/download.ts';

/** What can be done on the page of training, under the names that the other pages have for the same. */
export function useSeesawActions(session: SeesawSession): readonly Action[] {
  const status = useSeesawRun((run) => run.status);
  const recorded = useSeesawRun((run) => run.origin.kind === 'recorded');
  const ran = useSeesawRun((run) => run.config !== null);
  const noDevice = useDevice((state) => state.probe === 'done' && state.device === null);
  const arms = useSeesawSettings((settings) => settings.arms.length > 0 && settings.seeds.length > 0);
  return useMemo((): readonly Action[] => {
    const busy = isTraining(status);
    const ready = !noDevice && arms;
    const begin = () => {
      session.start();
      session.pause();
    };
    const run: Action =
      status === 'paused'
        ? { id: 'run', label: 'Resume', hint: 'From where it stands', icon: 'run', group: 'Run', key: ' ', enabled: true, perform: () => session.resume() }
        : busy
          ? { id: 'run', label: 'Pause', hint: 'After the work in flight; nothing is lost', icon: 'pause', group: 'Run', key: ' ', enabled: true, perform: () => session.pause() }
          : { id: 'run', label: recorded ? 'Train here' : 'Train', hint: noDevice ? 'There is no WebGPU device here' : arms ? 'Every chosen arm with every seed, on this device' : 'Choose an arm first', icon: 'run', group: 'Run', key: ' ', enabled: ready, perform: () => session.start() };
    return [
      run,
      { id: 'step', label: 'Step once', hint: busy ? 'One step of the optimiser, then waits' : 'Begins, and waits before the first step', icon: 'step', group: 'Run', key: '.', enabled: (busy && !recorded) || (!busy && ready), perform: busy ? () => session.stepOnce() : begin },
      { id: 'cancel', label: 'Cancel', hint: 'Keeps the steps taken so far', icon: 'cancel', group: 'Run', enabled: busy, perform: () => session.cancel() },
      { id: 'reset', label: 'Reset', hint: recorded ? 'Plays the recording from its beginning' : 'Same seeds: the same runs again', icon: 'reset', group: 'Run', key: 'r', enabled: ran, perform: () => session.reset() },
      { id: 'new-seed', label: 'New seed', hint: 'Draws other seeds and trains again', icon: 'dice', group: 'Run', key: 'n', enabled: ran && ready, perform: () => session.newSeed() },
      { id: 'export', label: 'Export', hint: 'The run record, which opens again as a replay', icon: 'export', group: 'Files', key: 'e', enabled: ran, perform: () => void session.exportRecord().then((blob) => download(blob, 'seesaw-record.json'), () => undefined) },
    ];
  }, [session, status, recorded, ran, noDevice, arms]);
}
