import type { Alternative } from '../inference/types.ts';
import type { SpanKind, TagSettings } from '../core/trajectory/types.ts';

/** A question as FlashRAG and HotpotQA files give it. */
export interface Question {
  readonly id: string;
  readonly question: string;
  readonly goldenAnswers: readonly string[];
  /** Number of facts that must be combined, where the file says so. */
  readonly hops: number | null;
  /** Identifiers (corpus) or titles of the passages that hold the answer, where the file says so. */
  readonly supportingTitles: readonly string[];
}

/** A passage of a corpus. */
export interface Passage {
  readonly id: string;
  readonly title: string;
  readonly text: string;
}

export interface FoundPassage extends Passage {
  readonly score: number;
}

/** Answers search queries. Results are untrusted text. */
export interface Retriever {
  readonly description: string;
  /** Best first, at most `topK`. @throws RetrieverError with one sentence and a way out; AbortError when aborted */
  search(query: string, topK: number, signal?: AbortSignal): Promise<readonly FoundPassage[]>;
}

export class RetrieverError extends Error {
  override readonly name = 'RetrieverError';
  readonly remedy: string;
  constructor(message: string, remedy: string) {
    super(message);
    this.remedy = remedy;
  }
}

/** How prompts, tool calls and observations are written. `world`: the bundled backbone's own; the others as published. */
export type Dialect = 'world' | 'search-r1' | 'qwen';

export interface EnvironmentSettings {
  readonly dialect: Dialect;
  readonly tags: TagSettings;
  /** Qwen3's switch; false: the template closes an empty think before the model writes. Absent: as the template has it. */
  readonly thinking?: boolean | undefined;
  /** Searches that are answered; then (search-r1, qwen) one last turn without search, or (world) a further one ends the rollout. */
  readonly maxSearches: number;
  /** Model tokens since the last observation; reaching it ends the turn. */
  readonly maxTurnTokens: number;
  /** Prompt and response together. */
  readonly maxTokens: number;
  /** Tokens of one observation; longer ones are cut (Search-R1: 500). */
  readonly maxObservationTokens: number;
  /** Passages a search returns. */
  readonly topK: number;
}

/**
 * Who writes. Numbers are adapters of the session (its `baseAdapter` for the frozen backbone).
 * `routed`: one cache; each position uses the adapter of the token that it predicts (DART; equal numbers: one adapter).
 * `answer`, where given, writes what stands after `<answer>`, its closing tag included. `control` puts another rule of
 * the prefix in place of the roles: `halves`, the first `at` response tokens by `reasoning` and the others by `tool`;
 * `shuffled`, each stretch of one role by either of the two, drawn from the rollout's own random numbers.
 * `agents`: two complete writers with a cache each, every position encoded with the writer's own adapter: hybrids and
 * two agents. What the other has written is encoded again at each hand-over; with `keepCaches` false, the whole context.
 */
export type Writing =
  | { readonly kind: 'routed'; readonly reasoning: number; readonly tool: number; readonly answer?: number; readonly control?: { readonly kind: 'halves'; readonly at: number } | { readonly kind: 'shuffled' } }
  | { readonly kind: 'agents'; readonly reasoning: number; readonly tool: number; readonly keepCaches: boolean };

/** One search of a rollout. */
export interface SearchCall {
  readonly query: string;
  readonly passages: readonly FoundPassage[];
  /** The observation's tokens, a half-open range of the rollout; null while it is being answered. */
  readonly start: number;
  readonly end: number;
  readonly milliseconds: number;
  /** Why nothing was returned, where the retriever failed. */
  readonly failure: string | null;
}

/** `answered`: an answer and the end of the turn; the others say which limit or failure ended it. */
export type FinishReason = 'answered' | 'ended-without-answer' | 'too-many-searches' | 'turn-too-long' | 'context-full' | 'retriever-failed' | 'cancelled';

/** Everything about one rollout. Arrays have one entry a token, prompt included. */
export interface Rollout {
  readonly id: string;
  readonly question: Question;
  /** 0 … samples − 1. */
  readonly sample: number;
  /** Index into the run's writers. */
  readonly writer: number;
  readonly tokens: Uint32Array;
  readonly promptTokens: number;
  /** ROLE_CODE of each token, from who put it there (never re-parsed from text). */
  readonly roles: Uint8Array;
  /** Kind of each token's span. */
  readonly kinds: readonly SpanKind[];
  /** 1 for each token that was predicted while an answer was open (core/trajectory/answers.ts). */
  readonly inAnswer: Uint8Array;
  /** Adapter of each input position, as used. */
  readonly adapters: Uint8Array;
  /** log π of sampled tokens (temperature 1, nats); NaN for the others. */
  readonly logprobs: Float32Array;
  readonly pieces: readonly string[];
  /** For each token the alternatives that were kept, or an empty list. */
  readonly alternatives: readonly (readonly Alternative[])[];
  /** Prompt and response as text. */
  readonly text: string;
  readonly searches: readonly SearchCall[];
  readonly finish: FinishReason;
  /** Last complete answer, or null. */
  readonly answer: string | null;
  /** Exact match, F1 and whether a golden answer stands in an observation; null without golden answers. */
  readonly reward: 0 | 1 | null;
  readonly f1: number | null;
  readonly hit: boolean | null;
  /** Whether the response keeps to the dialect's grammar and ends by itself. */
  readonly wellFormed: boolean;
  /** Tokens that were encoded more than once (hand-overs between agents; 0 for routed writers). */
  readonly reencodedTokens: number;
}

/** What a rollout looks like while it grows; positions are those of `Rollout`. */
export interface TokenAdded {
  readonly rollout: string;
  readonly position: number;
  readonly token: number;
  readonly piece: string;
  readonly role: number;
  readonly kind: SpanKind;
  /** Adapter at the position that predicted it. */
  readonly adapter: number;
  readonly logprob: number;
  readonly alternatives: readonly Alternative[];
}
