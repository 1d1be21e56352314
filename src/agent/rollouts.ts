import type { TextTokenizer } from '../backbone/tokenizer.ts';
import type { RoutedSession, SamplingSettings } from '../inference/types.ts';
import { createEnvironment } from './environment.ts';
import { SessionRollouts } from './session-rollouts.ts';
import type { EnvironmentSettings, Question, Retriever, Rollout, SearchCall, TokenAdded, Writing } from './types.ts';

/** A session and the adapter numbers with which it writes. */
export interface RolloutWriter {
  readonly session: RoutedSession;
  readonly writing: Writing;
}

export interface RolloutTask {
  /** Unique in the run. */
  readonly id: string;
  readonly question: Question;
  readonly sample: number;
  /** Name of its random numbers among those of the question; the sample where none is given. */
  readonly draws?: string;
  /** Index into the writers. */
  readonly writer: number;
  /** Whether its tokens are told as they come. */
  readonly stream: boolean;
}

export interface RolloutTimings {
  /** Milliseconds of drawing tokens. */
  readonly sampling: number;
  /** Milliseconds of tokenising, reading turns and scoring; waiting for a retriever is not in it. */
  readonly environment: number;
  /** Tokens encoded, those encoded again included; a copied prompt is not encoded. */
  readonly tokens: number;
}

export interface RolloutOptions {
  readonly tokenizer: TextTokenizer;
  readonly environment: EnvironmentSettings;
  readonly retriever: Retriever | ((question: Question) => Retriever);
  readonly sampling: SamplingSettings;
  /** Alternatives kept under each sampled token. */
  readonly alternatives: number;
  /** A safe integer. */
  readonly seed: number;
  /** Rollouts that decode together. */
  readonly batch: number;
  readonly writers: readonly RolloutWriter[];
  /** Every token of a streamed task in order, prompt included; pieces and kinds are those known so far. */
  readonly onToken?: (token: TokenAdded) => void;
  /** Every search of every task, when begun and when answered or failed. */
  readonly onSearch?: (rollout: string, call: SearchCall, answered: boolean) => void;
  readonly onRollout: (rollout: Rollout) => void;
  /** A task that cannot begin, in one sentence; the others go on. */
  readonly onProblem?: (task: RolloutTask, sentence: string) => void;
  /** The sums so far, after each decode step. */
  readonly onStep?: (timings: RolloutTimings) => void;
  /** Called once before each decode step: pauses by not resolving, cancels by throwing. */
  readonly checkpoint: () => Promise<void>;
  /** Ends the run, requests to the retriever included. */
  readonly signal?: AbortSignal;
  /** A clock in milliseconds. Default: performance.now */
  readonly now?: () => number;
}

/**
 * Runs the tasks, `batch` at a time, and gives each rollout to `onRollout` when it has finished. Tasks whose writers
 * share a session decode together; different sessions follow one another, in the order of their first tasks.
 *
 * A rollout depends on its question, sample, writer and the seed alone: each response position has its own uniform
 * number, and which of its tokens are encoded together is a function of the row. So neither the batch, nor the order of
 * tasks, nor how long a search takes changes anything, and writers from the same seed draw with the same numbers (unless
 * their tasks name others with `draws`). The adapter at position p is that of the token that p predicts (equation 2).
 *
 * When the run is cancelled, unfinished rollouts are delivered as they are, with finish `cancelled`, and the promise
 * rejects with what `checkpoint` threw or the signal's reason.
 * @throws RangeError for a batch, writer or adapter number out of range, and for logits that are none
 */
export async function runRollouts(tasks: readonly RolloutTask[], options: RolloutOptions): Promise<RolloutTimings> {
  const { batch, writers } = options;
  if (!Number.isSafeInteger(batch) || batch < 1) throw new RangeError(`A batch must hold at least 1 rollout, not ${batch}.`);
  for (const { session, writing } of writers) {
    const { reasoning, tool } = writing;
    const answer = writing.kind === 'routed' ? writing.answer : undefined;
    for (const adapter of [reasoning, tool, answer ?? reasoning]) {
      if (!Number.isInteger(adapter) || adapter < 0 || adapter > session.baseAdapter) throw new RangeError(`There is no adapter ${adapter}: this backbone has ${session.adapterCount}, and ${session.baseAdapter} stands for none.`);
    }
  }
  const bySession = new Map<RoutedSession, RolloutTask[]>();
  for (const task of tasks) {
    const writer = writers.at(task.writer);
    if (writer === undefined || task.writer < 0) throw new RangeError(`Task ${task.id} names writer ${task.writer}, and there are ${writers.length}.`);
    const list = bySession.get(writer.session);
    if (list === undefined) bySession.set(writer.session, [task]);
    else list.push(task);
  }
  const environment = createEnvironment(options.environment, options.tokenizer);
  const timings = { sampling: 0, environment: 0, tokens: 0 };
  for (const [session, own] of bySession) await new SessionRollouts(session, own, environment, options, timings).run();
  return timings;
}
