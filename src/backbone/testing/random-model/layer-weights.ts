import { targetShape } from '../../config.ts';
import type { DecoderConfig } from '../../types.ts';
import { randomWeights, type RandomWeights } from './random-weights.ts';
import type { ModelShape } from './shapes.ts';
import type { Matrix } from './tensors.ts';

/**
 * Spreads that keep a random model lively: with normed inputs q, k and v have variance 1 a feature; attention and MLP
 * each add about 0.3 to a residual stream that starts at 0.02 (as Qwen's embedding does), so that a token's own
 * embedding is a small part of the last state; and a final norm of 3.4 gives logits of standard deviation
 * 3.4 · 0.02 · √896 ≈ 2: neither uniform nor saturated.
 */
const EMBEDDING = 0.02;
const RESIDUAL_GAIN = 0.5;
const BIAS = 0.5;
const FINAL_NORM = 3.4;
const NORM_SPREAD = 0.1;

/** The model's weights by their names in PyTorch, whatever the exporter calls them. */
export class ModelWeights {
  readonly #seed: number;
  readonly #shape: ModelShape;

  constructor(seed: number, shape: ModelShape) {
    this.#seed = seed;
    this.#shape = shape;
  }

  get embedding(): RandomWeights {
    return randomWeights(this.#seed, 'model.embed_tokens.weight', EMBEDDING);
  }

  projection(layer: number, target: string): Matrix {
    const { inFeatures, outFeatures } = targetShape(decoderConfig(this.#shape), target);
    const gain = target === 'o_proj' || target === 'down_proj' ? RESIDUAL_GAIN : 1;
    return { weights: randomWeights(this.#seed, `layers.${layer}.${target}.weight`, gain / Math.sqrt(inFeatures)), rows: outFeatures, columns: inFeatures };
  }

  bias(layer: number, target: string): RandomWeights {
    return randomWeights(this.#seed, `layers.${layer}.${target}.bias`, BIAS);
  }

  /** `name`: input_layernorm, post_attention_layernorm, q_norm or k_norm. */
  norm(layer: number, name: string): RandomWeights {
    return randomWeights(this.#seed, `layers.${layer}.${name}.weight`, NORM_SPREAD, 1);
  }

  get finalNorm(): RandomWeights {
    return randomWeights(this.#seed, 'norm.weight', NORM_SPREAD * FINAL_NORM, FINAL_NORM);
  }
}

/** The shape as the product's own config, to ask it for the projections' shapes. */
export function decoderConfig(shape: ModelShape): DecoderConfig {
  return { ...shape, tiedEmbedding: true };
}

export const BIASED: ReadonlySet<string> = new Set(['q_proj', 'k_proj', 'v_proj']);
