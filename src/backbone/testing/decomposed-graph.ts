import { TARGETS } from '../../core/gram/types.ts';
import { targetShape } from '../config.ts';
import { readOnnxFile } from '../onnx-file.ts';
import { BackboneError, type BackboneWeights, type DecoderConfig } from '../types.ts';
import { findWeights } from '../weights.ts';
import { onnxBytes, type ModelParts, type NodeParts, type TensorParts } from './onnx-writer.ts';

/** One layer of 8 dimensions: the smallest decoder that has all there is. */
export const SMALLEST: DecoderConfig = {
  architecture: 'qwen2', vocabSize: 10, hiddenSize: 8, layers: 1, heads: 2, kvHeads: 1, headDim: 4, intermediateSize: 16,
  ropeTheta: 1e4, rmsNormEps: 1e-6, tiedEmbedding: true, maxPositions: 32,
};

/** A tensor of ⅛, ²⁄₈, … in float32; of zeros in other types. */
export function ramp(name: string, dims: readonly number[], dataType = 1): TensorParts {
  const length = dims.reduce((product, dim) => product * dim, 1);
  return { name, dims, dataType, raw: dataType === 1 ? new Uint8Array(Float32Array.from({ length }, (_, i) => i / 8).buffer) : new Uint8Array(length * (dataType === 2 ? 1 : 2)) };
}

export interface GraphParts {
  readonly nodes: NodeParts[];
  readonly initializers: TensorParts[];
}

/** What optimum exports without fused operators: numbered weights [in, out], norms as Mul, bias first in Add, a tied head. */
export function decomposed(dataType = 1, config = SMALLEST): GraphParts {
  const { hiddenSize, vocabSize } = config;
  const nodes: NodeParts[] = [{ name: '/model/embed_tokens/Gather', op: 'Gather', inputs: ['model.embed_tokens.weight', 'input_ids'], outputs: ['x'] }];
  const initializers = [ramp('model.embed_tokens.weight', [vocabSize, hiddenSize], dataType), { name: 'two', dims: [], dataType: 1, floats: [2] }];
  for (const [index, target] of TARGETS.entries()) {
    const { outFeatures, inFeatures } = targetShape(config, target);
    const parent = index < 4 ? 'self_attn' : 'mlp';
    const path = `/model/layers.0/${parent}/${target}`;
    initializers.push(ramp(`onnx::MatMul_${100 + index}`, [inFeatures, outFeatures], dataType));
    nodes.push({ name: `${path}/MatMul`, op: 'MatMul', inputs: ['x', `onnx::MatMul_${100 + index}`], outputs: [`${path}/MatMul_output_0`] });
    if (index < 3) {
      initializers.push(ramp(`model.layers.0.self_attn.${target}.bias`, [outFeatures], dataType));
      nodes.push({ name: `${path}/Add`, op: 'Add', inputs: [`model.layers.0.self_attn.${target}.bias`, `${path}/MatMul_output_0`], outputs: [`${path}/Add_output_0`] });
    }
  }
  for (const path of ['/model/layers.0/input_layernorm', '/model/layers.0/post_attention_layernorm', '/model/norm']) {
    const weight = `${path.slice(1).replaceAll('/', '.')}.weight`;
    initializers.push(ramp(weight, [hiddenSize], dataType));
    nodes.push({ name: `${path}/Pow`, op: 'Pow', inputs: ['x', 'two'], outputs: [`${path}/Pow_output_0`] });
    nodes.push({ name: `${path}/Mul_1`, op: 'Mul', inputs: [weight, `${path}/Pow_output_0`], outputs: [`${path}/Mul_1_output_0`] });
  }
  nodes.push({ name: '/lm_head/Transpose', op: 'Transpose', inputs: ['model.embed_tokens.weight'], outputs: ['head'] });
  nodes.push({ name: '/lm_head/MatMul', op: 'MatMul', inputs: ['/model/norm/Mul_1_output_0', 'head'], outputs: ['logits'] });
  return { nodes, initializers };
}

/** The weights of a graph without external data. */
export async function weightsOf(model: ModelParts, config = SMALLEST): Promise<BackboneWeights> {
  const file = await readOnnxFile(new Blob([onnxBytes(model)]), () => Promise.reject(new BackboneError('no external data')));
  return findWeights(file, config);
}

/** The graph with other nodes in one node's place. */
export function replaceNode(model: ModelParts, name: string, change: (node: NodeParts) => NodeParts | readonly NodeParts[], initializers: readonly TensorParts[] = []): ModelParts {
  return { ...model, nodes: model.nodes.flatMap((node) => (node.name === name ? change(node) : node)), initializers: [...model.initializers, ...initializers] };
}
