import { describe, expect, it } from 'vitest';
import { parseConfig, targetShape } from './config.ts';
import { BackboneError } from './types.ts';

/** Qwen2.5-0.5B-Instruct's own config.json. */
const QWEN25 = {
  architectures: ['Qwen2ForCausalLM'], attention_dropout: 0, bos_token_id: 151643, eos_token_id: 151645, hidden_act: 'silu', hidden_size: 896,
  initializer_range: 0.02, intermediate_size: 4864, max_position_embeddings: 32768, max_window_layers: 21, model_type: 'qwen2', num_attention_heads: 14,
  num_hidden_layers: 24, num_key_value_heads: 2, rms_norm_eps: 1e-6, rope_theta: 1000000, sliding_window: 32768, tie_word_embeddings: true,
  torch_dtype: 'bfloat16', use_cache: true, use_sliding_window: false, vocab_size: 151936,
};
const parse = (changes: Record<string, unknown> = {}): ReturnType<typeof parseConfig> => parseConfig(JSON.stringify({ ...QWEN25, ...changes }));

describe('parseConfig', () => {
  it('reads Qwen2.5 with its defaults', () => {
    expect(parse()).toEqual({
      architecture: 'qwen2', vocabSize: 151936, hiddenSize: 896, layers: 24, heads: 14, kvHeads: 2, headDim: 64, intermediateSize: 4864,
      ropeTheta: 1e6, rmsNormEps: 1e-6, tiedEmbedding: true, maxPositions: 32768,
    });
  });

  it('reads Qwen3 with a head size of its own', () => {
    const config = parse({ model_type: 'qwen3', head_dim: 128, attention_bias: false, rope_scaling: null });
    expect(config.headDim).toBe(128);
    expect(targetShape(config, 'q_proj')).toEqual({ inFeatures: 896, outFeatures: 14 * 128 });
    expect(targetShape(config, 'down_proj')).toEqual({ inFeatures: 4864, outFeatures: 896 });
    expect(() => targetShape(config, 'qkv')).toThrow(BackboneError);
  });

  it('takes θ from rope_parameters, and accepts the default type of scaling', () => {
    expect(parse({ rope_theta: undefined, rope_parameters: { rope_type: 'default', rope_theta: 5e6 } }).ropeTheta).toBe(5e6);
    expect(parse({ rope_scaling: { rope_type: 'default' } }).ropeTheta).toBe(1e6);
    expect(parse({ rope_theta: undefined }).ropeTheta).toBe(10_000);
  });

  it.each([
    [{ model_type: 'llama' }, /"llama" model; supported are/],
    [{ model_type: 'qwen3_moe' }, /qwen3_moe/],
    [{ rope_scaling: { type: 'yarn', factor: 4 } }, /"rope_scaling" is "yarn"/],
    [{ rope_parameters: { rope_type: 'linear' } }, /"rope_parameters" is "linear"/],
    [{ use_sliding_window: true }, /sliding-window/],
    [{ layer_types: ['full_attention', 'sliding_attention'] }, /sliding-window/],
    [{ hidden_act: 'gelu' }, /"gelu"/],
    [{ model_type: 'qwen3', attention_bias: true }, /attention biases/],
    [{ num_key_value_heads: 4 }, /14 attention heads and 4/],
    [{ num_attention_heads: 12, num_key_value_heads: 2 }, /heads of 74\.6/],
    [{ hidden_size: 'wide' }, /"hidden_size"/],
    [{ num_hidden_layers: undefined }, /"num_hidden_layers"/],
  ])('refuses %j in one sentence', (changes, message) => {
    expect(() => parse(changes)).toThrow(message);
    expect(() => parse(changes)).toThrow(BackboneError);
  });

  it('says so when the file is not JSON', () => {
    expect(() => parseConfig('<!doctype html>')).toThrow(/config\.json is not JSON/);
  });
});
