import type { Beam, BeamEnd } from '../../charts/beam/beam-layout.ts';
import { direction } from '../../core/statistics/estimate.ts';
import { formatFixed } from '../../ui/format.ts';
import type { ShownArm } from './arm-runs.ts';
import { changeAt, evaluatedSteps, skillAt, type Skill } from './skills.ts';

/** A beam, and which way each skill's change clearly goes. */
export interface SkillBeam extends Beam {
  readonly ways: { readonly reasoning: -1 | 0 | 1; readonly tool: -1 | 0 | 1 };
}

/** Where an arm's beam stands at a step: at its last evaluation until then. */
export function beamOf(arm: ShownArm, step: number): SkillBeam {
  const at = evaluatedSteps(arm)
    .filter((evaluated) => evaluated <= step)
    .at(-1);
  return { id: arm.arm.id, label: arm.arm.label, slot: arm.slot, step: at ?? null, reasoning: end(arm, 'reasoningSkill', at), tool: end(arm, 'toolSkill', at), ways: { reasoning: way(arm, 'reasoningSkill', at), tool: way(arm, 'toolSkill', at) } };
}

function end(arm: ShownArm, skill: Skill, step: number | undefined): BeamEnd | null {
  if (step === undefined) return null;
  const value = skillAt(arm, skill, step);
  const change = changeAt(arm, skill, step);
  if (value === null || change === null) return null;
  return { value: value.value, error: value.error, change: change.value, changeError: change.error };
}

function way(arm: ShownArm, skill: Skill, step: number | undefined): -1 | 0 | 1 {
  const change = step === undefined ? null : changeAt(arm, skill, step);
  return change === null ? 0 : direction(change);
}

/** "+3.1 ± 2.4", percentage points. */
export function formatChange(change: number, error: number | null, digits = 1): string {
  const text = formatFixed(100 * change, digits);
  const signed = change > 0 && Number(text) !== 0 ? `+${text}` : text;
  return error === null ? signed : `${signed}\u00a0±\u00a0${formatFixed(100 * error, digits)}`;
}

export function beamSentence({ label, step, reasoning, tool }: Beam): string {
  if (reasoning === null || tool === null || step === null) return `${label}: not evaluated yet.`;
  return `${label}, after ${step} steps: reasoning skill ${formatFixed(100 * reasoning.value, 1)} % (${formatChange(reasoning.change, reasoning.changeError)} points), tool skill ${formatFixed(100 * tool.value, 1)} % (${formatChange(tool.change, tool.changeError)} points).`;
}
