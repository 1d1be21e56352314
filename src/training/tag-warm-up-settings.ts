export interface TagWarmUpSettings {
  readonly steps: number;
  /** AdamW's learning rate at its highest: a tenth of the steps to get there, then half a cosine down to 0. */
  readonly rate: number;
  /** Trajectories a step. */
  readonly batch: number;
  readonly seed: number;
  /** Tokens of one forward and backward. */
  readonly microBatchTokens: number;
}

/** 50 steps of 8 trajectories; an entry of a row moves by at most the rate a step, and Qwen2.5-0.5B's are about 0.02. */
export const DEFAULT_TAG_WARM_UP: TagWarmUpSettings = { steps: 50, rate: 1e-3, batch: 8, seed: 1, microBatchTokens: 2048 };

/** Longer demonstrations lose their end: most have three or four searches within as many tokens. */
export const MOST_DEMONSTRATION_TOKENS = 2048;
