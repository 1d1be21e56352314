import type { GramModule, ParameterSet } from '../core/gram/types.ts';

/** One sequence of a packed batch. `adapters[p]` is the adapter (0 … k−1) active at input position p; k stands for none. */
export interface EngineSequence {
  readonly tokens: Uint32Array;
  readonly adapters: Uint8Array;
}

/** A half-open range of target tokens of a sequence; start ≥ 1, because token 0 is predicted by nothing. */
export interface TokenRange {
  readonly start: number;
  readonly end: number;
}

/** What a forward and backward tells of its losses. */
export interface BatchLosses {
  /** −Σ w·log π of each loss, nats. */
  readonly losses: Float64Array;
  /** Per sequence, log π of each target token that is in some loss (nats, [T]); NaN at the others. */
  readonly logprobs: readonly Float32Array[];
}

export interface GramAddition {
  /** −Σ log π over each new span, nats. */
  readonly losses: Float64Array;
  /** Number of spans of the group so far, the new ones last. */
  readonly size: number;
  /** ⟨G_new, G_all⟩: [modules, new, size]. */
  readonly values: Float64Array;
}

/** How an addition is followed and stopped between its passes. */
export interface GramSteering {
  /** Told after each pass; the next one waits for it, so that it may pause by not resolving and cancel by throwing. */
  readonly onProgress?: (done: number, total: number) => void | Promise<void>;
  readonly signal?: AbortSignal;
}

/** An open group of trajectories whose spans' gradients are compared with each other. */
export interface GramGroup {
  readonly modules: readonly GramModule[];
  /**
   * Adds sequences with their spans; all pairs with what the group holds already come back. An addition too large for
   * the engine's budget is done in several passes (gram-plan.ts says what that costs).
   */
  add(sequences: readonly EngineSequence[], spans: readonly (readonly TokenRange[])[], steering?: GramSteering): Promise<GramAddition>;
  close(): void;
}

export interface GramGroupOptions {
  readonly parameterSet: ParameterSet;
  /** Upper bound of the group's spans; with it the engine decides whether gradients can be kept or must be tiled. */
  readonly spanCapacity: number;
}

/** What the lab needs of a decoder. */
export interface DecoderApi {
  /** log π of each next token: per sequence [T − 1], nats. */
  logLikelihood(sequences: readonly EngineSequence[]): Promise<Float32Array[]>;
  /** True when a group of this size must be added in one go (gradients too large to keep). */
  mustAddWhole(options: GramGroupOptions): boolean;
  openGramGroup(options: GramGroupOptions): GramGroup;
  /** Bytes held on the GPU now and at most so far. */
  readonly memory: { readonly bytes: number; readonly peakBytes: number };
  destroy(): void;
}
