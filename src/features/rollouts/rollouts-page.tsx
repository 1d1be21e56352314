import { useRolloutRun } from '../../state/rollouts/run-store.ts';
import { setRolloutSettings, useRolloutSettings } from '../../state/rollouts/settings-store.ts';
import { useSession } from '../app/session-context.ts';
import { RolloutLab } from './rollout-lab.tsx';

/** Rollouts of the agent on this device, one by one or over a question set. */
export function RolloutsPage() {
  const run = useRolloutRun();
  const settings = useRolloutSettings();
  const { rollouts } = useSession();
  return <RolloutLab run={run} settings={settings} onSettings={setRolloutSettings} session={rollouts} />;
}
