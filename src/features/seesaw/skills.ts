import type { CurvePoint } from '../../charts/curves/curve-layout.ts';
import type { SeesawRunView } from '../../state/seesaw/types.ts';
import type { Evaluation } from '../../training/evaluate.ts';
import { aggregate, type Aggregate, difference, type Sample } from './aggregate.ts';
import type { ArmRuns } from './arm-runs.ts';

/** What is measured on held-out questions. */
export const SKILLS = ['exactMatch', 'toolSkill', 'reasoningSkill'] as const;
export type Skill = (typeof SKILLS)[number];

export const SKILL_WORDS: Readonly<Record<Skill, { readonly name: string; readonly meaning: string }>> = {
  exactMatch: { name: 'Exact match', meaning: 'The share of answers that are right, with the agent’s own searches.' },
  toolSkill: { name: 'Tool skill', meaning: 'The share of rollouts whose searches found a golden answer.' },
  reasoningSkill: { name: 'Reasoning skill', meaning: 'The share of answers that are right when every search returns the gold passages.' },
};

/** Steps at which an arm's runs have been evaluated, ascending. */
export function evaluatedSteps({ counted }: Pick<ArmRuns, 'counted'>): number[] {
  return [...new Set(counted.flatMap(({ points }) => points.map(({ step }) => step)))].sort((a, b) => a - b);
}

/** The last step that an arm was evaluated at; null before any. */
export function lastEvaluated(arm: Pick<ArmRuns, 'counted'>): number | null {
  return evaluatedSteps(arm).at(-1) ?? null;
}

/** A skill at one evaluated step, over the runs that were evaluated there. */
export function skillAt({ counted }: Pick<ArmRuns, 'counted'>, skill: Skill, step: number): Aggregate | null {
  return aggregate(counted.flatMap((run) => sampleAt(run, skill, step)));
}

/** A skill's change since the run's own evaluation before the first step, over the same runs and questions. */
export function changeAt({ counted }: Pick<ArmRuns, 'counted'>, skill: Skill, step: number): Aggregate | null {
  return aggregate(
    counted.flatMap((run) => {
      const before = sampleAt(run, skill, 0).at(0);
      if (step === 0) return before ? [{ value: 0, error: null, questions: null }] : [];
      return before ? sampleAt(run, skill, step).map((after) => difference(after, before)) : [];
    }),
  );
}

/** How far one arm is above another at their steps: seed by seed where they share seeds, question by question. */
export function gapAt(arm: Pick<ArmRuns, 'counted'>, step: number, other: Pick<ArmRuns, 'counted'>, otherStep: number, skill: Skill): Aggregate | null {
  const paired = arm.counted.flatMap((run) => {
    const twin = other.counted.find(({ id }) => id.seed === run.id.seed);
    const theirs = twin && sampleAt(twin, skill, otherStep).at(0);
    return theirs ? sampleAt(run, skill, step).map((own) => difference(own, theirs)) : [];
  });
  if (paired.length > 0) return aggregate(paired);
  const own = skillAt(arm, skill, step);
  const theirs = skillAt(other, skill, otherStep);
  return own === null || theirs === null ? null : aggregate([difference(own, theirs)]);
}

function sampleAt(run: SeesawRunView, skill: Skill, step: number): Sample[] {
  const point = run.points.find((candidate) => candidate.step === step);
  return point ? sampleOf(point.evaluation, skill) : [];
}

/** At most one: reasoning skill is not measured where the gold passages are not known. */
function sampleOf(evaluation: Evaluation, skill: Skill): Sample[] {
  const measured = evaluation[skill];
  return measured === null ? [] : [{ ...measured, questions: evaluation.perQuestion[skill] }];
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
  return runs.map(({ points }) => points.flatMap(({ step, evaluation }) => sampleOf(evaluation, skill).map(({ value }) => ({ x: step, y: value, error: null }))));
}
