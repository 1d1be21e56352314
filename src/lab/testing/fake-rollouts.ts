import type { RolloutTask, runRollouts } from '../../agent/rollouts.ts';
import type { Question, Rollout } from '../../agent/types.ts';
import type { RoutedSession } from '../../inference/types.ts';
import { SEARCH_R1_TAGS } from '../../core/trajectory/tags.ts';
import type { RolloutRunConfig } from '../rollout-events.ts';

export const ROLLOUT_CONFIG: RolloutRunConfig = {
  backbone: 'seesaw-tiny',
  questions: { kind: 'bundled', name: 'q' },
  retriever: { kind: 'bundled', corpus: 'c' },
  environment: { dialect: 'world', tags: SEARCH_R1_TAGS, maxSearches: 3, maxTurnTokens: 60, maxTokens: 448, maxObservationTokens: 500, topK: 2 },
  sampling: { temperature: 1, topP: 1, topK: 0 },
  writers: [{ label: 'Backbone', adapters: { kind: 'none' }, writing: { kind: 'routed', reasoning: 'base', tool: 'base' } }],
  samples: 2,
  maxQuestions: 0,
  inOrder: true,
  seed: 1,
  batch: 2,
  provider: 'auto',
  alternatives: 0,
  stream: 1,
  parity: -1,
};

export function question(id: string): Question {
  return { id, question: `What is ${id}?`, goldenAnswers: [id], hops: 1, supportingTitles: [] };
}

export function fakeSession(provider: 'wasm' | 'webgpu' = 'wasm', adapterCount = 0): RoutedSession {
  return {
    provider,
    vocabSize: 10,
    maxPositions: 4096,
    adapterCount,
    baseAdapter: adapterCount,
    stepLimit: 1,
    get timings() {
      return { inputs: 1, kernels: 2, steps: 3, extensions: 1, tokens: 0 };
    },
    gpuBytes: 0,
    notes: [],
    open: () => {
      throw new Error('not opened in tests');
    },
    destroy: () => Promise.resolve(),
  };
}

export function fakeRollout({ id, question: asked, sample, writer }: Pick<RolloutTask, 'id' | 'question' | 'sample' | 'writer'>, over: Partial<Rollout> = {}): Rollout {
  const logprobs = Float32Array.of(Number.NaN, -1, -1.5, Number.NaN, -1);
  return {
    id, question: asked, sample, writer,
    tokens: Uint32Array.of(1, 2, 3, 4, 5),
    promptTokens: 1,
    roles: Uint8Array.of(0, 1, 2, 3, 1),
    kinds: ['prompt', 'think', 'tool', 'observation', 'answer'],
    inAnswer: new Uint8Array(5),
    adapters: Uint8Array.of(0, 1, 0, 0, 0),
    logprobs,
    pieces: ['p', 'a', 'b', 'o', 'c'],
    alternatives: [[], [], [], [], []],
    text: 'paboc',
    searches: [],
    finish: 'answered',
    answer: asked.id,
    reward: 1, f1: 1, hit: true,
    wellFormed: true,
    reencodedTokens: 0,
    ...over,
  };
}

/** A loop that passes a checkpoint a token and ends each rollout after five. */
export const fakeLoop: typeof runRollouts = async (tasks, options) => {
  let tokens = 0;
  for (const task of tasks) {
    const rollout = fakeRollout(task);
    for (let position = 0; position < rollout.tokens.length; position++) {
      await options.checkpoint();
      if (task.stream) options.onToken?.({ rollout: task.id, position, token: rollout.tokens[position], piece: rollout.pieces[position], role: rollout.roles[position], kind: rollout.kinds[position], adapter: rollout.adapters[position], logprob: rollout.logprobs[position], alternatives: [] });
    }
    tokens += rollout.tokens.length;
    options.onRollout(rollout);
    options.onStep?.({ sampling: 1, environment: 1, tokens });
  }
  return { sampling: 3, environment: 4, tokens };
};
