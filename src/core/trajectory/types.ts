/** What a token is to the agent; only reasoning and tool tokens are in a loss. */
export const ROLES = ['prompt', 'reasoning', 'tool', 'observation'] as const;
export type Role = (typeof ROLES)[number];

/** The numbers that golden cases and per-token arrays use. */
export const ROLE_CODE: Readonly<Record<Role, number>> = { prompt: 0, reasoning: 1, tool: 2, observation: 3 };

/** Kinds of a span: a reasoning span is one of think, answer, other; the other roles are their own kind. */
export const SPAN_KINDS = ['prompt', 'think', 'answer', 'other', 'tool', 'observation'] as const;
export type SpanKind = (typeof SPAN_KINDS)[number];

/** A maximal run of one role and kind. Offsets are half-open. */
export interface Span<Kind extends SpanKind = SpanKind> {
  readonly role: Role;
  readonly kind: Kind;
  readonly start: number;
  readonly end: number;
}

/** One tag pair; the text between belongs to the role as SPEC'd in `roles.ts`. */
export interface TagPair {
  readonly open: string;
  readonly close: string;
}

export interface TagSettings {
  readonly think: TagPair;
  readonly search: TagPair;
  readonly information: TagPair;
  readonly answer: TagPair;
}

/** A trajectory as read from a file, before any tokenizer has seen it. `text` is the whole chat-templated string. */
export interface Trajectory {
  readonly id: string;
  readonly question: string;
  readonly goldenAnswers: readonly string[];
  readonly text: string;
  /** Character offset in `text` where the response begins. */
  readonly responseStart: number;
  /** Token ids as sampled, prompt and response, where the file has them; never re-tokenised then. */
  readonly tokens?: readonly number[];
  readonly promptTokens?: number;
  /** ROLE_CODE of each of `tokens`, where the file says who wrote them; roles are then not looked for in the text. */
  readonly roles?: readonly number[];
  /** Exact-match reward, from the file or scored against `goldenAnswers`; absent where neither is possible. */
  readonly reward?: number;
  /** Rollouts of one question share a group. */
  readonly group: string;
}

/** A problem with one line or turn of a file; the good ones are kept. */
export interface LineProblem {
  readonly line: number;
  readonly reason: string;
}

export interface TrajectoryFile {
  readonly trajectories: readonly Trajectory[];
  readonly problems: readonly LineProblem[];
  /** Which of the accepted formats the file was. */
  readonly format: string;
}

/** `paper`: adapter of the token that the position predicts (equation 2); `code`: one position later. */
export type Routing = 'paper' | 'code';

/** A trajectory as the engine takes it. All arrays have one entry a token. */
export interface EncodedTrajectory {
  readonly source: Trajectory;
  readonly tokens: Uint32Array;
  /** ROLE_CODE of each token. */
  readonly roles: Uint8Array;
  /** Token spans; those of role reasoning or tool enter the span Gram. */
  readonly spans: readonly Span[];
  /** 1 for each token that is predicted while an answer is open (answers.ts). */
  readonly inAnswer: Uint8Array;
  /** Adapter at each input position: 0 reasoning, 1 tool. */
  readonly adapters: Uint8Array;
  /** Text of each token as decoded, for the reader. */
  readonly pieces: readonly string[];
}
