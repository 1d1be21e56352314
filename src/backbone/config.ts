import { z } from 'zod';
import { BackboneError, type DecoderConfig } from './types.ts';

const positiveInteger = z.number().int().positive();
const rope = z.looseObject({ rope_type: z.string().optional(), type: z.string().optional(), rope_theta: z.number().positive().optional() });

/** The keys that are read; a published config has many more, and those that change nothing here are ignored. */
const configFile = z.looseObject({
  model_type: z.string(),
  vocab_size: positiveInteger,
  hidden_size: positiveInteger,
  num_hidden_layers: positiveInteger,
  num_attention_heads: positiveInteger,
  num_key_value_heads: positiveInteger.optional(),
  head_dim: positiveInteger.nullish(),
  intermediate_size: positiveInteger,
  max_position_embeddings: positiveInteger,
  rms_norm_eps: z.number().positive(),
  rope_theta: z.number().positive().optional(),
  rope_scaling: rope.nullish(),
  rope_parameters: rope.nullish(),
  tie_word_embeddings: z.boolean().optional(),
  hidden_act: z.string().optional(),
  attention_bias: z.boolean().optional(),
  use_sliding_window: z.boolean().optional(),
  sliding_window: z.number().nullish(),
  layer_types: z.array(z.string()).nullish(),
});

/** Transformers' own default θ where a config names none, the same for both architectures. */
const DEFAULT_ROPE_THETA = 10_000;

function ropeTheta(file: z.infer<typeof configFile>): number {
  for (const [key, parameters] of [['rope_scaling', file.rope_scaling], ['rope_parameters', file.rope_parameters]] as const) {
    const type = parameters?.rope_type ?? parameters?.type ?? 'default';
    if (type !== 'default') {
      throw new BackboneError(`config.json asks for scaled rotary positions ("${key}" is "${type}"); only plain RoPE ("default") is supported.`);
    }
  }
  return file.rope_theta ?? file.rope_parameters?.rope_theta ?? file.rope_scaling?.rope_theta ?? DEFAULT_ROPE_THETA;
}

/** What a config may ask of attention and activation that the engine does not compute. */
function refuseUnsupported(file: z.infer<typeof configFile>): void {
  if (file.model_type !== 'qwen2' && file.model_type !== 'qwen3') {
    throw new BackboneError(`config.json describes a "${file.model_type}" model; supported are "qwen2" (Qwen2, Qwen2.5) and "qwen3" (dense).`);
  }
  const activation = file.hidden_act ?? 'silu';
  if (activation !== 'silu' && activation !== 'swish') {
    throw new BackboneError(`config.json asks for the activation "${activation}"; only "silu" is supported.`);
  }
  // Qwen2.5's configs name a window (32,768) and switch it off beside it: only a window in use is refused.
  if (file.use_sliding_window === true || file.layer_types?.some((type) => type !== 'full_attention')) {
    throw new BackboneError('config.json uses sliding-window attention; only full attention in every layer is supported.');
  }
  if (file.model_type === 'qwen3' && file.attention_bias === true) {
    throw new BackboneError('config.json asks for attention biases in a qwen3 model; Qwen3 is supported without them.');
  }
}

/**
 * Reads a Hugging Face `config.json`.
 * @throws BackboneError naming the key that is missing, malformed or not supported.
 */
export function parseConfig(text: string): DecoderConfig {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw new BackboneError(`config.json is not JSON (${error instanceof Error ? error.message : String(error)}).`);
  }
  const parsed = configFile.safeParse(json);
  if (!parsed.success) {
    const { path, message } = parsed.error.issues[0];
    throw new BackboneError(`config.json: "${path.join('.') || 'the file'}" is not as expected (${message}).`);
  }
  const file = parsed.data;
  refuseUnsupported(file);
  const heads = file.num_attention_heads;
  const kvHeads = file.num_key_value_heads ?? heads;
  const headDim = file.head_dim ?? file.hidden_size / heads;
  if (heads % kvHeads !== 0) {
    throw new BackboneError(`config.json has ${heads} attention heads and ${kvHeads} key/value heads; the second must divide the first.`);
  }
  if (!Number.isInteger(headDim) || headDim % 2 !== 0) {
    throw new BackboneError(`config.json gives heads of ${headDim} dimensions (hidden_size ${file.hidden_size} over ${heads} heads); an even whole number is needed.`);
  }
  return {
    architecture: file.model_type === 'qwen3' ? 'qwen3' : 'qwen2',
    vocabSize: file.vocab_size,
    hiddenSize: file.hidden_size,
    layers: file.num_hidden_layers,
    heads,
    kvHeads,
    headDim,
    intermediateSize: file.intermediate_size,
    ropeTheta: ropeTheta(file),
    rmsNormEps: file.rms_norm_eps,
    tiedEmbedding: file.tie_word_embeddings ?? false,
    maxPositions: file.max_position_embeddings,
  };
}

/** Input and output features of a target of a layer: W is [out, in]. */
export function targetShape(config: DecoderConfig, target: string): { readonly inFeatures: number; readonly outFeatures: number } {
  const { hiddenSize, intermediateSize, heads, kvHeads, headDim } = config;
  switch (target) {
    case 'q_proj':
      return { inFeatures: hiddenSize, outFeatures: heads * headDim };
    case 'k_proj':
    case 'v_proj':
      return { inFeatures: hiddenSize, outFeatures: kvHeads * headDim };
    case 'o_proj':
      return { inFeatures: heads * headDim, outFeatures: hiddenSize };
    case 'gate_proj':
    case 'up_proj':
      return { inFeatures: hiddenSize, outFeatures: intermediateSize };
    case 'down_proj':
      return { inFeatures: intermediateSize, outFeatures: hiddenSize };
    default:
      throw new BackboneError(`"${target}" is not one of the seven projections of a layer.`);
  }
}
