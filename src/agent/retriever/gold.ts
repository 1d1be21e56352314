import { normaliseAnswer } from '../../core/trajectory/reward.ts';
import type { FoundPassage, Passage, Question, Retriever } from '../types.ts';
import type { Bm25Index } from './bm25.ts';

/** Best BM25 results among which passages with an answer are looked for. */
const CANDIDATES = 500;

/**
 * Fixed retrieval, for measuring what a model does with the right passages: whatever the query, the passages that hold
 * the question's answer. Those of the supporting titles, one of each title first; without titles the passages that hold
 * a golden answer as whole words, ranked by BM25 of the question, and before them, for questions of several hops, the
 * passage that the question itself finds first, whose words then rank too. Scores are 1, 1/2, 1/3, …
 */
export function goldRetriever(question: Question, index: Bm25Index): Retriever {
  const passages = goldPassages(question, index);
  return {
    description: 'Gold passages',
    search(_query, topK, signal) {
      return new Promise((resolve) => {
        signal?.throwIfAborted();
        resolve(passages.slice(0, Math.max(0, topK)).map((passage, rank): FoundPassage => ({ ...passage, score: 1 / (rank + 1) })));
      });
    },
  };
}

/** The gold passages of a question, best first; empty where none is found. */
export function goldPassages(question: Question, index: Bm25Index): readonly Passage[] {
  const titled = question.supportingTitles.map((title) => index.titled(title));
  const longest = Math.max(0, ...titled.map((list) => list.length));
  const byTitle = Array.from({ length: longest }, (_, rank) => titled.flatMap((list) => list.slice(rank, rank + 1))).flat();
  return byTitle.length > 0 ? byTitle : byAnswer(question, index);
}

function byAnswer({ question, goldenAnswers, hops }: Question, index: Bm25Index): readonly Passage[] {
  const answers = goldenAnswers.map(normaliseAnswer).filter((answer) => answer !== '').map((answer) => ` ${answer} `);
  const holds = ({ title, text }: Passage): boolean => {
    const normal = ` ${normaliseAnswer(`${title} ${text}`)} `;
    return answers.some((answer) => normal.includes(answer));
  };
  const first = (hops ?? 1) > 1 ? index.search(question, 1) : [];
  // With the answers among the terms no passage that holds one is missed for want of the question's words.
  const words = [question, ...first.flatMap(({ title, text }) => [title, text]), ...goldenAnswers].join(' ');
  const rest = index.search(words, CANDIDATES).filter(holds);
  return [...first, ...rest.filter(({ id }) => id !== first.at(0)?.id)].map(({ id, title, text }) => ({ id, title, text }));
}
