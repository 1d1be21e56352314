import type { QuestionChoice } from '../../agent/choices.ts';
import { BUNDLED_CORPORA, BUNDLED_QUESTIONS } from '../../agent/datasets.ts';
import type { SeesawSettings } from '../../state/seesaw/types.ts';

const nameOf = (choice: QuestionChoice): string => (choice.kind === 'asked' ? choice.question : choice.name);

/** The sets with one more, or without it; the last one stays, for a run needs one. */
export function toggled(sets: readonly QuestionChoice[], choice: QuestionChoice): readonly QuestionChoice[] {
  const others = sets.filter((set) => set.kind !== choice.kind || nameOf(set) !== nameOf(choice));
  if (others.length === sets.length) return [...sets, choice];
  return others.length === 0 ? sets : others;
}

/** Which sets find nothing in the chosen corpus; '' where all fit or it cannot be told. */
export function corpusRemark({ objective, trainSets, evaluation, retriever }: Pick<SeesawSettings, 'objective' | 'trainSets' | 'evaluation' | 'retriever'>): string {
  if (retriever.kind !== 'bundled') return '';
  const used = [...(objective.kind === 'grpo' ? trainSets : []), evaluation.questions].flatMap((choice) => BUNDLED_QUESTIONS.filter((set) => choice.kind === 'bundled' && set.name === choice.name));
  const foreign = [...new Set(used.filter(({ corpus }) => corpus !== retriever.corpus).map(({ title }) => title))];
  const corpus = BUNDLED_CORPORA.find(({ name }) => name === retriever.corpus)?.title ?? retriever.corpus;
  return foreign.length === 0 ? '' : `${foreign.join(' and ')} ${foreign.length === 1 ? 'is' : 'are'} answered by passages that the corpus ${corpus} does not hold.`;
}
