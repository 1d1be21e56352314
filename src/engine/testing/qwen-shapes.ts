import type { DecoderConfig } from '../../backbone/types.ts';
import type { WeightFacts } from '../weight-facts.ts';

const COMMON = { architecture: 'qwen2', vocabSize: 151_936, headDim: 64, ropeTheta: 1_000_000, rmsNormEps: 1e-6, tiedEmbedding: true, maxPositions: 32_768 } as const;

/** As published in each model's config.json. */
export const QWEN_05B: DecoderConfig = { ...COMMON, hiddenSize: 896, layers: 24, heads: 14, kvHeads: 2, intermediateSize: 4864 };
export const QWEN_15B: DecoderConfig = { ...COMMON, hiddenSize: 1536, layers: 28, heads: 12, kvHeads: 2, headDim: 128, intermediateSize: 8960 };
export const QWEN_3B: DecoderConfig = { ...COMMON, hiddenSize: 2048, layers: 36, heads: 16, kvHeads: 2, headDim: 128, intermediateSize: 11_008 };

/** onnx-community's q4: layers in 4 bits with zero points and f32 scales, the embedding in f32. */
export const Q4_FACTS: WeightFacts = {
  layers: { kind: 'q4', block: 32, zeroPoints: true, scaleBytes: 4 },
  embedding: { kind: 'float', bytes: 4, transposed: false },
  head: 'tied',
};
