import type { LineProblem } from '../core/trajectory/types.ts';
import type { QuestionChoice } from './choices.ts';
import { fetchFile } from './fetch-file.ts';
import { readQuestions } from './retriever/questions.ts';
import { RetrieverError } from './types.ts';
import type { Question } from './types.ts';

/** A corpus that comes with the page; addresses are relative to it. */
export interface BundledCorpus {
  readonly name: string;
  readonly title: string;
  readonly url: string;
  /** The environment.json that fixes its BM25; null: the general settings. */
  readonly environment: string | null;
  readonly passages: number;
  /** One line. */
  readonly attribution: string;
}

/** A question set that comes with the page. */
export interface BundledQuestions {
  readonly name: string;
  readonly title: string;
  readonly url: string;
  readonly questions: number;
  /** Name of the bundled corpus that answers it. */
  readonly corpus: string;
  readonly attribution: string;
}

const WORLD = 'Generated from npm countries-list 3.4.1, MIT licence, © Annexare Studio';
const HOTPOTQA = 'HotpotQA (Yang et al., EMNLP 2018), CC BY-SA 4.0, first 100 questions of the development set, distractor setting';

export const BUNDLED_CORPORA: readonly BundledCorpus[] = [
  { name: 'world', title: 'World', url: 'datasets/world/corpus.jsonl', environment: 'datasets/world/environment.json', passages: 1115, attribution: WORLD },
  { name: 'hotpotqa-100', title: 'HotpotQA, 100 questions', url: 'datasets/hotpotqa-100/corpus.jsonl', environment: null, passages: 991, attribution: HOTPOTQA },
];

export const BUNDLED_QUESTIONS: readonly BundledQuestions[] = [
  { name: 'world-a-heldout', title: 'World A, held out', url: 'datasets/world/questions-a-heldout.jsonl', questions: 520, corpus: 'world', attribution: WORLD },
  { name: 'world-a-train', title: 'World A, train', url: 'datasets/world/questions-a-train.jsonl', questions: 1142, corpus: 'world', attribution: WORLD },
  { name: 'world-b-heldout', title: 'World B, held out', url: 'datasets/world/questions-b-heldout.jsonl', questions: 96, corpus: 'world', attribution: WORLD },
  { name: 'world-b-train', title: 'World B, train', url: 'datasets/world/questions-b-train.jsonl', questions: 96, corpus: 'world', attribution: WORLD },
  { name: 'hotpotqa-100', title: 'HotpotQA, 100 questions', url: 'datasets/hotpotqa-100/questions.jsonl', questions: 100, corpus: 'hotpotqa-100', attribution: HOTPOTQA },
];

export interface LoadedQuestions {
  /** As the page names the set; for an asked question the question itself. */
  readonly name: string;
  readonly questions: readonly Question[];
  readonly problems: readonly LineProblem[];
}

/**
 * The questions of a choice.
 * @param base address of the page
 * @throws RetrieverError for an unknown set, a file without questions, an empty question; the signal's reason once it is aborted
 */
export async function loadQuestions(choice: QuestionChoice, base: string, signal?: AbortSignal): Promise<LoadedQuestions> {
  const options = signal === undefined ? {} : { signal };
  switch (choice.kind) {
    case 'bundled': {
      const set = BUNDLED_QUESTIONS.find(({ name }) => name === choice.name);
      if (set === undefined) throw new RetrieverError(`There is no bundled question set "${choice.name}".`, `Choose one of ${BUNDLED_QUESTIONS.map(({ name }) => name).join(', ')}.`);
      return { name: set.title, ...(await readQuestions(await fetchFile(new URL(set.url, base).href, signal), options)) };
    }
    case 'file':
      return { name: choice.name, ...(await readQuestions(choice.blob, options)) };
    case 'asked': {
      const question = choice.question.trim();
      if (question === '') throw new RetrieverError('There is no question.', 'Write one.');
      const goldenAnswers = choice.goldenAnswers.map((answer) => answer.trim()).filter((answer) => answer !== '');
      return { name: question, questions: [{ id: 'asked', question, goldenAnswers, hops: null, supportingTitles: [] }], problems: [] };
    }
  }
}
