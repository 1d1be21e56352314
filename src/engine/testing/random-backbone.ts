import { memoryBytes } from '../../backbone/lazy-bytes.ts';
import type { BackboneWeights, DecoderConfig, FloatTensor, LayerWeights, WeightMatrix } from '../../backbone/types.ts';
import { Random } from '../../core/random.ts';
import { halves, randomQuantised } from '../../gpu/testing/quantise.ts';

/** Two layers, grouped queries, an odd number of entries: small enough that a forward takes a millisecond. */
export const TINY: DecoderConfig = {
  architecture: 'qwen2',
  vocabSize: 53,
  hiddenSize: 32,
  layers: 2,
  heads: 4,
  kvHeads: 2,
  headDim: 8,
  intermediateSize: 48,
  ropeTheta: 10_000,
  rmsNormEps: 1e-6,
  tiedEmbedding: true,
  maxPositions: 64,
};

/** Head dimension not hidden / heads, per-head norms, no biases, a separate head. */
export const TINY_QWEN3: DecoderConfig = { ...TINY, architecture: 'qwen3', heads: 6, headDim: 12, tiedEmbedding: false };

export type Storage = 'f32' | 'f16' | 'q4' | 'q8';

/**
 * A decoder with random weights in memory, its projections and tables stored as asked (`q4`: blocks of 16 with zero
 * points, tables in f16; `q8`: the same with 8 bits, a quantised embedding of 8 bits and, where it is not tied, a head of
 * 4 bits; `f16`: projections stored [in, out], as exporters do). Weights are scaled so that activations
 * stay of size 1 and gradients reach every parameter.
 */
export function randomBackbone(config: DecoderConfig, seed: number, storage: Storage = 'f32'): BackboneWeights {
  const { hiddenSize: hidden, heads, kvHeads, headDim, intermediateSize: inner, vocabSize } = config;
  const root = new Random(seed);
  const floats = (name: string, count: number, scale: number, mean = 0): Float32Array => {
    const random = root.stream(name);
    return Float32Array.from({ length: count }, () => mean + scale * random.normal());
  };
  const tensor = (name: string, shape: readonly number[], scale: number, mean = 0, half = false): FloatTensor => {
    const values = floats(name, shape.reduce((a, b) => a * b, 1), scale, mean);
    const bytes = half ? halves(values).bytes : new Uint8Array(values.buffer);
    return { storage: half ? 'f16' : 'f32', shape, bytes: memoryBytes(bytes, name) };
  };
  const table = (name: string, scale: number): WeightMatrix =>
    storage === 'q8'
      ? quantised(name === 'head' ? 'q4' : 'q8', name, vocabSize, hidden, root.stream(name).bits(), scale * Math.sqrt(hidden))
      : { kind: 'float', rows: vocabSize, columns: hidden, transposed: false, tensor: tensor(name, [vocabSize, hidden], scale, 0, storage !== 'f32') };
  const matrix = (name: string, rows: number, columns: number): WeightMatrix => {
    if (storage === 'q4' || storage === 'q8') return quantised(storage, name, rows, columns, root.stream(name).bits());
    const transposed = storage === 'f16';
    const shape = transposed ? [columns, rows] : [rows, columns];
    return { kind: 'float', rows, columns, transposed, tensor: tensor(name, shape, 1 / Math.sqrt(columns), 0, transposed) };
  };
  const qwen2 = config.architecture === 'qwen2';
  const layers = Array.from({ length: config.layers }, (_, index): LayerWeights => {
    const name = (part: string): string => `layer ${index} ${part}`;
    const bias = (part: string, size: number): FloatTensor | null => (qwen2 ? tensor(name(part), [size], 0.3) : null);
    const headNorm = (part: string): FloatTensor | null => (qwen2 ? null : tensor(name(part), [headDim], 0.2, 1));
    return {
      inputNorm: tensor(name('input norm'), [hidden], 0.2, 1),
      postAttentionNorm: tensor(name('post-attention norm'), [hidden], 0.2, 1),
      q: matrix(name('q'), heads * headDim, hidden),
      k: matrix(name('k'), kvHeads * headDim, hidden),
      v: matrix(name('v'), kvHeads * headDim, hidden),
      o: matrix(name('o'), hidden, heads * headDim),
      gate: matrix(name('gate'), inner, hidden),
      up: matrix(name('up'), inner, hidden),
      down: matrix(name('down'), hidden, inner),
      qBias: bias('q bias', heads * headDim),
      kBias: bias('k bias', kvHeads * headDim),
      vBias: bias('v bias', kvHeads * headDim),
      qNorm: headNorm('q norm'),
      kNorm: headNorm('k norm'),
    };
  });
  const embedding = table('embedding', 0.5);
  return { config, embedding, head: config.tiedEmbedding ? embedding : table('head', 0.5), finalNorm: tensor('final norm', [hidden], 0.2, 1), layers, activationsRounded: 'never' };
}

/** Values with a standard deviation of about `size` / √columns. */
function quantised(kind: 'q4' | 'q8', name: string, rows: number, columns: number, seed: number, size = 1): WeightMatrix {
  const block = 16;
  // Numbers minus zero points have a standard deviation of about 6.5 (104 with 8 bits), scales a mean of 0.75.
  const { data, scales, zeros } = randomQuantised(kind, seed, rows, columns, block, true, (size * (kind === 'q4' ? 0.2 : 0.0125)) / Math.sqrt(columns));
  return {
    kind,
    rows,
    columns,
    block,
    data: memoryBytes(data, name),
    scales: { storage: 'f32', shape: [rows, columns / block], bytes: memoryBytes(new Uint8Array(scales.buffer), `${name} scales`) },
    zeroPoints: memoryBytes(zeros!, `${name} zero points`),
  };
}
