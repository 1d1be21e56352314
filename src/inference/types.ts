/** Where onnxruntime-web computes: its WebGPU execution provider, or WebAssembly on the CPU. */
export type Provider = 'webgpu' | 'wasm';

/** One token for one slot of a batch. */
export interface StepRow {
  readonly slot: number;
  readonly token: number;
  /** Adapter at this position: 0 … k − 1, or k (`baseAdapter`) for the frozen backbone alone. */
  readonly adapter: number;
}

/**
 * Rows that decode together, each in a slot with a key/value cache of its own length. Calls must not overlap.
 * What a row gets does not depend on the other rows: on the wasm provider to the bit.
 */
export interface DecodeBatch {
  readonly slots: number;
  /** Tokens that the slot's cache holds. */
  length(slot: number): number;
  /** Empties a slot's cache. */
  clear(slot: number): void;
  /** Gives slot `to` a copy of the cache of slot `from` (samples of one question share its prompt). */
  copy(from: number, to: number): Promise<void>;
  /**
   * Encodes tokens behind the slot's cache in one run.
   * @returns logits after the last of them, [vocab]
   */
  extend(slot: number, tokens: ArrayLike<number>, adapters: ArrayLike<number>): Promise<Float32Array>;
  /** One token for each of the given slots, in one run. @returns logits [rows, vocab] in the order given */
  step(rows: readonly StepRow[]): Promise<Float32Array>;
  destroy(): void;
}

/** Milliseconds since the session's creation, by what they were spent on, and runs counted. */
export interface SessionTimings {
  /** Making input tensors and handing caches over. */
  readonly inputs: number;
  /** onnxruntime's run, read-back of logits included. */
  readonly kernels: number;
  readonly steps: number;
  readonly extensions: number;
  readonly tokens: number;
}

/** A backbone with k adapters routed per position; k may be 0. */
export interface RoutedSession {
  readonly provider: Provider;
  readonly vocabSize: number;
  readonly maxPositions: number;
  /** k. */
  readonly adapterCount: number;
  /** The id that stands for no adapter: k. */
  readonly baseAdapter: number;
  /**
   * So many pending tokens of a row are better taken one a step, beside the other rows, than in a run of their own. A
   * constant of the provider: if it depended on the batch, so would the last bits of a row's numbers.
   */
  readonly stepLimit: number;
  readonly timings: SessionTimings;
  /** Bytes on the graphics device that the session is known to hold: its weights, adapters and caches; 0 on the CPU. */
  readonly gpuBytes: number;
  /** What was worked around in the model or in onnxruntime, in sentences; empty as a rule. */
  readonly notes: readonly string[];
  open(slots: number): DecodeBatch;
  destroy(): Promise<void>;
}

/** How the next token is drawn. Temperature 0 is greedy; topP 1 and topK 0 are off. */
export interface SamplingSettings {
  readonly temperature: number;
  readonly topP: number;
  readonly topK: number;
}

export interface Alternative {
  readonly token: number;
  /** log π at temperature 1, nats. */
  readonly logprob: number;
  /** Its text; the sampler does not know it, the rollout loop adds it for the page. */
  readonly piece?: string;
}

export interface SampledToken {
  readonly token: number;
  /** log π of the token under the untempered model (temperature 1, nothing cut), nats: what the engine computes too. */
  readonly logprob: number;
  /** Entropy of the untempered distribution, nats. */
  readonly entropy: number;
  /** The most probable tokens, best first; empty where none were asked for. */
  readonly alternatives: readonly Alternative[];
}
