import type { Question } from '../agent/types.ts';
import { sha256Text } from '../backbone/sha256.ts';
import { canonicalJson } from '../core/record/canonical-json.ts';
import { seesawConfigSchema, type PlainSeesawConfig } from '../core/record/seesaw-schema.ts';
import { Random } from '../core/random.ts';
import { armProblem, type Arm } from '../training/arms.ts';
import { plural } from './encode.ts';
import type { SeesawRunConfig } from './seesaw-events.ts';

/** The configuration cannot be trained. */
export class SeesawError extends Error {
  override readonly name = 'SeesawError';
  readonly remedy: string;
  constructor(message: string, remedy: string) {
    super(message);
    this.remedy = remedy;
  }
}

/** One run of the experiment. */
export interface PlannedRun {
  readonly arm: Arm;
  readonly seed: number;
  /** 0 where nothing is trained. */
  readonly steps: number;
  /** Steps after which is evaluated. */
  readonly evaluations: number;
}

/** Seeds first, arms within them. The untrained backbone is the same for every seed: it is evaluated once. */
export function planOf({ arms, seeds, training: { steps }, evaluation: { every } }: Pick<SeesawRunConfig, 'arms' | 'seeds' | 'training' | 'evaluation'>): PlannedRun[] {
  return seeds.flatMap((seed, index) =>
    arms
      .filter(({ trained }) => trained || index === 0)
      .map((arm) => {
        const own = arm.trained ? steps : 0;
        const evaluations = Array.from({ length: own + 1 }, (_, step) => step).filter((step) => isEvaluated(step, own, every)).length;
        return { arm, seed, steps: own, evaluations };
      }),
  );
}

/** Before the first step, after every so many (0: none of these), and at the end. */
export function isEvaluated(step: number, steps: number, every: number): boolean {
  return step === 0 || step === steps || (every > 0 && step % every === 0);
}

/** @throws SeesawError with the first thing that cannot be */
export function requireTrainable({ arms, seeds, training, evaluation, objective, trainSets, batch }: SeesawRunConfig): void {
  const refuse = (message: string, remedy: string): never => {
    throw new SeesawError(message, remedy);
  };
  if (arms.length === 0) refuse('No arm is chosen.', 'Choose at least one arm to train.');
  if (seeds.length === 0) refuse('There is no seed.', 'Give at least one seed.');
  if (new Set(seeds).size < seeds.length) refuse('A seed stands twice.', 'Give every seed once: the same seed gives the same run.');
  if (new Set(arms.map(({ id }) => id)).size < arms.length) refuse('An arm stands twice.', 'Choose every arm once.');
  for (const arm of arms) {
    const problem = armProblem(arm);
    if (problem !== null) refuse(`The arm "${arm.label}" cannot be trained: ${problem}`, 'Change the arm, or choose another one.');
  }
  if (arms.some(({ trained }) => trained)) {
    if (training.steps < 1) refuse('There are no steps to train.', 'Set at least one step.');
    if (training.questions < 1 || training.samples < 1) refuse('A step has no rollouts.', 'Set at least one question and one rollout of each.');
    if (training.rates.length === 0 || training.rates.some((rate) => !(rate >= 0))) refuse('The learning rates are not numbers from 0 on.', 'Give a rate such as 0.001.');
    if (objective.kind === 'grpo' && training.samples < 2) refuse('With one rollout of each question there is nothing to compare it with.', 'Set at least two rollouts of each question.');
    if (objective.kind === 'grpo' && trainSets.length === 0) refuse('There are no training questions.', 'Choose at least one training set.');
  }
  if (evaluation.samples < 1) refuse('An evaluation has no rollouts.', 'Set at least one rollout of each question.');
  if (batch < 1) refuse('No rollout may decode.', 'Set a batch of at least 1.');
}

/** Held-out questions in the order in which every arm and run answers them. */
export function evaluationQuestions(questions: readonly Question[], { maxQuestions, seed }: Pick<SeesawRunConfig['evaluation'], 'maxQuestions' | 'seed'>): readonly Question[] {
  const order = new Random(seed).stream('evaluation').shuffle([...questions]);
  return maxQuestions > 0 ? order.slice(0, maxQuestions) : order;
}

/** The configuration as files hold it: opened files are named only. */
export function plainConfig(config: SeesawRunConfig): PlainSeesawConfig {
  const choice = <Choice extends { readonly kind: string }>(value: Choice): Choice => (value.kind === 'file' && 'name' in value ? { ...value, blob: undefined } : value);
  const { objective } = config;
  const plain = {
    ...config,
    objective: objective.kind === 'grpo' ? objective : { kind: objective.kind, name: objective.name },
    trainSets: config.trainSets.map(choice),
    retriever: choice(config.retriever),
    evaluation: { ...config.evaluation, questions: choice(config.evaluation.questions) },
  };
  return seesawConfigSchema.parse(JSON.parse(canonicalJson(plain)));
}

/**
 * SHA-256 of everything that a run's numbers follow from. What does not change them is left out (batch, provider, how
 * often is evaluated and kept), and with a constant rate also the number of steps, so that a run can be made longer.
 */
export function runFingerprint(config: PlainSeesawConfig, { arm, seed }: Pick<PlannedRun, 'arm' | 'seed'>, made: { readonly backbone: string; readonly data: string; readonly retriever: string }): Promise<string> {
  const { objective, training, trainSets, retriever, environment, evaluation } = config;
  const { steps, ...lasting } = training;
  return sha256Text(
    canonicalJson({
      arm: { ...arm, label: '', description: '' },
      seed,
      objective,
      training: training.schedule === 'cosine' ? { ...lasting, steps } : lasting,
      trainSets,
      retriever,
      environment,
      evaluation: { ...evaluation, every: 0 },
      made,
    }),
  );
}

/** What the questions and trajectories are, whatever their names. */
export function dataHash(sets: readonly (readonly Question[])[], evaluation: readonly Question[], trajectories: readonly { readonly tokens: Uint32Array }[] | null): Promise<string> {
  return sha256Text(canonicalJson({ sets, evaluation, trajectories: trajectories?.map(({ tokens }) => tokens.join(' ')) ?? null }));
}

/** A run in words. */
export function runWords({ arm, seed }: Pick<PlannedRun, 'arm' | 'seed'>): string {
  return `${arm.label}, seed ${seed}`;
}

/** What an experiment is, in words. */
export function planWords(plan: readonly PlannedRun[]): string {
  return `${plural(plan.length, 'run', 'runs')}, ${plural(plan.reduce((sum, { steps }) => sum + steps, 0), 'step', 'steps')} in all`;
}
