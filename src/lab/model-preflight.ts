import { chooseModel } from '../backbone/choose-model.ts';
import { parseConfig } from '../backbone/config.ts';
import { remoteBytes, remoteText } from '../backbone/hub/remote-bytes.ts';
import type { Access } from '../backbone/hub/request.ts';
import type { RemoteModel } from '../backbone/hub/types.ts';
import { variantsOf, type Variant } from '../backbone/hub/variants.ts';
import { readLeadingNodes, type OnnxNode } from '../backbone/onnx-file.ts';
import { BackboneError, type BackboneSource, type DecoderConfig, type Sliceable } from '../backbone/types.ts';
import { factsOfNodes } from '../engine/facts-of-nodes.ts';
import { engineBytes, type EngineBytes, type GpuBytes, type Plan, type PreflightReport } from '../engine/preflight.ts';
import { LARGEST_FILE } from '../inference/session-files.ts';
import { wasmNote } from '../inference/session-memory.ts';

/** A model's files, wherever they are; `graph` null where its size is not known. */
export interface ModelFiles {
  config(): Promise<string>;
  graph(): Promise<Sliceable | null>;
  readonly signal?: AbortSignal;
}

export interface PreflightQuestion {
  readonly variant: Variant;
  readonly plan: Plan;
  /** Null where there is no graphics device. */
  readonly device: { readonly shaderF16: boolean; readonly maxBinding: number; readonly maxBuffer: number } | null;
}

/** Nodes of real exports take 0.5 to 2 MB. */
const NODE_BYTES = 8 * 2 ** 20;
/** WebGPU's own default, for a device that is not known. */
const DEFAULT_BINDING = 128 * 2 ** 20;

const mega = (bytes: number): string => `${Math.ceil(bytes / 2 ** 20)} MiB`;

async function leadingNodes(files: ModelFiles): Promise<{ readonly nodes: readonly OnnxNode[]; readonly note: string | null }> {
  try {
    const graph = await files.graph();
    if (!graph) return { nodes: [], note: 'The server does not tell the size of the graph, so that its nodes are only seen on loading.' };
    return { nodes: await readLeadingNodes(graph, NODE_BYTES), note: null };
  } catch (error) {
    files.signal?.throwIfAborted();
    return { nodes: [], note: `The beginning of the graph could not be read (${error instanceof Error ? error.message : String(error)})` };
  }
}

/** The longest trajectory, then the largest batch, that the adapter can hold; null where none does. */
async function smallerPlan(plan: Plan, fits: (plan: Plan) => Promise<boolean>): Promise<Plan | null> {
  for (let { batch, length } = plan; batch >= 1; ) {
    if (length > 128) length = Math.floor(length / 2);
    else if (batch > 1) {
      batch = Math.floor(batch / 2);
      length = plan.length;
    } else return null;
    const smaller = { ...plan, batch, length };
    if (await fits(smaller)) return smaller;
  }
  return null;
}

/** A model on a server: config.json and the beginning of the graph are asked for, nothing else. */
export function remoteFiles(model: RemoteModel, variant: Variant, access: Access): ModelFiles {
  const graph = variant.files.find(({ path }) => path === variant.path);
  return {
    config: () => remoteText(model, 'config.json', access),
    graph: () => Promise.resolve(graph && graph.size !== null ? remoteBytes(model, { ...graph, size: graph.size }, access) : null),
    ...(access.signal ? { signal: access.signal } : {}),
  };
}

/**
 * A folder, kept files or the bundled model, and the variant that loading would choose of it.
 * @throws BackboneError where there is none
 */
export async function filesOfSource(source: BackboneSource): Promise<{ readonly variant: Variant; readonly files: ModelFiles }> {
  const paths = await source.list();
  const chosen = chooseModel(paths);
  const sizes = await Promise.all(paths.map(async (path) => ({ path, size: path.startsWith(chosen.path) ? (await source.open(path)).size : null, sha256: null, gitOid: null })));
  const named = variantsOf({ files: sizes }).find(({ path }) => path === chosen.path);
  const files = named?.files ?? sizes.filter(({ path }) => path.startsWith(chosen.path));
  return {
    // What is missing beside it is said when it is loaded.
    variant: { path: chosen.path, label: chosen.label, refused: null, files, bytes: null },
    files: { config: async () => (await source.open('config.json')).text(), graph: () => source.open(chosen.path) },
  };
}

/**
 * What a model would take here, from its config.json and the nodes at the beginning of its graph, before its weights are
 * downloaded or read.
 * @throws SourceError, BackboneError where config.json cannot be had
 */
export async function preflightModel({ variant, plan, device }: PreflightQuestion, files: ModelFiles): Promise<PreflightReport> {
  const refusals: string[] = variant.refused === null ? [] : [`${variant.path}: ${variant.refused}.`];
  const warnings: string[] = [];
  const suggestions: string[] = [];
  const report = (gpu: GpuBytes | null, basis: string): PreflightReport => ({ downloadBytes: variant.bytes, gpu, basis, refusals, warnings, suggestions });
  let config: DecoderConfig;
  try {
    config = parseConfig(await files.config());
  } catch (error) {
    if (!(error instanceof BackboneError) || 'remedy' in error) throw error;
    refusals.push(error.message);
    return report(null, 'config.json');
  }
  if (plan.length > config.maxPositions) warnings.push(`The model's context ends at ${config.maxPositions} tokens: longer trajectories are refused.`);
  const { nodes, note } = await leadingNodes(files);
  const own = variant.files.filter(({ path }) => path.startsWith(variant.path));
  const modelBytes = own.reduce<number | null>((sum, { size }) => (sum === null || size === null ? null : sum + size), 0);
  const verdict = factsOfNodes(nodes, config, variant.path, modelBytes);
  refusals.push(...verdict.refusals);
  warnings.push(...verdict.warnings, ...(note === null ? [] : [note]));
  const half = /f16|fp16/.test(variant.path);
  if (device === null) warnings.push('There is no graphics device here: the model can be downloaded, and only its rollouts can be computed, on the CPU.');
  if (device && half && !device.shaderF16) {
    warnings.push('This adapter has no shader-f16, which onnxruntime needs for float16 graphs on WebGPU: rollouts would run on the CPU.');
    suggestions.push('Choose model_q4.onnx, which computes in float32, where the repository has it.');
  }
  const largest = Math.max(0, ...own.map(({ size }) => size ?? 0));
  if (largest > LARGEST_FILE) {
    refusals.push(`${variant.path} has a file of ${mega(largest)}; onnxruntime-web takes at most ${mega(LARGEST_FILE)} in one piece (${mega(largest - LARGEST_FILE)} too many).`);
    suggestions.push('Choose a 4-bit variant, or an export whose external data is cut into smaller chunks.');
  }
  try {
    const onTheCpu = modelBytes === null ? null : wasmNote(modelBytes, half ? 'float16' : 'float32');
    if (onTheCpu !== null) warnings.push(`Rollouts: ${onTheCpu}`);
  } catch (error) {
    if (!(error instanceof BackboneError)) throw error;
    (device === null ? refusals : warnings).push(`Rollouts: ${error.message}`);
  }
  const room = device ?? { maxBinding: DEFAULT_BINDING, maxBuffer: DEFAULT_BINDING };
  const bytesOf = (wanted: Plan): Promise<EngineBytes> => engineBytes(config, verdict.facts, wanted, room.maxBinding, { maxBuffer: room.maxBuffer });
  const basis = nodes.length > 0 ? `config.json and ${nodes.length} nodes at the beginning of the graph` : 'config.json, the name and the size of the file';
  try {
    const told = await bytesOf(plan);
    const { layers, embedding, adapters, gradients, activations } = told;
    warnings.push(...slowerBecause(told));
    const cache = plan.batch * plan.length * config.layers * 2 * config.kvHeads * config.headDim * (half ? 2 : 4);
    const session = plan.purpose === 'training' ? (modelBytes ?? 0) + cache : 0;
    return report({ layers, embedding, adapters, gradients, activations, session, total: layers + embedding + adapters + gradients + activations + session }, basis);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    refusals.push(`It does not fit this adapter: ${error.message}`);
    const smaller = await smallerPlan(plan, (wanted) => bytesOf(wanted).then(() => true, () => false));
    suggestions.push(smaller ? `${smaller.batch === 1 ? '1 trajectory' : `${smaller.batch} trajectories`} of ${smaller.length} tokens would fit.` : 'No shorter or smaller batch fits; choose a smaller model or variant.');
    if (!smaller && verdict.facts.layers.kind === 'float') suggestions.push('Choose model_q4.onnx, whose layers take an eighth of float32’s bytes, where the repository has it.');
    return report(null, basis);
  }
}

/** What a plan that fits costs in time. */
function slowerBecause({ passes, recomputes }: EngineBytes): string[] {
  const slower: string[] = [];
  if (recomputes) slower.push('The activations of a step would take more than 512 MiB: they are recomputed layer by layer in the backward pass, which makes a step about a third longer.');
  if (passes > 1) {
    // n parts make n(n − 1)/2 pairs.
    const parts = Math.round((1 + Math.sqrt(1 + 8 * passes)) / 2);
    slower.push(`The spans of one question take ${passes} passes, as only ${parts === 2 ? 'half' : `two of ${parts} parts`} fit at a time${parts > 2 ? `: ${parts - 1} times the work of one pass` : ''}. Fewer or shorter trajectories a question take fewer.`);
  }
  return slower;
}
