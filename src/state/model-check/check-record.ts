import { checkPlan } from '../../lab/model-check-plan.ts';
import type { ModelCheckState } from './types.ts';

export const CHECK_FORMAT = 'seesaw.model-check';
export const CHECK_VERSION = 1;

/** Everything that a check found and what it was found with; figures that are not numbers stand as null. */
export function checkRecord(state: ModelCheckState, createdAt: Date): object {
  const { status, config, device, backbone, predicted, measures, verdicts, parity, differences, seconds, longestSubmitMs, failure } = state;
  if (!config) throw new Error('No backbone was checked yet.');
  return {
    format: CHECK_FORMAT,
    version: CHECK_VERSION,
    createdAt: createdAt.toISOString(),
    app: { version: __APP_VERSION__, commit: __APP_COMMIT__ },
    status,
    config,
    plan: checkPlan(config.tokens),
    backbone,
    device,
    browser: navigator.userAgent,
    verdicts,
    predicted,
    phases: measures,
    parity,
    differences,
    seconds,
    longestSubmitMs,
    failure,
  };
}
