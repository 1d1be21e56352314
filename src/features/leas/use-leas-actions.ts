import { useMemo } from 'react';
import { isLeasBusy, useLeasRun } from '../../state/leas/run-store.ts';
import { useBundledModels, useLeasSettings } from '../../state/leas/settings-store.ts';
import type { LeasSession } from '../../state/leas/types.ts';
import { useDevice } from '../../state/device-store.ts';
import type { Action } from '../../ui/actions.ts';
import { download } from '../../ui/download.ts';

/** What can be done on the page of LEAS, under the names that the other pages have for the same. */
export function useLeasActions(session: LeasSession): readonly Action[] {
  const status = useLeasRun((run) => run.status);
  const recorded = useLeasRun((run) => run.origin.kind === 'recorded');
  const ran = useLeasRun((run) => run.config !== null);
  const counted = useLeasRun((run) => run.analysis !== null);
  const noDevice = useDevice((state) => state.probe === 'done' && state.device === null);
  const models = useLeasSettings((settings) => settings.models.kind);
  const present = useBundledModels((state) => state.present);
  const provider = useLeasSettings((settings) => settings.provider);
  return useMemo((): readonly Action[] => {
    const busy = isLeasBusy(status);
    const trains = models === 'train' || (models === 'bundled' && present === false);
    // Rollouts can be written on the CPU; training cannot.
    const ready = !noDevice || (!trains && provider !== 'webgpu');
    const hint = ready ? (trains ? 'Trains the models, then writes rollouts, on this device' : 'Writes rollouts on this device') : 'Training needs a WebGPU device, and there is none here; trained models and counts need none';
    const run: Action =
      status === 'paused'
        ? { id: 'run', label: 'Resume', hint: 'From where it stands', icon: 'run', group: 'Run', key: ' ', enabled: true, perform: () => session.resume() }
        : busy
          ? { id: 'run', label: 'Pause', hint: 'After the work in flight; nothing is lost', icon: 'pause', group: 'Run', key: ' ', enabled: true, perform: () => session.pause() }
          : { id: 'run', label: recorded ? 'Run here' : 'Run', hint, icon: 'run', group: 'Run', key: ' ', enabled: ready, perform: () => session.start() };
    return [
      run,
      { id: 'cancel', label: 'Cancel', hint: 'Keeps what is counted so far', icon: 'cancel', group: 'Run', enabled: busy, perform: () => session.cancel() },
      { id: 'reset', label: 'Reset', hint: recorded ? 'Plays the recording from its beginning' : 'Same seed: the same run again, from its beginning', icon: 'reset', group: 'Run', key: 'r', enabled: ran && (recorded || ready), perform: () => session.reset() },
      { id: 'new-seed', label: 'New seed', hint: 'Other rollouts of the same models', icon: 'dice', group: 'Run', key: 'n', enabled: ran && ready, perform: () => session.newSeed() },
      { id: 'export', label: 'Export', hint: 'The run record, which opens again as a replay', icon: 'export', group: 'Files', key: 'e', enabled: counted, perform: () => void session.exportRecord().then((blob) => download(blob, 'leas-record.json'), () => undefined) },
    ];
  }, [session, status, recorded, ran, counted, noDevice, models, present, provider]);
}
