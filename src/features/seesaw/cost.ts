import type { SeesawReady } from '../../state/seesaw/types.ts';
import type { SeesawRunConfig } from '../../lab/seesaw-events.ts';
import { armCost, type ArmCost } from '../../training/cost.ts';
import type { ArmRuns } from './arm-runs.ts';

/** What an arm costs over all steps of all its runs; null before the run has said how large adapters are. */
export function costOf<Own extends Pick<ArmRuns, 'arm' | 'runs'>>(own: Own, config: Pick<SeesawRunConfig, 'arms' | 'training'> | null, ready: Pick<SeesawReady, 'parameters'> | null): { readonly own: Own; readonly arm: ArmRuns['arm']; readonly cost: ArmCost } | null {
  const parameters = config === null || ready === null ? undefined : ready.parameters.at(config.arms.findIndex(({ id }) => id === own.arm.id));
  if (config === null || parameters === undefined) return null;
  return { own, arm: own.arm, cost: armCost(own.arm, parameters, own.runs.flatMap(({ steps }) => steps), config.training.questions * config.training.samples) };
}
