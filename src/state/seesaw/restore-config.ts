import type { QuestionChoice, RetrieverChoice } from '../../agent/choices.ts';
import type { PlainSeesawConfig } from '../../core/record/seesaw-schema.ts';
import type { SeesawRunConfig } from '../../lab/seesaw-events.ts';
import { standardArms, type Arm } from '../../training/arms.ts';
import type { SeesawSettings } from './types.ts';

/** A file that a record names and this page has not open. */
class MissingFile extends Error {}

const EMPTY = new Blob();

/** A recorded configuration as the page shows it; its files are empty, for nothing reads them. */
export function shownConfig(plain: PlainSeesawConfig): SeesawRunConfig {
  return withFiles(plain, () => EMPTY);
}

/**
 * The settings that a recorded configuration came from, with the files that are open here.
 * @throws Error with a sentence for a file that is not
 */
export function settingsOf(plain: PlainSeesawConfig, before: SeesawSettings): SeesawSettings {
  const blobs = new Map<string, Blob>();
  for (const choice of [...before.trainSets, before.evaluation.questions, before.retriever]) if (choice.kind === 'file') blobs.set(choice.name, choice.blob);
  if (before.objective.kind === 'supervised') blobs.set(before.objective.name, before.objective.trajectories);
  let config: SeesawRunConfig;
  try {
    config = withFiles(plain, (name) => {
      const blob = blobs.get(name);
      if (!blob) throw new MissingFile(`It was trained with the file “${name}”, which is not open here.`);
      return blob;
    });
  } catch (error) {
    if (error instanceof MissingFile) throw new Error(error.message, { cause: error });
    throw error;
  }
  const { arms, seeds, objective, training, trainSets, retriever, environment, evaluation, batch, provider, checkpointEvery } = config;
  const rank = arms.map((arm) => arm.rank * arm.adapters)[0];
  const standard = standardArms(rank);
  return {
    seeds, objective, training, trainSets, retriever, environment, evaluation, batch, provider, checkpointEvery,
    arms: arms.map(({ id }) => id),
    totalRank: rank,
    ownArms: arms.filter((arm) => !standard.some((other) => same(arm, other))),
  };
}

function same(one: Arm, other: Arm): boolean {
  return JSON.stringify(sorted(one)) === JSON.stringify(sorted(other));
}

function sorted(arm: Arm): readonly (readonly [string, unknown])[] {
  return Object.entries(arm).sort(([a], [b]) => (a < b ? -1 : 1));
}

function withFiles(plain: PlainSeesawConfig, blobOf: (name: string) => Blob): SeesawRunConfig {
  const questions = (choice: PlainSeesawConfig['trainSets'][number]): QuestionChoice => (choice.kind === 'file' ? { ...choice, blob: blobOf(choice.name) } : choice);
  const retriever = (choice: PlainSeesawConfig['retriever']): RetrieverChoice => (choice.kind === 'file' ? { ...choice, blob: blobOf(choice.name) } : choice);
  const { objective } = plain;
  return {
    ...plain,
    objective: objective.kind === 'supervised' ? { ...objective, trajectories: blobOf(objective.name) } : objective,
    trainSets: plain.trainSets.map(questions),
    retriever: retriever(plain.retriever),
    evaluation: { ...plain.evaluation, questions: questions(plain.evaluation.questions) },
  };
}
