import { targetShape } from '../backbone/config.ts';
import type { BackboneWeights, DecoderConfig, LayerWeights, WeightMatrix } from '../backbone/types.ts';
import { TARGETS, type Target } from '../core/gram/types.ts';
import type { BufferView, GpuMemory } from '../gpu/buffers.ts';
import type { GpuMatrix } from '../gpu/kernels/matmul.ts';
import { fileBytesOf, rowBytes, shardRanges, storageOf, type MatrixStorage } from './matrix-storage.ts';
import type { GpuLayer, GpuWeights, TableShard } from './weights.ts';

export type { MatrixStorage } from './matrix-storage.ts';

/** What a model's bytes follow from besides its config. */
export interface WeightFacts {
  /** Of the layers' matrices but for `others`. */
  readonly layers: MatrixStorage;
  /** Matrices that are stored otherwise, by matrixKey: exporters keep sensitive ones in 8 bits among 4. */
  readonly others?: ReadonlyMap<string, MatrixStorage>;
  readonly embedding: MatrixStorage;
  readonly head: 'tied' | MatrixStorage;
}

export function matrixKey(layer: number, target: Target): string {
  return `${layer}.${target}`;
}

function storageAt({ layers, others }: WeightFacts, layer: number, target: Target): MatrixStorage {
  return others?.get(matrixKey(layer, target)) ?? layers;
}

function matricesOf(layer: LayerWeights): Readonly<Record<Target, WeightMatrix>> {
  const { q, k, v, o, gate, up, down } = layer;
  return { q_proj: q, k_proj: k, v_proj: v, o_proj: o, gate_proj: gate, up_proj: up, down_proj: down };
}

/** Of weights that were found. */
export function factsOf({ layers, embedding, head }: BackboneWeights): WeightFacts {
  const first = storageOf(layers[0].q);
  const same = JSON.stringify(first);
  const others = new Map(
    layers.flatMap((layer, index) => TARGETS.map((target) => [matrixKey(index, target), storageOf(matricesOf(layer)[target])] as const)).filter(([, storage]) => JSON.stringify(storage) !== same),
  );
  return { layers: first, ...(others.size > 0 && { others }), embedding: storageOf(embedding), head: head === embedding ? 'tied' : storageOf(head) };
}

/** Bytes of the weights in the file, without norms, biases, tables and nodes (together below 1 %). */
export function fileBytes(config: DecoderConfig, facts: WeightFacts): number {
  const { vocabSize, hiddenSize } = config;
  let bytes = fileBytesOf(vocabSize, hiddenSize, facts.embedding) + (facts.head === 'tied' ? 0 : fileBytesOf(vocabSize, hiddenSize, facts.head));
  for (let layer = 0; layer < config.layers; layer += 1) {
    for (const target of TARGETS) {
      const { inFeatures, outFeatures } = targetShape(config, target);
      bytes += fileBytesOf(outFeatures, inFeatures, storageAt(facts, layer, target));
    }
  }
  return bytes;
}

/** Takes the memory that weights.ts would take for weights stored so, and leaves it empty. */
export function reserveWeights(memory: GpuMemory, config: DecoderConfig, facts: WeightFacts): GpuWeights {
  const { hiddenSize, vocabSize, headDim, architecture } = config;
  const vector = (label: string, floats: number): BufferView => memory.create(label, floats * 4);
  // Tables are turned round on their way (weights.ts).
  const table = (label: string, storage: MatrixStorage): TableShard[] =>
    shardRanges(vocabSize, hiddenSize, storage, memory.maxBinding).map(({ first, rows }) => ({
      first,
      rows,
      matrix: reserveMatrix(memory, `${label} ${first}`, rows, hiddenSize, storage.kind === 'float' ? { ...storage, transposed: false } : storage),
    }));
  const embedding = table('embedding', facts.embedding);
  const head = facts.head === 'tied' ? embedding : table('head', facts.head);
  const layers = Array.from({ length: config.layers }, (_, index): GpuLayer => {
    const name = (part: string): string => `layer ${index} ${part}`;
    const shape = (target: Target) => targetShape(config, target);
    const matrix = (target: Target): GpuMatrix => reserveMatrix(memory, name(target), shape(target).outFeatures, shape(target).inFeatures, storageAt(facts, index, target));
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
  return { embedding, head, finalNorm: vector('final norm', hiddenSize), layers };
}

function reserveMatrix(memory: GpuMemory, label: string, out: number, input: number, storage: MatrixStorage): GpuMatrix {
  const { data, scales, zeros } = rowBytes(input, storage);
  const numbers = memory.create(label, out * data);
  if (storage.kind === 'float') return { kind: 'float', out, in: input, half: storage.bytes === 2, transposed: storage.transposed, data: numbers };
  const { kind, block, zeroPoints } = storage;
  return { kind, out, in: input, block: block === 'row' ? input : block, data: numbers, scales: memory.create(`${label} scales`, out * scales), zeros: zeroPoints ? memory.create(`${label} zero points`, out * zeros) : null };
}
