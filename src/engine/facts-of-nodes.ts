import { activationRounding, isIntegerProduct, ROUNDING_NOTES } from '../backbone/integer-products.ts';
import type { OnnxNode } from '../backbone/onnx-file.ts';
import { OnnxGraph } from '../backbone/onnx-graph.ts';
import { projectionOf } from '../backbone/projection-names.ts';
import type { DecoderConfig, Rounding } from '../backbone/types.ts';
import { TARGETS } from '../core/gram/types.ts';
import { fileBytes, matrixKey, type MatrixStorage, type WeightFacts } from './weight-facts.ts';

export interface NodesVerdict {
  readonly facts: WeightFacts;
  /** Why the graph cannot be used, in sentences. */
  readonly refusals: readonly string[];
  readonly warnings: readonly string[];
}

type Width = 2 | 4;

const HEAD = /(^|\/)lm_head\//;
/** Nodes between a table's tensor and the product or the look-up that reads it. */
const PASSED = new Set(['Transpose', 'Cast', 'Identity', 'Reshape', 'DequantizeLinear']);
/** One scale and one zero point a row, as quantize_dynamic has them. */
const DYNAMIC: MatrixStorage = { kind: 'q8', block: 'row', zeroPoints: true, scaleBytes: 4 };

const bitsOfNode = (node: OnnxNode): number => node.attributes.get('bits')?.i ?? 4;

/** Of MatMulNBits and GatherBlockQuantized. */
function blockStorage(node: OnnxNode, scaleBytes: Width, defaultBlock: number): MatrixStorage {
  return { kind: bitsOfNode(node) === 8 ? 'q8' : 'q4', block: node.attributes.get('block_size')?.i ?? defaultBlock, zeroPoints: Boolean(node.inputs[3]), scaleBytes };
}

/** What is not said by the nodes (the width of floats) follows from the file's size: the pair that comes nearest. */
function nearest(config: DecoderConfig, candidates: readonly WeightFacts[], bytes: number | null): WeightFacts {
  if (bytes === null) return candidates[0];
  const distance = (facts: WeightFacts): number => Math.abs(fileBytes(config, facts) - bytes);
  return candidates.reduce((best, facts) => (distance(facts) < distance(best) ? facts : best));
}

/** How products and look-ups are stored, read off their nodes; `width` is that of floats and scales. */
class NodeStorage {
  readonly #graph: OnnxGraph;

  constructor(nodes: readonly OnnxNode[]) {
    this.#graph = new OnnxGraph({ producer: '', nodes, initializers: new Map(), inputs: [], outputs: [], externalFiles: [], bytesRead: 0 });
  }

  get nodes(): readonly OnnxNode[] {
    return this.#graph.file.nodes;
  }

  get rounding(): Rounding {
    return activationRounding(this.#graph, this.nodes.filter(({ name }) => projectionOf(name) || HEAD.test(name)));
  }

  /** The tensor behind a value, and whether it is scaled on the way. */
  source(value: string): { readonly name: string; readonly scaled: boolean } {
    const node = this.#graph.producer(value);
    if (!node || !PASSED.has(node.op)) return { name: value, scaled: false };
    const inner = this.source(node.inputs[0]);
    return { name: inner.name, scaled: inner.scaled || node.op === 'DequantizeLinear' };
  }

  ofProduct(node: OnnxNode, width: Width): MatrixStorage {
    if (node.op === 'MatMulNBits') return blockStorage(node, width, 32);
    if (isIntegerProduct(node) || this.source(node.inputs[1]).scaled) return DYNAMIC;
    return { kind: 'float', bytes: width, transposed: true };
  }

  ofEmbedding(node: OnnxNode | undefined, width: Width): MatrixStorage {
    if (node?.op === 'GatherBlockQuantized') return blockStorage(node, width, 128);
    const scaled = node && (this.source(node.inputs[0]).scaled || this.#graph.consumers(node.outputs[0]).some(({ op }) => op === 'DequantizeLinear'));
    return scaled ? DYNAMIC : { kind: 'float', bytes: width, transposed: false };
  }
}

/** By the variant's name alone, where no node could be read. */
function factsOfName(path: string, config: DecoderConfig, width: Width, table: Width): WeightFacts {
  const embedding: MatrixStorage = { kind: 'float', bytes: table, transposed: false };
  const own = (storage: MatrixStorage): WeightFacts['head'] => (config.tiedEmbedding ? 'tied' : storage);
  if (/_(?:quantized|int8|uint8)\b/.test(path)) return { layers: DYNAMIC, embedding: DYNAMIC, head: own(DYNAMIC) };
  const float: MatrixStorage = { kind: 'float', bytes: width, transposed: true };
  return { layers: /_q4/.test(path) ? { kind: 'q4', block: 32, zeroPoints: false, scaleBytes: width } : float, embedding, head: own(float) };
}

function factsOfWidths(storage: NodeStorage, config: DecoderConfig, path: string, width: Width, table: Width): WeightFacts {
  const { nodes } = storage;
  const named = factsOfName(path, config, width, table);
  const embed = nodes.find(({ op, name }) => (op === 'Gather' || op === 'GatherBlockQuantized') && name.includes('embed_tokens')) ?? nodes.find(({ op }) => op === 'GatherBlockQuantized');
  const head = nodes.find(({ op, name }) => op.startsWith('MatMul') && HEAD.test(name));
  const embedding = nodes.length > 0 ? storage.ofEmbedding(embed, table) : named.embedding;
  const tied = head && embed ? storage.source(head.inputs[1]).name === storage.source(embed.inputs[0]).name : config.tiedEmbedding;
  const found = new Map<string, MatrixStorage>();
  for (const node of nodes) {
    const projection = projectionOf(node.name);
    const target = TARGETS.find((one) => one === projection?.target);
    if (projection && target && (node.op.includes('MatMul') || node.op === 'Gemm')) found.set(matrixKey(projection.layer, target), storage.ofProduct(node, width));
  }
  const layers = found.get(matrixKey(0, 'q_proj')) ?? named.layers;
  const others = new Map([...found].filter(([, one]) => JSON.stringify(one) !== JSON.stringify(layers)));
  return { layers, ...(others.size > 0 && { others }), embedding, head: tied ? 'tied' : head ? storage.ofProduct(head, width) : named.head };
}

/**
 * How a graph's weights are stored, by its nodes alone, and what in them is not supported (weights.ts finds the same
 * when the model is loaded, with every name).
 * @param nodes empty where the beginning of the file could not be read: the variant's name then has to do
 * @param bytes the graph's and its external data's
 */
export function factsOfNodes(nodes: readonly OnnxNode[], config: DecoderConfig, path: string, bytes: number | null): NodesVerdict {
  const refusals: string[] = [];
  const warnings: string[] = [];
  const first = (test: (node: OnnxNode) => boolean): OnnxNode | undefined => nodes.find(test);
  const refuse = (node: OnnxNode | undefined, why: string): void => {
    if (node) refusals.push(`${why} (node “${node.name}”).`);
  };
  const storage = new NodeStorage(nodes);
  refuse(first(({ op }) => op === 'MatMulBnb4' || op === 'MatMulFpQ4'), 'Its matrices are quantised in a way that is not supported');
  refuse(first((node) => node.op === 'MatMulNBits' && bitsOfNode(node) !== 4 && bitsOfNode(node) !== 8), 'Its matrices are quantised to other than 4 or 8 bits');
  refuse(first((node) => node.op === 'GatherBlockQuantized' && bitsOfNode(node) !== 4 && bitsOfNode(node) !== 8), 'Its embedding is quantised to other than 4 or 8 bits');
  refuse(first(({ name }) => /\/(?:qkv_proj|gate_up_proj)\//.test(name)), 'It packs several projections into one matrix');
  refuse(first(({ attributes }) => [...attributes.values()].some(({ subgraph }) => subgraph)), 'Its layers are inside If branches, as in merged exports');
  const grouped = nodes.some(({ op }) => op === 'GroupQueryAttention');
  if (nodes.length > 0 && !grouped) warnings.push('Its attention is not GroupQueryAttention: angles can be measured, rollouts and training cannot decode with it.');
  const { rounding } = storage;
  if (rounding !== 'never') warnings.push(ROUNDING_NOTES[rounding]);

  const widths = /f16|fp16/.test(path) ? ([2, 4] as const) : ([4, 2] as const);
  // Cosines and sines of every position stand in the file beside the weights.
  const rotary = grouped ? config.maxPositions * config.headDim * widths[0] : 0;
  const candidates = widths.flatMap((table) => widths.map((width) => factsOfWidths(storage, config, path, width, table)));
  return { facts: nearest(config, candidates, bytes === null ? null : bytes - rotary), refusals, warnings };
}
