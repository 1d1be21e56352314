import type { OnnxNode } from '../backbone/onnx-file.ts';
import type { DecoderConfig } from '../backbone/types.ts';
import { fileBytes, type MatrixStorage, type WeightFacts } from './weight-facts.ts';

export interface NodesVerdict {
  readonly facts: WeightFacts;
  /** Why the graph cannot be used, in sentences. */
  readonly refusals: readonly string[];
  readonly warnings: readonly string[];
}

const EIGHT_BITS = new Set(['MatMulInteger', 'DynamicQuantizeMatMul', 'MatMulIntegerToFloat']);
const PROJECTION = /layers\.\d+\/(?:self_attn|attn|mlp)\/[a-z_]+_proj\//;

/** What is not said by the nodes (the width of floats) follows from the file's size: the pair that comes nearest. */
function nearest(config: DecoderConfig, candidates: readonly WeightFacts[], bytes: number | null): WeightFacts {
  if (bytes === null) return candidates[0];
  const distance = (facts: WeightFacts): number => Math.abs(fileBytes(config, facts) - bytes);
  return candidates.reduce((best, facts) => (distance(facts) < distance(best) ? facts : best));
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
  refuse(first(({ op }) => EIGHT_BITS.has(op)), 'Its matrices are quantised to 8 bits, which is not supported');
  refuse(first(({ op }) => op === 'MatMulBnb4' || op === 'MatMulFpQ4'), 'Its matrices are quantised in a way that is not supported');
  refuse(first(({ op, attributes }) => op === 'MatMulNBits' && (attributes.get('bits')?.i ?? 4) !== 4), 'Its matrices are quantised to other than 4 bits');
  refuse(first(({ op }) => op === 'GatherBlockQuantized'), 'Its embedding is quantised, which is not supported');
  refuse(first(({ name }) => /\/(?:qkv_proj|gate_up_proj)\//.test(name)), 'It packs several projections into one matrix');
  refuse(first(({ attributes }) => [...attributes.values()].some(({ subgraph }) => subgraph)), 'Its layers are inside If branches, as in merged exports');
  if (nodes.length > 0 && !nodes.some(({ op }) => op === 'GroupQueryAttention')) warnings.push('Its attention is not GroupQueryAttention: angles can be measured, rollouts and training cannot decode with it.');

  const matrix = first(({ op, name }) => (op === 'MatMulNBits' || op === 'MatMul') && PROJECTION.test(name));
  const head = first(({ op, name }) => (op === 'MatMulNBits' || op === 'MatMul') && /(^|\/)lm_head\//.test(name));
  const q4 = (node: OnnxNode | undefined, scaleBytes: 2 | 4): MatrixStorage => ({ kind: 'q4', block: node?.attributes.get('block_size')?.i ?? 32, zeroPoints: Boolean(node?.inputs[3]), scaleBytes });
  const isQ4 = matrix ? matrix.op === 'MatMulNBits' : /_q4/.test(path);
  const headOf = (width: 2 | 4): WeightFacts['head'] => {
    if (head?.op === 'MatMulNBits') return q4(head, width);
    return config.tiedEmbedding ? 'tied' : { kind: 'float', bytes: width, transposed: true };
  };
  const widths = /f16|fp16/.test(path) ? ([2, 4] as const) : ([4, 2] as const);
  const candidates = widths.flatMap((embedding) =>
    widths.map((width): WeightFacts => ({ layers: isQ4 ? q4(matrix, width) : { kind: 'float', bytes: width, transposed: true }, embedding, head: headOf(width) })),
  );
  return { facts: nearest(config, candidates, bytes), refusals, warnings };
}
