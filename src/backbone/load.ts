import { chooseModel, type ModelChoice } from './choose-model.ts';
import { parseConfig } from './config.ts';
import { readOnnxFile, type OnnxFile } from './onnx-file.ts';
import { sha256Blob, sha256Text } from './sha256.ts';
import { createTokenizer, type TextTokenizer } from './tokenizer.ts';
import { findWeights } from './weights.ts';
import { BackboneError, bitsOf, type BackboneSource, type BackboneWeights, type BytePatch, type DecoderConfig, type WeightMatrix } from './types.ts';

export interface Backbone {
  readonly name: string;
  readonly config: DecoderConfig;
  readonly weights: BackboneWeights;
  /** Null where the source has no tokenizer.json (golden cases). */
  readonly tokenizer: TextTokenizer | null;
  /** For the user, such as "4 bits in blocks of 32, float32 embedding". */
  readonly quantisation: string;
  readonly parameters: number;
  /** Of the ONNX file (sha256.ts); with external data, of the lines "hash  path" of the graph and its data files. */
  readonly sha256: string;
  readonly model: ModelChoice;
  readonly graph: ModelGraph;
}

/** The model's file as onnxruntime takes it. */
export interface ModelGraph {
  readonly blob: Blob;
  /** Its external data by the names that the graph uses; opened only when asked. */
  external(): Promise<readonly { readonly path: string; readonly blob: Blob }[]>;
  /** Bytes that replace those of the files, for onnxruntime; the weights are given with them already (lazy-bytes.ts, patchedBytes). */
  readonly patches: readonly BytePatch[];
}

/** Called at each step with a word for the user. */
export type LoadProgress = (step: string) => void;

/** Parameters of the model; a tied head counts once. */
function countParameters(weights: BackboneWeights): number {
  const matrix = (m: WeightMatrix): number => m.rows * m.columns;
  const vector = (t: { readonly shape: readonly number[] } | null): number => (t ? t.shape.reduce((product, dim) => product * dim, 1) : 0);
  const layers = weights.layers.map(
    (l) =>
      [l.q, l.k, l.v, l.o, l.gate, l.up, l.down].reduce((sum, m) => sum + matrix(m), 0) +
      [l.inputNorm, l.postAttentionNorm, l.qBias, l.kBias, l.vBias, l.qNorm, l.kNorm].reduce((sum, t) => sum + vector(t), 0),
  );
  const head = weights.head === weights.embedding ? 0 : matrix(weights.head);
  return layers.reduce((sum, layer) => sum + layer, matrix(weights.embedding) + head + vector(weights.finalNorm));
}

function storage(matrix: WeightMatrix): string {
  if (matrix.kind === 'float') return matrix.tensor.storage === 'f32' ? 'float32' : 'float16';
  const blocks = matrix.block === matrix.columns ? 'with a scale for each row' : `in blocks of ${matrix.block}`;
  return `${bitsOf(matrix)} bits ${blocks}${matrix.zeroPoints ? `${matrix.block === matrix.columns ? ' and' : ' with'} zero points` : ''}`;
}

/** How the weights are stored, in words: every kind among the layers, then the tables that are stored otherwise. */
function describeStorage(weights: BackboneWeights): string {
  const layers = [...new Set(weights.layers.flatMap((l) => [l.q, l.k, l.v, l.o, l.gate, l.up, l.down].map(storage)))].join(' and ');
  const tables = new Map<string, string[]>();
  const named = [['embedding', weights.embedding], ...(weights.head === weights.embedding ? [] : [['head', weights.head] as const])] as const;
  for (const [name, matrix] of named) {
    const words = storage(matrix);
    if (words !== layers) tables.set(words, [...(tables.get(words) ?? []), name]);
  }
  const rounded = { never: [], allowed: ['activations may be rounded to 8 bits in rollouts'], always: ['activations rounded to 8 bits in rollouts'] }[weights.activationsRounded];
  return [layers, ...[...tables].map(([words, names]) => `${words} ${names.join(' and ')}`), ...rounded].join(', ');
}

async function hashModel(model: ModelChoice, blob: Blob, file: OnnxFile, open: (location: string) => Promise<Blob>): Promise<string> {
  const graph = await sha256Blob(blob, model.path);
  if (file.externalFiles.length === 0) return graph;
  const lines = [`${graph}  ${model.path}`];
  for (const location of [...file.externalFiles].sort()) lines.push(`${await sha256Blob(await open(location), location)}  ${location}`);
  return sha256Text(`${lines.join('\n')}\n`);
}

async function loadTokenizer(source: BackboneSource, paths: readonly string[]): Promise<TextTokenizer | null> {
  if (!paths.includes('tokenizer.json')) return null;
  const config = paths.includes('tokenizer_config.json') ? await (await source.open('tokenizer_config.json')).text() : null;
  // Newer repositories keep the template in a file of its own, which then counts.
  const template = paths.includes('chat_template.jinja') ? await (await source.open('chat_template.jinja')).text() : null;
  return createTokenizer(await (await source.open('tokenizer.json')).text(), config, template);
}

/**
 * Loads a backbone: its config, its tokenizer and where each weight stands in the ONNX file. Weights themselves are read
 * when the engine uploads them.
 * @throws BackboneError with one sentence for the user
 */
export async function loadBackbone(source: BackboneSource, progress: LoadProgress = () => undefined): Promise<Backbone> {
  const paths = await source.list();
  if (!paths.includes('config.json')) {
    throw new BackboneError(`"${source.name}" has no config.json among its ${paths.length} files; a folder in the Hugging Face layout is expected (config.json, tokenizer.json, onnx/model_q4.onnx).`);
  }
  const model = chooseModel(paths);
  progress('reading config.json');
  const config = parseConfig(await (await source.open('config.json')).text());
  const tokenizer = await loadTokenizer(source, paths);
  progress(`opening ${model.path}`);
  const blob = await source.open(model.path);
  const folder = model.path.slice(0, model.path.lastIndexOf('/') + 1);
  const open = (location: string): Promise<Blob> => source.open(`${folder}${location.replace(/^\.\//, '')}`);
  const file = await readOnnxFile(blob, open);
  progress('finding the weights');
  const weights = await findWeights(file, config);
  progress('hashing the weights');
  const sha256 = await hashModel(model, blob, file, open);
  const external = () => Promise.all(file.externalFiles.map(async (path) => ({ path, blob: await open(path) })));
  return { name: source.name, config, weights, tokenizer, quantisation: describeStorage(weights), parameters: countParameters(weights), sha256, model, graph: { blob, external, patches: [] } };
}
