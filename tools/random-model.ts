/**
 * npm run random-model -- --shape qwen2.5-0.5b --storage q4 --style gqa --out DIR
 *
 * Writes a model of random weights with the configuration, node names and storage of the published ONNX files, so that
 * the whole product can be run on real shapes without real weights. The same seed gives the same weights in every style,
 * storage (rounded), placement and cut, so results can be compared.
 *
 * --shape qwen2.5-0.5b | qwen3-0.6b         published configuration (qwen2.5-0.5b)
 * --storage q4 | q4f16 | q8 | fp16 | fp32 | int8 | uint8
 *                                           4 or 8 bits in blocks of 32 (MatMulNBits), floats, or MatMulInteger (q4)
 * --style gqa | decomposed                  as onnxruntime-genai or as optimum exports (gqa)
 * --layers N, --vocab N, --positions N      cuts of the published shape
 * --data embedded | external | chunks       in the graph's file, in one .onnx_data, in several (embedded)
 * --chunk-bytes N                           size of a chunk at most; a larger tensor has one for itself (256 MiB)
 * --embedding float | block4 | block8       a table, or GatherBlockQuantized (float)
 * --head tied-transpose | separate | quantised
 *                                           the table turned round, a float matrix, or MatMulNBits (tied-transpose, or
 *                                           quantised with a block embedding, whose tensor it then shares)
 * --accuracy-level N                        of MatMulNBits; left out by default, which computes in float
 * --naming rank | quant                     "MatMul_Q4", or "MatMul_Quant" as onnx-community names it since 2025 (rank)
 * --suffix _quantized                       another ending of the graph's name
 * --seed N                                  (1)
 */
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { EMBEDDINGS, HEADS, NAMINGS, STORAGES } from '../src/backbone/testing/random-model/products.ts';
import { SHAPE_NAMES, SHAPES } from '../src/backbone/testing/random-model/shapes.ts';
import { STYLES, writeRandomModel } from '../src/backbone/testing/random-model/write-random-model.ts';

const positive = z.coerce.number().int().positive();

const flags = z.object({
  shape: z.enum(SHAPE_NAMES).default('qwen2.5-0.5b'),
  storage: z.enum(STORAGES).default('q4'),
  style: z.enum(STYLES).default('gqa'),
  layers: positive.optional(),
  vocab: positive.optional(),
  positions: positive.optional(),
  data: z.enum(['embedded', 'external', 'chunks']).default('embedded'),
  'chunk-bytes': positive.default(256 * 2 ** 20),
  embedding: z.enum(EMBEDDINGS).default('float'),
  head: z.enum(HEADS).optional(),
  'accuracy-level': z.coerce.number().int().min(0).max(4).optional(),
  naming: z.enum(NAMINGS).default('rank'),
  suffix: z.string().regex(/^(_[a-z0-9]+)?$/).optional(),
  seed: z.coerce.number().int().default(1),
  out: z.string(),
});

const NAMES = Object.keys(flags.shape);

export function main(args: readonly string[]): number {
  let options: z.infer<typeof flags>;
  try {
    const { values } = parseArgs({ args: [...args], options: Object.fromEntries(NAMES.map((name) => [name, { type: 'string' as const }])) });
    const parsed = flags.safeParse(values);
    if (!parsed.success) {
      const { path, message } = parsed.error.issues[0];
      throw new RangeError(`--${path.join('.')}: ${message}.`);
    }
    options = parsed.data;
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : String(error)} Flags: ${NAMES.map((name) => `--${name}`).join(' ')}; tools/random-model.ts says what they mean.`);
    return 2;
  }
  const { shape, storage, style, layers, vocab, positions, data, embedding, naming, suffix, seed, out } = options;
  const begun = performance.now();
  const { files, notes } = writeRandomModel(out, {
    shape: { ...SHAPES[shape], ...(layers ? { layers } : {}), ...(vocab ? { vocabSize: vocab } : {}), ...(positions ? { maxPositions: positions } : {}) },
    storage, style, embedding, naming, seed, suffix,
    head: options.head ?? (embedding === 'float' ? 'tied-transpose' : 'quantised'),
    accuracyLevel: options['accuracy-level'] ?? null,
    chunkBytes: data === 'embedded' ? null : data === 'external' ? Infinity : options['chunk-bytes'],
  });
  for (const { path, bytes } of files) console.log(`${String(bytes).padStart(12)}  ${path}`);
  for (const note of notes) console.log(note);
  console.log(`${out}: ${(files.reduce((sum, { bytes }) => sum + bytes, 0) / 1e6).toFixed(1)} MB in ${((performance.now() - begun) / 1000).toFixed(1)} s`);
  return 0;
}
