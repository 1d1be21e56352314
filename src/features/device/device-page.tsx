import { useDevice } from '../../state/device-store.ts';
import { isBusy, useRun } from '../../state/run-store.ts';
import { deviceName } from '../../state/session.ts';
import { Button } from '../../ui/button.tsx';
import { Icon } from '../../ui/icon.tsx';
import { OpenResultNotice } from '../app/open-result-notice.tsx';
import { useSession } from '../app/session-context.ts';
import { NoDeviceNotice } from '../shared/no-device-notice.tsx';
import { Capabilities } from './capabilities.tsx';
import { CheckTable } from './check-table.tsx';
import { ModelCheck } from './model-check.tsx';
import styles from './device-page.module.css';

/** What this device can do, and whether its arithmetic agrees with the golden cases. */
export function DevicePage() {
  const session = useSession();
  const { probe, device, check } = useDevice();
  const busy = useRun((run) => isBusy(run.status));
  const checking = check.kind === 'running';
  return (
    <div className={styles.page}>
      <div className={styles.head}>
        <h1 className={styles.title}>Can this device be trusted with the numbers?</h1>
        <Button variant="primary" disabled={checking || busy || device === null} onClick={() => session.check()}>
          <Icon name="ruler" size={18} />
          {checking ? 'Checking' : 'Check this device'}
        </Button>
      </div>
      <OpenResultNotice />
      {probe === 'done' && device === null && <NoDeviceNotice />}
      <p className={styles.finding}>{sentence(probe, device === null ? null : deviceName(device), check)}</p>
      <div className={styles.columns}>
        <CheckTable />
        {device && <Capabilities device={device} />}
      </div>
      <ModelCheck />
    </div>
  );
}

function sentence(probe: string, name: string | null, check: ReturnType<typeof useDevice.getState>['check']): string {
  if (probe !== 'done') return 'Asking the browser for a GPU device.';
  if (name === null) return 'There is no WebGPU device here; recorded runs can still be read.';
  switch (check.kind) {
    case 'none':
      return `${name}. Not checked yet: the check runs a small model forward and backward and compares every tensor with float64 values.`;
    case 'running':
      return `${name}. The check is running; on a software adapter it takes about a minute.`;
    case 'failed':
      return `${name}. The check could not be made.`;
    case 'done': {
      const failed = check.rows.filter((row) => !row.passed).length;
      return failed === 0 ? `${name} agrees with the golden values in all ${check.rows.length} groups of tensors.` : `${name} differs from the golden values in ${failed} of ${check.rows.length} groups of tensors: do not trust its figures.`;
    }
  }
}
