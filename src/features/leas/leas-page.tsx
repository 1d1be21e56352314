import { useLeasRun } from '../../state/leas/run-store.ts';
import { setLeasSettings, useLeasSettings } from '../../state/leas/settings-store.ts';
import { useSession } from '../app/session-context.ts';
import { LeasLab } from './leas-lab.tsx';

/** The interaction of tool use and reasoning, question by question, from rollouts on this device or from counts. */
export function LeasPage() {
  const run = useLeasRun();
  const settings = useLeasSettings();
  const { leas } = useSession();
  return <LeasLab run={run} settings={settings} onSettings={setLeasSettings} session={leas} />;
}
