import { targetShape } from '../backbone/config.ts';
import type { BackboneWeights, DecoderConfig, WeightMatrix } from '../backbone/types.ts';
import { TARGETS, type Target } from '../core/gram/types.ts';
import type { BufferView, GpuMemory } from '../gpu/buffers.ts';
import type { GpuMatrix } from '../gpu/kernels/matmul.ts';
import { SHARD_ROWS, type GpuLayer, type GpuWeights, type TableShard } from './weights.ts';

/** How matrices are stored; `bytes` of one float. */
export type MatrixStorage = { readonly kind: 'q4'; readonly block: number; readonly zeroPoints: boolean; readonly scaleBytes: 2 | 4 } | { readonly kind: 'float'; readonly bytes: 2 | 4; readonly transposed: boolean };

/** What a model's bytes follow from besides its config. */
export interface WeightFacts {
  readonly layers: MatrixStorage;
  /** Bytes of one number of the embedding. */
  readonly embedding: 2 | 4;
  readonly head: 'tied' | MatrixStorage;
}

function storageOf(matrix: WeightMatrix): MatrixStorage {
  if (matrix.kind === 'q4') return { kind: 'q4', block: matrix.block, zeroPoints: matrix.zeroPoints !== null, scaleBytes: matrix.scales.storage === 'f16' ? 2 : 4 };
  return { kind: 'float', bytes: matrix.tensor.storage === 'f16' ? 2 : 4, transposed: matrix.transposed };
}

/** Of weights that were found. */
export function factsOf({ layers, embedding, head }: BackboneWeights): WeightFacts {
  const table = storageOf(embedding);
  return { layers: storageOf(layers[0].q), embedding: table.kind === 'float' ? table.bytes : 4, head: head === embedding ? 'tied' : storageOf(head) };
}

function q4Bytes(rows: number, columns: number, storage: Extract<MatrixStorage, { readonly kind: 'q4' }>): { readonly data: number; readonly scales: number; readonly zeros: number } {
  const blocks = Math.ceil(columns / storage.block);
  return { data: (rows * blocks * storage.block) / 2, scales: rows * blocks, zeros: storage.zeroPoints ? rows * Math.ceil(blocks / 2) : 0 };
}

function fileBytesOf(rows: number, columns: number, storage: MatrixStorage): number {
  if (storage.kind === 'float') return rows * columns * storage.bytes;
  const { data, scales, zeros } = q4Bytes(rows, columns, storage);
  return data + scales * storage.scaleBytes + zeros;
}

/** Bytes of the weights in the file, without norms, biases, tables and nodes (together below 1 %). */
export function fileBytes(config: DecoderConfig, { layers, embedding, head }: WeightFacts): number {
  const layer = TARGETS.reduce((sum, target) => {
    const { inFeatures, outFeatures } = targetShape(config, target);
    return sum + fileBytesOf(outFeatures, inFeatures, layers);
  }, 0);
  const table = config.vocabSize * config.hiddenSize * embedding;
  return config.layers * layer + table + (head === 'tied' ? 0 : fileBytesOf(config.vocabSize, config.hiddenSize, head));
}

/** Takes the memory that weights.ts would take for weights stored so, and leaves it empty. */
export function reserveWeights(memory: GpuMemory, config: DecoderConfig, facts: WeightFacts): GpuWeights {
  const { hiddenSize, vocabSize, headDim, architecture } = config;
  const vector = (label: string, floats: number): BufferView => memory.create(label, floats * 4);
  const table = (label: string, bytes: 2 | 4): TableShard[] => {
    const most = Math.max(SHARD_ROWS, Math.floor(memory.maxBinding / (hiddenSize * bytes) / SHARD_ROWS) * SHARD_ROWS);
    const shards: TableShard[] = [];
    for (let first = 0; first < vocabSize; first += most) {
      const rows = Math.min(most, vocabSize - first);
      shards.push({ first, rows, matrix: { kind: 'float', out: rows, in: hiddenSize, half: bytes === 2, transposed: false, data: memory.create(`${label} ${first}`, rows * hiddenSize * bytes) } });
    }
    return shards;
  };
  const embedding = table('embedding', facts.embedding);
  const { head } = facts;
  const heads = (): readonly TableShard[] => {
    if (head === 'tied') return embedding;
    if (head.kind === 'float' && !head.transposed) return table('head', head.bytes);
    const storage: MatrixStorage = head.kind === 'float' ? { kind: 'float', bytes: 4, transposed: false } : head;
    return [{ first: 0, rows: vocabSize, matrix: reserveMatrix(memory, 'head', vocabSize, hiddenSize, storage) }];
  };
  const headShards = heads();
  const layers = Array.from({ length: config.layers }, (_, index): GpuLayer => {
    const name = (part: string): string => `layer ${index} ${part}`;
    const shape = (target: Target) => targetShape(config, target);
    const matrix = (target: Target): GpuMatrix => reserveMatrix(memory, name(target), shape(target).outFeatures, shape(target).inFeatures, facts.layers);
    const bias = (target: Target): BufferView => vector(name(`${target} bias`), shape(target).outFeatures);
    const qwen2 = architecture === 'qwen2';
    return {
      inputNorm: vector(name('input norm'), hiddenSize),
      postAttentionNorm: vector(name('post-attention norm'), hiddenSize),
      qNorm: qwen2 ? null : vector(name('q norm'), headDim),
      kNorm: qwen2 ? null : vector(name('k norm'), headDim),
      matrices: { q_proj: matrix('q_proj'), k_proj: matrix('k_proj'), v_proj: matrix('v_proj'), o_proj: matrix('o_proj'), gate_proj: matrix('gate_proj'), up_proj: matrix('up_proj'), down_proj: matrix('down_proj') },
      biases: qwen2 ? { q_proj: bias('q_proj'), k_proj: bias('k_proj'), v_proj: bias('v_proj') } : {},
    };
  });
  return { embedding, head: headShards, finalNorm: vector('final norm', hiddenSize), layers };
}

function reserveMatrix(memory: GpuMemory, label: string, out: number, input: number, storage: MatrixStorage): GpuMatrix {
  if (storage.kind === 'float') return { kind: 'float', out, in: input, half: storage.bytes === 2, transposed: storage.transposed, data: memory.create(label, out * input * storage.bytes) };
  const { data, scales, zeros } = q4Bytes(out, input, storage);
  return { kind: 'q4', out, in: input, block: storage.block, data: memory.create(label, data), scales: memory.create(`${label} scales`, scales * 4), zeros: zeros > 0 ? memory.create(`${label} zero points`, zeros) : null };
}
