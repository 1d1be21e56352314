import type { RolloutTask } from '../agent/rollouts.ts';
import type { Question, Writing } from '../agent/types.ts';
import { BackboneError } from '../backbone/types.ts';
import { Random } from '../core/random.ts';
import type { RolloutRunConfig, WriterChoice } from './rollout-events.ts';

type TaskConfig = Pick<RolloutRunConfig, 'samples' | 'maxQuestions' | 'inOrder' | 'seed' | 'stream'> & { readonly writers: { readonly length: number } };

/**
 * What is to be written, in order: questions as drawn, each with its samples, each sample by every writer, so that what
 * is compared is seen side by side. The order of questions has a random stream of its own: more samples or another
 * writer change it not.
 */
export function rolloutTasks(questions: readonly Question[], { samples, maxQuestions, inOrder, seed, stream, writers }: TaskConfig): RolloutTask[] {
  const order = inOrder ? [...questions] : new Random(seed).stream('questions').shuffle([...questions]);
  const drawn = maxQuestions > 0 ? order.slice(0, maxQuestions) : order;
  const tasks: RolloutTask[] = [];
  for (const question of drawn) {
    for (let sample = 0; sample < samples; sample++) {
      for (let writer = 0; writer < writers.length; writer++) {
        const id = `${question.id}-${sample}${writers.length > 1 ? `-${writer}` : ''}`;
        tasks.push({ id, question, sample, writer, stream: tasks.length < stream });
      }
    }
  }
  return tasks;
}

/** A writer's way of writing with the session's numbers. @throws BackboneError when it names an adapter that is not there */
export function resolveWriting({ label, writing }: WriterChoice, adapterCount: number): Writing {
  const resolve = (adapter: number | 'base'): number => {
    if (adapter === 'base') return adapterCount;
    if (adapter < adapterCount) return adapter;
    const there = adapterCount === 0 ? 'there are none' : `there ${adapterCount === 1 ? 'is one' : `are ${adapterCount}`}`;
    throw new BackboneError(`The writer "${label}" uses adapter ${adapter + 1}, and ${there}; choose its adapters, or let the backbone write alone.`);
  };
  const [reasoning, tool] = [resolve(writing.reasoning), resolve(writing.tool)];
  const answer = writing.answer === undefined ? {} : { answer: resolve(writing.answer) };
  return writing.kind === 'routed' ? { kind: 'routed', reasoning, tool, ...answer } : { kind: 'agents', reasoning, tool, keepCaches: writing.keepCaches ?? true };
}
