import { useSeesawRun } from '../../state/seesaw/run-store.ts';
import { setSeesawSettings, useSeesawSettings } from '../../state/seesaw/settings-store.ts';
import { useSession } from '../app/session-context.ts';
import { SeesawLab } from './seesaw-lab.tsx';

/** Arms of training side by side, on this device. */
export function SeesawPage() {
  const run = useSeesawRun();
  const settings = useSeesawSettings();
  const { seesaw } = useSession();
  return <SeesawLab run={run} settings={settings} onSettings={setSeesawSettings} session={seesaw} />;
}
