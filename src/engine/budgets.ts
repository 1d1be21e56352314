/** Bytes that parts of a step may take before they are done in pieces. Results are the same bits for the same budgets. */
export interface Budgets {
  /** Activations beyond these are recomputed layer by layer in the backward pass. */
  readonly activations: number;
  /**
   * Activations and gradient rows of one pass of a span Gram; beyond these its spans are taken in several passes
   * (gram-plan.ts). With size classes, logits, a tile and idle buffers a group then takes at most about 1.9 GB beside the
   * weights, or what two of its longest spans take.
   */
  readonly gram: number;
  /** Gradients of a group are kept on the GPU while they need no more than this; else they are tiled and discarded. */
  readonly keep: number;
  /** Scratch of one tile of gradients. */
  readonly tile: number;
}

export const BUDGETS: Budgets = { activations: 512 * 2 ** 20, gram: 1536 * 2 ** 20, keep: 768 * 2 ** 20, tile: 64 * 2 ** 20 };
