import type { CurvePoint } from '../../charts/curves/curve-layout.ts';
import { type ArmAt, changeAt as changeOfSeeds, type Evaluations, evaluatedSteps as stepsOfSeeds, gapBetween, type SkillEstimate, skillAt as skillOfSeeds } from '../../training/aggregate.ts';
import type { ArmRuns } from './arm-runs.ts';

/** What is measured on held-out questions. */
export const SKILLS = ['exactMatch', 'toolSkill', 'reasoningSkill'] as const;
export type Skill = (typeof SKILLS)[number];

export const SKILL_WORDS: Readonly<Record<Skill, { readonly name: string; readonly meaning: string }>> = {
  exactMatch: { name: 'Exact match', meaning: 'The share of answers that are right, with the agent’s own searches.' },
  toolSkill: { name: 'Tool skill', meaning: 'The share of rollouts whose searches found a golden answer.' },
  reasoningSkill: { name: 'Reasoning skill', meaning: 'The share of answers that are right when every search returns the gold passages.' },
};

type Counted = Pick<ArmRuns, 'arm' | 'counted'>;

const evaluationsOf = ({ counted }: Pick<ArmRuns, 'counted'>): Evaluations[] => counted.map(({ points }) => points);

/** Steps at which an arm's runs have been evaluated, ascending. */
export function evaluatedSteps(arm: Pick<ArmRuns, 'counted'>): number[] {
  return stepsOfSeeds(evaluationsOf(arm));
}

/** The last step that an arm was evaluated at; null before any. */
export function lastEvaluated(arm: Pick<ArmRuns, 'counted'>): number | null {
  return evaluatedSteps(arm).at(-1) ?? null;
}

/** A skill at one evaluated step, over the runs that were evaluated there. */
export function skillAt(arm: Pick<ArmRuns, 'counted'>, skill: Skill, step: number): SkillEstimate | null {
  return skillOfSeeds(evaluationsOf(arm), skill, step);
}

/** A skill's change since the run's own evaluation before the first step, over the same runs and questions. */
export function changeAt(arm: Pick<ArmRuns, 'counted'>, skill: Skill, step: number): SkillEstimate | null {
  return changeOfSeeds(evaluationsOf(arm), skill, step);
}

/** How far one arm is above another at their steps. */
export function gapAt(arm: Counted, step: number, other: Counted, otherStep: number, skill: Skill): SkillEstimate | null {
  const at = ({ arm: { trained }, counted }: Counted, own: number): ArmAt => ({ seeds: new Map(counted.map(({ id, points }) => [id.seed, points])), step: own, trained });
  return gapBetween(at(arm, step), at(other, otherStep), skill);
}

/** A skill over the steps with its errors; an arm that is never trained stays where it is. */
export function skillPoints(arm: ArmRuns, skill: Skill, lastStep: number): CurvePoint[] {
  const points = evaluatedSteps(arm).flatMap((step): CurvePoint[] => {
    const value = skillAt(arm, skill, step);
    return value === null ? [] : [{ x: step, y: value.value, error: value.error }];
  });
  const [only] = points;
  return !arm.arm.trained && points.length === 1 && only.x < lastStep ? [only, { ...only, x: lastStep }] : points;
}

/** The same of every run by itself, where there are several. */
export function skillOfRuns({ runs }: ArmRuns, skill: Skill): CurvePoint[][] {
  if (runs.filter(({ points }) => points.length > 0).length < 2) return [];
  return runs.map(({ points }) => points.flatMap(({ step, evaluation }): CurvePoint[] => (evaluation[skill] === null ? [] : [{ x: step, y: evaluation[skill].value, error: null }])));
}
