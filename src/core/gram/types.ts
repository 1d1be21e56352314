/** The artefact of an angle run: inner products of span gradients, per module, from which every figure follows. */

export const TARGETS = ['q_proj', 'k_proj', 'v_proj', 'o_proj', 'gate_proj', 'up_proj', 'down_proj'] as const;
export type Target = (typeof TARGETS)[number];

/** `full`: the frozen matrices W of the seven targets; `lora`: the adapters (B, and A once B is not 0). */
export type ParameterSet = 'full' | 'lora';

export interface GramModule {
  readonly layer: number;
  readonly target: Target;
  /** Number of parameters whose gradient the inner products run over. */
  readonly parameters: number;
}

export interface GramTrajectory {
  readonly id: string;
  readonly question: string;
  readonly group: string;
  /** Exact-match reward, or null where unknown. */
  readonly reward: number | null;
  /** GRPO advantage within the group, or null where rewards are unknown. Zero for groups of one reward. */
  readonly advantage: number | null;
  /** Equal for trajectories with identical token ids. */
  readonly fingerprint: string;
  readonly tokens: number;
}

export interface GramSpan {
  /** Index into `trajectories`. */
  readonly trajectory: number;
  readonly role: 'reasoning' | 'tool';
  readonly kind: 'think' | 'answer' | 'other' | 'tool';
  /** Half-open token range in the trajectory. */
  readonly start: number;
  readonly end: number;
  /** Negative log-likelihood of the span's tokens, nats. */
  readonly loss: number;
}

/**
 * One block of K: all pairs of spans of the trajectories of one group. `values[m·n·n + i·n + j]` = ⟨G_i, G_j⟩ over
 * module m for the block's i-th and j-th span; symmetric.
 */
export interface GramBlock {
  readonly group: string;
  /** Indices into `spans`, ascending. */
  readonly spans: readonly number[];
  readonly values: Float64Array;
}

export interface SpanGram {
  readonly parameterSet: ParameterSet;
  readonly modules: readonly GramModule[];
  readonly trajectories: readonly GramTrajectory[];
  readonly spans: readonly GramSpan[];
  readonly blocks: readonly GramBlock[];
}
