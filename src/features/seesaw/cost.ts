import type { ArmRuns } from './arm-runs.ts';

/** What a step spends on the average, seconds and tokens. */
export interface StepCost {
  readonly steps: number;
  readonly rollout: number;
  readonly forward: number;
  readonly backward: number;
  readonly optimiser: number;
  readonly total: number;
  readonly rolloutTokens: number;
  readonly reencodedTokens: number;
  readonly trainedTokens: number;
}

/** Over all steps of all runs of an arm; null before the first. */
export function stepCost({ runs }: Pick<ArmRuns, 'runs'>): StepCost | null {
  const reports = runs.flatMap(({ steps }) => steps);
  if (reports.length === 0) return null;
  const mean = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length;
  const seconds = (key: 'rollout' | 'forward' | 'backward' | 'optimiser'): number => mean(reports.map(({ time }) => time[key])) / 1000;
  const parts = { rollout: seconds('rollout'), forward: seconds('forward'), backward: seconds('backward'), optimiser: seconds('optimiser') };
  return {
    steps: reports.length,
    ...parts,
    total: parts.rollout + parts.forward + parts.backward + parts.optimiser,
    rolloutTokens: mean(reports.map(({ tokens }) => tokens.rollout)),
    reencodedTokens: mean(reports.map(({ tokens }) => tokens.reencoded)),
    trainedTokens: mean(reports.map(({ tokens }) => tokens.trained)),
  };
}
