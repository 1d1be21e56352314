import { useDevice } from '../../state/device-store.ts';
import { Button } from '../../ui/button.tsx';
import { Notice } from '../../ui/notice.tsx';
import { useSession } from '../app/session-context.ts';
import { browserAdvice } from './browser-advice.ts';

/** Says what to switch on in this browser; the recorded run plays meanwhile. */
export function NoDeviceNotice() {
  const failure = useDevice((state) => state.failure);
  const session = useSession();
  // The device layer's own advice speaks of all browsers at once; this browser's own words are clearer.
  const general = failure === null || failure.remedy === '' || failure.remedy.includes('chrome://flags');
  const advice = general ? browserAdvice(navigator.userAgent, hasWebGpu()) : failure.remedy;
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
      <p>{advice}</p>
    </Notice>
  );
}

function hasWebGpu(): boolean {
  return 'gpu' in navigator && Boolean(navigator.gpu);
}
