import { floatValues } from './dequantise.ts';
import { floatsToHalves } from './half-floats.ts';
import { patchedBytes } from './lazy-bytes.ts';
import type { Backbone } from './load.ts';
import { sha256Text } from './sha256.ts';
import { splitTags, withAddedTags, type SplitTag } from './tag-tokenizer.ts';
import type { TextTokenizer } from './tokenizer.ts';
import { BackboneError, type BackboneWeights, type BytePatch, type DecoderConfig, type WeightMatrix } from './types.ts';

/** Rows [tags, hidden] of the tables; `head` null: the head is the embedding. */
export interface TableRows {
  readonly embedding: Float32Array<ArrayBuffer>;
  readonly head: Float32Array<ArrayBuffer> | null;
}

/** Rows that were made elsewhere, and where, for the backbone's name. */
export interface GivenRows extends TableRows {
  /** Such as "trained 50 steps". */
  readonly how: string;
}

type FloatMatrix = Extract<WeightMatrix, { readonly kind: 'float' }>;

/** A backbone's name with tags as tokens; the page knows it before the worker has loaded it. */
export function tagTokensName(base: string, count: number, how: string): string {
  return `${base} + ${count} tag ${count === 1 ? 'token' : 'tokens'} (${how})`;
}

/** The parts of such a name; null for a backbone's own. */
export function readTagTokensName(name: string): { readonly base: string; readonly how: string } | null {
  const match = /^(.+) \+ \d+ tag tokens? \(([^()]+)\)$/.exec(name);
  return match ? { base: match[1], how: match[2] } : null;
}

/** `how` of rows that nobody trained. */
export const MEAN_OF_WORDS = 'mean of the words';

/** The spare ids that the tags get: those behind the tokenizer's own, which the network has rows for. @throws BackboneError where there are too few */
export function tagIds({ vocabSize }: Pick<DecoderConfig, 'vocabSize'>, tokenizer: TextTokenizer, count: number): number[] {
  const first = tokenizer.vocabSize;
  const spare = vocabSize - first;
  if (spare < count) {
    throw new BackboneError(`The network has ${vocabSize} rows and its tokenizer ${first} tokens: ${spare <= 0 ? 'no row is' : `${spare} ${spare === 1 ? 'row is' : 'rows are'}`} left for ${count} tags as tokens. Use the tags as they are split, or a backbone with spare rows (Qwen’s have more than 250).`);
  }
  const ids = Array.from({ length: count }, (_, index) => first + index);
  const taken = ids.find((id) => isToken(tokenizer, id));
  if (taken !== undefined) throw new BackboneError(`The tokenizer’s ids have gaps: ${taken}, which should be free, is a token. Tags cannot be added to it.`);
  return ids;
}

function isToken(tokenizer: TextTokenizer, id: number): boolean {
  try {
    tokenizer.tokenBytes(id);
    return true;
  } catch {
    return false;
  }
}

/** Why rows of these tables cannot be laid over, or null. */
export function tableRefusal({ embedding, head }: Pick<BackboneWeights, 'embedding' | 'head'>): string | null {
  for (const [name, matrix] of [['embedding', embedding], ['head', head]] as const) {
    if (matrix.kind !== 'float') return `The ${name} of this file is quantised: its blocks share scales, and single rows cannot be replaced. Tags as single tokens need a file with float tables (model_q4, model_q4f16, model_fp16 or model).`;
    if (!matrix.tensor.bytes.place) return `The ${name} stands in this file as a list of numbers instead of raw data, and rows cannot be laid over it. Export the model again with raw data.`;
  }
  return null;
}

function floatTables({ embedding, head }: Pick<BackboneWeights, 'embedding' | 'head'>): { readonly embedding: FloatMatrix; readonly head: FloatMatrix } {
  const refusal = tableRefusal({ embedding, head });
  if (refusal !== null || embedding.kind !== 'float' || head.kind !== 'float') throw new BackboneError(refusal ?? 'The tables are not float.');
  return { embedding, head };
}

/** The ids of the tag's word: "think" of `</think>`; of a tag without a word its own pieces. */
function wordPieces(tokenizer: TextTokenizer, tag: string): number[] {
  const word = tag.replace(/[<>/|\s]/g, '');
  return tokenizer.encode(word === '' ? tag : word);
}

async function rowOf(matrix: FloatMatrix, id: number): Promise<Float32Array> {
  const { rows, columns, tensor, transposed } = matrix;
  if (!transposed) return floatValues(tensor, id * columns, (id + 1) * columns);
  // Stored [hidden, vocabulary]: a row is one number of each line, and the lines together are the whole file.
  return Float32Array.from(await Promise.all(Array.from({ length: columns }, async (_, line) => (await floatValues(tensor, line * rows + id, line * rows + id + 1))[0])));
}

/**
 * Rows to begin with: for each tag the mean of the rows of its word's pieces, in f32. An opening and its closing tag begin
 * the same, and predicted or read they say no more than their word: it is a warm-up (training/tag-warm-up.ts) that tells
 * them apart.
 * @throws BackboneError for quantised tables
 */
export async function meanRows(weights: BackboneWeights, tokenizer: TextTokenizer, tags: readonly string[]): Promise<TableRows> {
  const { embedding, head } = floatTables(weights);
  const means = async (matrix: FloatMatrix): Promise<Float32Array<ArrayBuffer>> => {
    const all = new Float32Array(tags.length * matrix.columns);
    for (const [index, tag] of tags.entries()) {
      const pieces = await Promise.all(wordPieces(tokenizer, tag).map((id) => rowOf(matrix, id)));
      for (let column = 0; column < matrix.columns; column += 1) all[index * matrix.columns + column] = pieces.reduce((sum, piece) => sum + piece[column], 0) / pieces.length;
    }
    return all;
  };
  return { embedding: await means(embedding), head: weights.head === weights.embedding ? null : await means(head) };
}

/** The bytes that put rows first, first + 1, … into a table. */
function rowPatches({ rows, columns, tensor, transposed }: FloatMatrix, first: number, values: Float32Array<ArrayBuffer>): BytePatch[] {
  const { place } = tensor.bytes;
  if (!place) return [];
  const width = tensor.storage === 'f32' ? 4 : 2;
  const encode = (floats: Float32Array<ArrayBuffer>): Uint8Array<ArrayBuffer> => (width === 4 ? new Uint8Array(floats.buffer, floats.byteOffset, floats.byteLength) : floatsToHalves(floats));
  if (!transposed) return [{ file: place.file, offset: place.offset + first * columns * width, bytes: encode(values.slice()) }];
  const count = values.length / columns;
  return Array.from({ length: columns }, (_, line) => {
    const part = Float32Array.from({ length: count }, (__, row) => values[row * columns + line]);
    return { file: place.file, offset: place.offset + (line * rows + first) * width, bytes: encode(part) };
  });
}

function overlaid(matrix: FloatMatrix, patches: readonly BytePatch[]): FloatMatrix {
  return { ...matrix, tensor: { ...matrix.tensor, bytes: patchedBytes(matrix.tensor.bytes, patches) } };
}

/**
 * The backbone with tags as single tokens (the paper's choice): they get the first spare ids, and rows that are laid over
 * those of its file for the engine and onnxruntime alike. Nothing of the file is copied or changed; of f16 tables the rows
 * are rounded to the nearest half.
 * @param rows null: the mean of each tag's word
 * @throws BackboneError where the tokenizer has a tag as a token, rows are too few, or the tables are quantised
 */
export async function withTagTokens(backbone: Backbone, tags: readonly string[], rows: GivenRows | null = null): Promise<Backbone> {
  const { tokenizer, weights, config, graph } = backbone;
  if (!tokenizer) throw new BackboneError(`The backbone "${backbone.name}" has no tokenizer.json, to which tags could be added.`);
  if (tags.length === 0) throw new BackboneError('No tag was named that should become a token.');
  const { embedding, head } = floatTables(weights);
  const ids = tagIds(config, tokenizer, tags.length);
  const added = withAddedTags(tokenizer, tags, ids[0]);
  const { embedding: inputs, head: outputs } = rows ?? (await meanRows(weights, tokenizer, tags));
  const tied = weights.head === weights.embedding;
  const expected = tags.length * config.hiddenSize;
  if (inputs.length !== expected || (outputs?.length ?? expected) !== expected || (outputs === null) !== tied) {
    throw new BackboneError(`The rows are not of this backbone: ${tags.length} tags of ${config.hiddenSize} numbers are expected${tied ? '' : ', for the embedding and for the head'}. Use the backbone that they were trained on.`);
  }
  const patches = [...rowPatches(embedding, ids[0], inputs), ...(outputs ? rowPatches(head, ids[0], outputs) : [])];
  const table = overlaid(embedding, patches);
  return {
    ...backbone,
    name: tagTokensName(backbone.name, tags.length, rows?.how ?? MEAN_OF_WORDS),
    sha256: await overlaySha256(backbone.sha256, tags, patches),
    tokenizer: added,
    weights: { ...weights, embedding: table, head: tied ? table : overlaid(head, patches) },
    graph: { ...graph, patches: [...graph.patches, ...patches] },
  };
}

/** Of the backbone's hash, the tags, and the bytes that are laid over. */
async function overlaySha256(base: string, tags: readonly string[], patches: readonly BytePatch[]): Promise<string> {
  const lines = [base, JSON.stringify(tags)];
  for (const { file, offset, bytes } of patches) lines.push(`${file ?? ''} ${offset} ${Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')}`);
  return sha256Text(`${lines.join('\n')}\n`);
}

/** What the page is told before it offers tags as tokens. */
export interface TagReport {
  /** Tags that the tokenizer cuts; none: there is nothing to offer. */
  readonly split: readonly SplitTag[];
  /** Why they cannot be added, in one sentence; null where they can. */
  readonly refusal: string | null;
}

/** Which of the tags the backbone's tokenizer cuts, and whether they can be added. */
export function tagReport({ tokenizer, config, weights, name }: Pick<Backbone, 'tokenizer' | 'config' | 'weights' | 'name'>, tags: readonly string[]): TagReport {
  if (!tokenizer) return { split: [], refusal: `The backbone "${name}" has no tokenizer.json.` };
  const split = splitTags(tokenizer, tags);
  if (split.length === 0) return { split, refusal: null };
  try {
    withAddedTags(tokenizer, split.map(({ tag }) => tag), tagIds(config, tokenizer, split.length)[0]);
  } catch (error) {
    if (error instanceof BackboneError) return { split, refusal: error.message };
    throw error;
  }
  return { split, refusal: tableRefusal(weights) };
}
