import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { decomposedGraph } from './decomposed-graph.ts';
import { gqaGraph } from './gqa-graph.ts';
import { ModelWeights } from './layer-weights.ts';
import { checkStorage, floatType, SUFFIXES, type StorageOptions } from './products.ts';
import { configJson, generationConfigJson, type ModelShape } from './shapes.ts';
import { tokenizerFiles } from './tokenizer-files.ts';
import { writeOnnx, type WrittenFile } from './write-onnx.ts';

export const STYLES = ['gqa', 'decomposed'] as const;

export interface RandomModelOptions extends StorageOptions {
  /** A published shape (SHAPES), or one cut to fewer layers, tokens or positions. */
  readonly shape: ModelShape;
  readonly style: (typeof STYLES)[number];
  /** Bytes of one external data file at most (Infinity: one file); null embeds the data. */
  readonly chunkBytes: number | null;
  readonly seed: number;
  /** Another ending of the graph's name than its storage has, such as "_quantized". */
  readonly suffix?: string | undefined;
}

export interface WrittenModel {
  /** Relative to the folder. */
  readonly files: readonly WrittenFile[];
  /** What the user should know, such as that no tokenizer was written. */
  readonly notes: readonly string[];
}

/**
 * Writes a model of random weights in the Hugging Face layout: config.json, generation_config.json, the tokenizer where
 * it fits the vocabulary, and onnx/model<suffix>.onnx. The same seed gives the same weights in every style, storage
 * (rounded), placement and cut.
 * @throws RangeError for options that contradict each other
 */
export function writeRandomModel(folder: string, options: RandomModelOptions): WrittenModel {
  checkStorage(options);
  const { shape } = options;
  const suffix = options.suffix ?? SUFFIXES[options.storage];
  const weights = new ModelWeights(options.seed, shape);
  const builder = options.style === 'gqa' ? gqaGraph(shape, options, weights) : decomposedGraph(shape, options, weights);
  mkdirSync(join(folder, 'onnx'), { recursive: true });
  const producer = options.style === 'gqa' ? 'onnxruntime-genai' : 'pytorch';
  const onnx = writeOnnx(join(folder, 'onnx'), `model${suffix}.onnx`, builder, producer, options).map(({ path, bytes }) => ({ path: `onnx/${path}`, bytes }));
  const tokenizer = tokenizerFiles(shape);
  const texts: readonly (readonly [string, string])[] = [
    ['config.json', configJson(shape, suffix, floatType(options.storage) === 'float16', onnx.length - 1)],
    ['generation_config.json', generationConfigJson(shape)],
    ...tokenizer.files,
  ];
  for (const [path, text] of texts) writeFileSync(join(folder, path), text);
  return { files: [...onnx, ...texts.map(([path, text]) => ({ path, bytes: Buffer.byteLength(text) }))], notes: tokenizer.notes };
}
