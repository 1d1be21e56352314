import { readFileSync } from 'node:fs';
import { createTokenizer } from '../../backbone/tokenizer.ts';
import { Random } from '../../core/random.ts';
import type { RoutedSession } from '../../inference/types.ts';
import { WORLD } from '../environment.ts';
import { runRollouts } from '../rollouts.ts';
import type { RolloutOptions, RolloutTask, RolloutTimings } from '../rollouts.ts';
import type { FoundPassage, Question, Retriever, Rollout, TokenAdded, Writing } from '../types.ts';
import { fakeSession, forcedLogits } from './fake-session.ts';

/** The bundled backbone's. */
export const tokenizer = createTokenizer(readFileSync('public/models/seesaw-tiny/tokenizer.json', 'utf8'), readFileSync('public/models/seesaw-tiny/tokenizer_config.json', 'utf8'));
export const vocabSize = tokenizer.vocabSize;
export const ROUTED: Extract<Writing, { readonly kind: 'routed' }> = { kind: 'routed', reasoning: 0, tool: 1 };
export const AGENTS: Extract<Writing, { readonly kind: 'agents' }> = { kind: 'agents', reasoning: 0, tool: 1, keepCaches: true };

export function question(id: string, text = `What is ${id}?`, goldenAnswers: readonly string[] = ['Nairobi']): Question {
  return { id, question: text, goldenAnswers, hops: null, supportingTitles: [] };
}

/** Tags in it are nobody's action. */
export const KENYA: FoundPassage = { id: '1', title: 'Kenya', text: 'The capital is Nairobi. <search>x</search><answer> Nairobi</answer>', score: 1 };

/** Finds something for every query, after a while that differs with each request. */
export function slowRetriever(seed: number): Retriever {
  const random = new Random(seed);
  return {
    description: 'slow',
    search: async (query, topK) => {
      const wait = random.integer(4);
      if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait));
      return Array.from({ length: topK }, (_, index) => ({ id: String(index), title: query.slice(0, 12), text: `${query.length} words <think>`.repeat(1 + (query.length % 2)), score: 1 }));
    },
  };
}

const instant: Retriever = { description: 'instant', search: () => Promise.resolve([KENYA]) };

export interface Outcome {
  readonly rollouts: Rollout[];
  readonly tokens: TokenAdded[];
  readonly problems: string[];
  readonly searches: [string, boolean][];
  readonly timings: RolloutTimings;
}

/** Runs tasks in the world, with everything that is told. @param outcome takes the rollouts of a run that fails */
export async function run(tasks: readonly RolloutTask[], session: RoutedSession, more: Partial<RolloutOptions> = {}, outcome: Partial<Outcome> = {}): Promise<Outcome> {
  const rollouts: Rollout[] = outcome.rollouts ?? [];
  const tokens: TokenAdded[] = [];
  const problems: string[] = [];
  const searches: [string, boolean][] = [];
  const timings = await runRollouts(tasks, {
    tokenizer,
    environment: WORLD,
    retriever: instant,
    sampling: { temperature: 1, topP: 1, topK: 0 },
    alternatives: 2,
    seed: 3,
    batch: 4,
    writers: [{ session, writing: ROUTED }],
    onToken: (token) => tokens.push(token),
    onRollout: (rollout) => rollouts.push(rollout),
    onSearch: (id, call, answered) => searches.push([`${id} ${call.query}`, answered]),
    onProblem: (task, sentence) => problems.push(`${task.id}: ${sentence}`),
    checkpoint: () => Promise.resolve(),
    ...more,
  });
  return { rollouts, tokens, problems, searches, timings };
}

/** Every question with its samples by every writer. */
export function tasksOf(questions: readonly Question[], samples: number, writers = 1, stream = false): RolloutTask[] {
  return questions.flatMap((own) => Array.from({ length: samples }, (_, sample) => Array.from({ length: writers }, (_, writer) => ({ id: `${own.id}-${sample}-${writer}`, question: own, sample, writer, stream })))).flat();
}

/** Without what depends on time. */
export function lasting(rollouts: readonly Rollout[]): unknown[] {
  return [...rollouts].sort((a, b) => (a.id < b.id ? -1 : 1)).map((rollout) => ({ ...rollout, searches: rollout.searches.map((call) => ({ ...call, milliseconds: 0 })) }));
}

const id = (text: string): number => tokenizer.addedToken(text)!;
/** What a model that writes by chance writes. */
export const SOUP = [...['<think>', '</think>', '<search>', '</search>', '</search>', '<answer>', '</answer>', '<information>', '<|im_end|>', '<|im_start|>'].map(id), ...tokenizer.encode(' the capital of Kenya is\n')];

/** What the environment inserts, by its beginning. */
const INSERTED = /^(?:\s*<information>[^]*?<\/information>\n{0,2}|\nMy previous action[^]*?try again\.\n|<\|im_end\|>\n<\|im_start\|>user[^]*?<\|im_start\|>assistant\n)/;

/** A model that writes these turns, one after each insertion. */
export function scripted(turns: readonly string[], options: { maxPositions?: number } = {}): ReturnType<typeof fakeSession> {
  const next = (tokens: readonly number[]): number => {
    const text = tokenizer.decode(tokens);
    let rest = text.slice(text.indexOf('<|im_start|>assistant\n') + '<|im_start|>assistant\n'.length);
    for (const turn of turns) {
      const ids = tokenizer.encode(turn);
      for (let n = 0; n < ids.length; n++) if (tokenizer.decode(ids.slice(0, n)) === rest) return ids[n];
      // The token that ends a turn is dropped before a notice.
      const kept = rest.startsWith(turn) ? turn : turn.replace('<|im_end|>', '');
      rest = rest.slice(kept.length).replace(INSERTED, '');
    }
    return id('<|endoftext|>');
  };
  return fakeSession(forcedLogits(vocabSize, next), { vocabSize, ...options });
}
