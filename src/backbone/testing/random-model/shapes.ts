/** Published configurations, of which every name and value stands as in the config.json of the Hugging Face repository. */
export interface ModelShape {
  readonly architecture: 'qwen2' | 'qwen3';
  readonly hiddenSize: number;
  readonly layers: number;
  readonly heads: number;
  readonly kvHeads: number;
  readonly headDim: number;
  readonly intermediateSize: number;
  readonly vocabSize: number;
  readonly maxPositions: number;
  readonly ropeTheta: number;
  readonly rmsNormEps: number;
}

export const SHAPE_NAMES = ['qwen2.5-0.5b', 'qwen3-0.6b'] as const;
export type ShapeName = (typeof SHAPE_NAMES)[number];

/** Qwen/Qwen2.5-0.5B-Instruct and Qwen/Qwen3-0.6B. */
export const SHAPES: Readonly<Record<ShapeName, ModelShape>> = {
  'qwen2.5-0.5b': {
    architecture: 'qwen2', hiddenSize: 896, layers: 24, heads: 14, kvHeads: 2, headDim: 64, intermediateSize: 4864,
    vocabSize: 151_936, maxPositions: 32_768, ropeTheta: 1e6, rmsNormEps: 1e-6,
  },
  'qwen3-0.6b': {
    architecture: 'qwen3', hiddenSize: 1024, layers: 28, heads: 16, kvHeads: 8, headDim: 128, intermediateSize: 3072,
    vocabSize: 151_936, maxPositions: 40_960, ropeTheta: 1e6, rmsNormEps: 1e-6,
  },
};

const SHARED = {
  attention_dropout: 0, bos_token_id: 151_643, eos_token_id: 151_645, hidden_act: 'silu', initializer_range: 0.02,
  tie_word_embeddings: true, torch_dtype: 'bfloat16', use_cache: true, use_sliding_window: false,
};

/**
 * config.json as published, with the numbers of the (perhaps cut) shape. Qwen2.5's names no head_dim.
 * @param external number of external data files, which transformers.js is told of; 0 for embedded data
 */
export function configJson(shape: ModelShape, suffix: string, halfCache: boolean, external: number): string {
  const own = shape.architecture === 'qwen2'
    ? { architectures: ['Qwen2ForCausalLM'], max_window_layers: 21, sliding_window: 32_768, transformers_version: '4.43.1' }
    : { architectures: ['Qwen3ForCausalLM'], attention_bias: false, head_dim: shape.headDim, max_window_layers: 28, rope_scaling: null, sliding_window: null, transformers_version: '4.51.0' };
  const config = {
    ...SHARED, ...own,
    model_type: shape.architecture,
    hidden_size: shape.hiddenSize,
    intermediate_size: shape.intermediateSize,
    max_position_embeddings: shape.maxPositions,
    num_attention_heads: shape.heads,
    num_hidden_layers: shape.layers,
    num_key_value_heads: shape.kvHeads,
    rms_norm_eps: shape.rmsNormEps,
    rope_theta: shape.ropeTheta,
    vocab_size: shape.vocabSize,
    'transformers.js_config': {
      ...(halfCache ? { kv_cache_dtype: { [suffix.slice(1)]: 'float16' } } : {}),
      ...(external > 0 ? { use_external_data_format: { [`model${suffix}.onnx`]: external } } : {}),
    },
  };
  return `${JSON.stringify(config, null, 2)}\n`;
}

/** generation_config.json as published. */
export function generationConfigJson(shape: ModelShape): string {
  const sampling = shape.architecture === 'qwen2'
    ? { repetition_penalty: 1.1, temperature: 0.7, top_p: 0.8, top_k: 20, transformers_version: '4.37.0' }
    : { temperature: 0.6, top_p: 0.95, top_k: 20, transformers_version: '4.51.0' };
  return `${JSON.stringify({ bos_token_id: 151_643, pad_token_id: 151_643, do_sample: true, eos_token_id: [151_645, 151_643], ...sampling }, null, 2)}\n`;
}
