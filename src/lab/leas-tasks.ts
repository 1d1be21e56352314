import type { RolloutTask } from '../agent/rollouts.ts';
import type { Question, Retriever } from '../agent/types.ts';
import type { LeasWriter } from '../core/leas/writers.ts';
import { drawsOf, type Cell, type PlannedSet } from './leas-plan.ts';
import type { Chunk } from './leas-tally.ts';

/** What the rollout loop is given for a chunk. */
export interface ChunkTasks {
  readonly tasks: readonly RolloutTask[];
  /** In the order of the tasks' numbers. */
  readonly writers: readonly LeasWriter[];
  /** Of a task's id. */
  readonly place: (id: string) => { readonly cell: Cell; readonly question: number };
  readonly retriever: (question: Question) => Retriever;
}

/** Question by question, all its cells behind each other, so that samples of one writer share the encoded prompt. */
export function chunkTasks({ parts }: Chunk, { label, questions }: PlannedSet, retriever: Retriever, gold: ((question: Question) => Retriever) | null): ChunkTasks {
  const writers = [...new Set(parts.map(({ cell }) => cell.writer))];
  // The loop asks for a retriever by the question: one with fixed retrieval is an object of its own.
  const fixed = new Map<Question, Retriever>();
  const places: { readonly cell: Cell; readonly question: number }[] = [];
  const tasks: RolloutTask[] = [];
  for (const { cell, question, samples } of parts) {
    const asked = cell.retrieval === 'fixed' ? { ...questions[question] } : questions[question];
    if (cell.retrieval === 'fixed' && gold) fixed.set(asked, gold(asked));
    for (const sample of samples) {
      tasks.push({ id: String(tasks.length), question: asked, sample, draws: drawsOf(label, cell, sample), writer: writers.indexOf(cell.writer), stream: false });
      places.push({ cell, question });
    }
  }
  return { tasks, writers, place: (id) => places[Number(id)], retriever: (question) => fixed.get(question) ?? retriever };
}
