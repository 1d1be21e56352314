import { useDevice } from '../../state/device-store.ts';
import { Button } from '../../ui/button.tsx';
import { Notice } from '../../ui/notice.tsx';
import { useSession } from '../app/session-context.ts';
import { browserAdvice } from './browser-advice.ts';

/** Says what to switch on in this browser; the recorded run plays meanwhile. */
export function NoDeviceNotice() {
  const failure = useDevice((state) => state.failure);
  const session = useSession();
  const advice = browserAdvice(navigator.userAgent, 'gpu' in navigator);
  return (
    <Notice
      tone="warn"
      title={failure?.message ?? 'This browser offers no WebGPU device.'}
      actions={
        <Button size="small" onClick={() => session.probe()}>
          Look again
        </Button>
      }
    >
      {failure && failure.remedy !== '' && <p>{failure.remedy}</p>}
      <p>{advice}</p>
    </Notice>
  );
}
