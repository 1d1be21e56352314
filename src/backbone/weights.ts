import { checkAttention, checkEpsilon, checkRotary } from './graph-checks.ts';
import type { OnnxFile, OnnxNode } from './onnx-file.ts';
import { activationRounding } from './integer-products.ts';
import { floatTensor, OnnxGraph, someNames } from './onnx-graph.ts';
import { projectionOf } from './projection-names.ts';
import { targetShape } from './config.ts';
import { biasOfNode, findEmbedding, matrixOfNode, type FoundMatrix } from './weight-matrix.ts';
import { BackboneError, type BackboneWeights, type DecoderConfig, type FloatTensor, type LayerWeights, type WeightMatrix } from './types.ts';

const ATTENTION = ['q_proj', 'k_proj', 'v_proj', 'o_proj'];
const MATRIX_OPS = new Set(['MatMul', 'Gemm', 'MatMulNBits', 'MatMulInteger', 'DynamicQuantizeMatMul', 'MatMulIntegerToFloat', 'MatMulBnb4', 'MatMulFpQ4']);

type Projections = ReadonlyMap<string, OnnxNode>;

/** The projections' nodes by "layer.target". @throws BackboneError telling what kind of graph was found instead */
function findProjections(graph: OnnxGraph, layers: number): Projections {
  const found = new Map<string, OnnxNode>();
  const matrices = graph.file.nodes.filter((node) => MATRIX_OPS.has(node.op));
  for (const node of matrices) {
    const projection = projectionOf(node.name);
    if (!projection) continue;
    const { layer, target } = projection;
    if (target === 'qkv_proj' || target === 'gate_up_proj') {
      throw new BackboneError(`The graph packs several projections into one matrix (node "${node.name}"); an export with separate q_proj, k_proj and v_proj is needed.`);
    }
    if (layer >= layers) throw new BackboneError(`The graph has a layer ${layer} (node "${node.name}"), but config.json has only ${layers} layers: they are not of one model.`);
    const key = `${layer}.${target}`;
    const earlier = found.get(key);
    if (earlier) throw new BackboneError(`Two nodes look like ${target} of layer ${layer}: "${earlier.name}" and "${node.name}".`);
    found.set(key, node);
  }
  if (found.size === 0) {
    const branches = graph.file.nodes.some((node) => [...node.attributes.values()].some((attribute) => attribute.subgraph));
    const why = branches
      ? 'its layers are inside If branches, as in merged decoder exports, which are not supported'
      : `its ${matrices.length} matrix products are named ${someNames(matrices.map((node) => node.name))}`;
    throw new BackboneError(`No projection named like "/model/layers.0/attn/q_proj/MatMul" is in the graph: ${why}.`);
  }
  return found;
}

/** The weight of a norm: of a fused operator by its place, else the one constant of this size under the norm's name. */
function normWeight(graph: OnnxGraph, config: DecoderConfig, prefixes: readonly string[], size: number, what: string): FloatTensor {
  const nodes = graph.file.nodes.filter((node) => prefixes.some((prefix) => node.name.includes(prefix)));
  const candidates = new Map<string, FloatTensor>();
  for (const node of nodes) {
    const fused = node.op === 'SimplifiedLayerNormalization' || node.op === 'RMSNormalization' ? 1 : node.op === 'SkipSimplifiedLayerNormalization' ? 2 : null;
    if (fused !== null) checkEpsilon(node, config);
    if (fused === 2 && node.inputs[3]) throw new BackboneError(`${what} adds a bias (node "${node.name}"), which the supported models do not have.`);
    for (const input of fused === null ? node.inputs : [node.inputs[fused]]) {
      const constant = graph.constant(input);
      if (!constant) continue;
      const isWeight = constant.tensor.dims.length === 1 && constant.tensor.dims[0] === size;
      if (isWeight || fused !== null) candidates.set(constant.tensor.name || node.name, floatTensor(constant.tensor, [size], what));
    }
  }
  if (candidates.size !== 1) {
    throw new BackboneError(`${what}: one weight of ${size} values was expected under ${prefixes.map((prefix) => `"${prefix}"`).join(' or ')}, and ${candidates.size} were found (${someNames([...candidates.keys()])}).`);
  }
  return [...candidates.values()][0];
}

/** Qwen3's per-head norm: nodes of its own, or inputs 14 and 15 of GroupQueryAttention. */
function headNorm(graph: OnnxGraph, config: DecoderConfig, layer: number, name: 'q_norm' | 'k_norm'): FloatTensor {
  const what = `layers.${layer}.self_attn.${name}`;
  const attention = graph.file.nodes.find((node) => node.op === 'GroupQueryAttention' && new RegExp(`(^|/)layers\\.${layer}/`).test(node.name));
  const fused = graph.constant(attention?.inputs[name === 'q_norm' ? 14 : 15]);
  if (fused) return floatTensor(fused.tensor, [config.headDim], what);
  return normWeight(graph, config, [`layers.${layer}/attn/${name}/`, `layers.${layer}/self_attn/${name}/`], config.headDim, what);
}

/** The product that makes the logits, by its name, or backwards over what is written behind it (casts and scales). */
function headNode(graph: OnnxGraph): OnnxNode {
  const named = graph.file.nodes.find((candidate) => MATRIX_OPS.has(candidate.op) && /(^|\/)lm_head\//.test(candidate.name));
  if (named) return named;
  const pending = ['logits'];
  const seen = new Set<string>();
  for (let value = pending.pop(); value !== undefined; value = pending.pop()) {
    if (seen.has(value)) continue;
    seen.add(value);
    const producer = graph.producer(value);
    if (producer && MATRIX_OPS.has(producer.op)) return producer;
    if (producer?.op === 'Cast' || producer?.op === 'Mul') pending.push(...producer.inputs);
  }
  throw new BackboneError(`No head was found: no matrix product is named "/lm_head/MatMul" or makes "logits" (outputs: ${someNames(graph.file.outputs)}).`);
}

function findHead(graph: OnnxGraph, node: OnnxNode, config: DecoderConfig, embedding: FoundMatrix): WeightMatrix {
  const head = matrixOfNode(graph, node, config.vocabSize, config.hiddenSize, 'lm_head');
  return head.matrix.kind === embedding.matrix.kind && head.tensor === embedding.tensor ? embedding.matrix : head.matrix;
}

function findLayer(graph: OnnxGraph, config: DecoderConfig, projections: Projections, layer: number): LayerWeights {
  const nodeOf = (target: string): OnnxNode => {
    const node = projections.get(`${layer}.${target}`);
    if (!node) throw new BackboneError(`Layer ${layer} has no ${target} in the graph (expected a node like "/model/layers.${layer}/${ATTENTION.includes(target) ? 'attn' : 'mlp'}/${target}/MatMul").`);
    return node;
  };
  const matrix = (target: string): WeightMatrix => {
    const { inFeatures, outFeatures } = targetShape(config, target);
    return matrixOfNode(graph, nodeOf(target), outFeatures, inFeatures, `layers.${layer}.${target}`).matrix;
  };
  const bias = (target: string, wanted: boolean): FloatTensor | null => {
    const found = biasOfNode(graph, nodeOf(target), targetShape(config, target).outFeatures, `layers.${layer}.${target}.bias`);
    if (found === null && wanted) throw new BackboneError(`${target} of layer ${layer} has no bias in the graph; Qwen2 models have one after q, k and v.`);
    if (found !== null && !wanted) throw new BackboneError(`${target} of layer ${layer} has a bias in the graph; ${config.architecture} models are supported without one there.`);
    return found;
  };
  const qwen2 = config.architecture === 'qwen2';
  for (const target of ['o_proj', 'gate_proj', 'up_proj', 'down_proj']) bias(target, false);
  const norm = (name: string): FloatTensor => normWeight(graph, config, [`layers.${layer}/${name}/`], config.hiddenSize, `layers.${layer}.${name}`);
  return {
    inputNorm: norm('input_layernorm'),
    postAttentionNorm: norm('post_attention_layernorm'),
    q: matrix('q_proj'),
    k: matrix('k_proj'),
    v: matrix('v_proj'),
    o: matrix('o_proj'),
    gate: matrix('gate_proj'),
    up: matrix('up_proj'),
    down: matrix('down_proj'),
    qBias: bias('q_proj', qwen2),
    kBias: bias('k_proj', qwen2),
    vBias: bias('v_proj', qwen2),
    qNorm: qwen2 ? null : headNorm(graph, config, layer, 'q_norm'),
    kNorm: qwen2 ? null : headNorm(graph, config, layer, 'k_norm'),
  };
}

/**
 * Finds every weight of the decoder in an ONNX graph, by node names and positions, and checks each shape.
 * Contents stay in the file until they are asked for.
 * @throws BackboneError with what was found and what is supported
 */
export async function findWeights(file: OnnxFile, config: DecoderConfig): Promise<BackboneWeights> {
  const graph = new OnnxGraph(file);
  const embedding = findEmbedding(graph, config);
  const projections = findProjections(graph, config.layers);
  const layers = Array.from({ length: config.layers }, (_, layer) => findLayer(graph, config, projections, layer));
  const finalNorm = normWeight(graph, config, ['final_norm_layernorm/', 'model/norm/'], config.hiddenSize, 'The final norm');
  checkAttention(graph, config);
  await checkRotary(graph, config);
  const head = headNode(graph);
  const activationsRounded = activationRounding(graph, [...projections.values(), head]);
  return { config, embedding: embedding.matrix, head: findHead(graph, head, config, embedding), finalNorm, layers, activationsRounded };
}
