import type { SeesawRunView, SeesawSettings } from '../../state/seesaw/types.ts';
import type { TrainingSettings } from '../../training/settings.ts';
import type { Arm } from '../../training/arms.ts';

/** What rollouts take on this device, from runs that are on the page. */
export interface Pace {
  /** Seconds a training rollout, its share of the backward pass included. */
  readonly perRollout: number;
  /** Seconds an evaluation rollout; one with fixed retrieval counts too. */
  readonly perEvaluated: number;
}

export function paceOf(runs: readonly SeesawRunView[], { questions, samples }: Pick<TrainingSettings, 'questions' | 'samples'>): Pace | null {
  const steps = runs.flatMap((run) => run.steps);
  if (steps.length === 0) return null;
  const seconds = steps.reduce((total, { time }) => total + time.rollout + time.forward + time.backward + time.optimiser, 0) / 1000;
  const evaluations = runs.flatMap((run) => run.points.map(({ evaluation }) => evaluation));
  const evaluated = evaluations.reduce((total, { rollouts }) => total + 2 * rollouts, 0);
  const waited = evaluations.reduce((total, { milliseconds }) => total + milliseconds, 0) / 1000;
  const perRollout = seconds / steps.length / (questions * samples);
  return { perRollout, perEvaluated: evaluated === 0 ? perRollout : waited / evaluated };
}

/** How much a run of these settings is. @param heldOut questions of the evaluation set */
export function workOf(settings: Pick<SeesawSettings, 'training' | 'evaluation' | 'seeds'>, arms: readonly Arm[], heldOut: number): { readonly runs: number; readonly steps: number; readonly rollouts: number; readonly evaluated: number } {
  const { training, evaluation, seeds } = settings;
  const trained = arms.filter((arm) => arm.trained).length * seeds.length;
  const runs = arms.length * seeds.length;
  const evaluations = evaluation.every > 0 ? 1 + Math.ceil(training.steps / evaluation.every) : 2;
  const questions = evaluation.maxQuestions === 0 ? heldOut : Math.min(heldOut, evaluation.maxQuestions);
  return {
    runs,
    steps: trained * training.steps,
    rollouts: trained * training.steps * training.questions * training.samples,
    evaluated: 2 * questions * evaluation.samples * (trained * evaluations + (runs - trained)),
  };
}

export function secondsOf({ rollouts, evaluated }: Pick<ReturnType<typeof workOf>, 'rollouts' | 'evaluated'>, pace: Pace): number {
  return rollouts * pace.perRollout + evaluated * pace.perEvaluated;
}
