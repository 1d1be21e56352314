import { BackboneError } from './types.ts';

interface Variant {
  readonly suffix: string;
  readonly label: string;
}

/**
 * Variants that can be read, best first: the 4-bit ones are what fits a browser (0.5B: 786 MB with float32 scales and
 * embedding, 483 MB with float16), and the gradient is taken at the rounded weights either way. Those of 8 bits (512 MB)
 * come after them, because onnxruntime rounds their activations too, which the engine does not.
 */
const READABLE: readonly Variant[] = [
  { suffix: '_q4', label: '4-bit blocks, float32' },
  { suffix: '_q4f16', label: '4-bit blocks, float16' },
  { suffix: '_quantized', label: '8 bits' },
  { suffix: '_int8', label: '8 bits, signed' },
  { suffix: '_uint8', label: '8 bits, unsigned' },
  { suffix: '_fp16', label: 'float16' },
  { suffix: '', label: 'float32' },
];

const UNREADABLE: Readonly<Partial<Record<string, string>>> = {
  _bnb4: 'quantised with bitsandbytes',
  _merged: 'a merged decoder with If branches',
};

/** Names of graphs that can be read in a Hugging Face layout, without their ending, best first. */
export const READABLE_NAMES: readonly string[] = READABLE.map(({ suffix }) => `model${suffix}`);

/** Those, and behind them those that cannot. */
export const ONNX_NAMES: readonly string[] = [...READABLE_NAMES, ...Object.keys(UNREADABLE).map((suffix) => `model${suffix}`)];

/** "_q4" of "onnx/model_q4.onnx"; undefined for a name of its own. */
function suffixOf(path: string): string | undefined {
  return /(?:^|\/)(?:decoder_)?model(_[a-z0-9_]+)?\.onnx$/.exec(path)?.[0].replace(/^.*model|\.onnx$/g, '');
}

/** What a graph's name says of it: how its weights are stored, and why it cannot be used where that is known. */
export function describeName(path: string): { readonly label: string; readonly refused: boolean; readonly rank: number } {
  const suffix = suffixOf(path);
  const rank = READABLE.findIndex((variant) => variant.suffix === suffix);
  if (rank >= 0) return { label: READABLE[rank].label, refused: false, rank };
  const why = UNREADABLE[suffix ?? ' '];
  return why === undefined ? { label: 'as stored', refused: false, rank: READABLE.length } : { label: why, refused: true, rank: READABLE.length + 1 };
}

export interface ModelChoice {
  readonly path: string;
  /** How its weights are stored, in words. */
  readonly label: string;
  /** Why this file and not another, in one sentence. */
  readonly reason: string;
}

/**
 * The ONNX file of a Hugging Face layout (or of a handful of files) to load.
 * @throws BackboneError naming what is there when nothing can be read
 */
export function chooseModel(paths: readonly string[]): ModelChoice {
  const files = paths.filter((path) => path.endsWith('.onnx'));
  if (files.length === 0) throw new BackboneError(`There is no .onnx file among the ${paths.length} files; expected is for example onnx/model_q4.onnx.`);
  for (const variant of READABLE) {
    const matches = files.filter((path) => suffixOf(path) === variant.suffix);
    if (matches.length === 0) continue;
    const path = matches.find((candidate) => candidate.includes('onnx/')) ?? matches[0];
    const reason = files.length === 1 ? 'It is the only ONNX file.' : `Of ${files.length} ONNX files it is the first that can be read, in the order ${READABLE_NAMES.join(', ')}.`;
    return { path, label: variant.label, reason };
  }
  // A single file under a name of its own is tried: the graph tells whether it can be read.
  const known = files.map((path) => ({ path, why: UNREADABLE[suffixOf(path) ?? ' '] }));
  const other = known.filter(({ why }) => why === undefined);
  if (other.length === 1) return { path: other[0].path, label: 'as stored', reason: 'It is the only ONNX file that is not known to be unsupported.' };
  const found = known.map(({ path, why }) => (why === undefined ? path : `${path} (${why})`)).join(', ');
  throw new BackboneError(`None of the ONNX files can be read: ${found}; supported are ${READABLE.map(({ suffix }) => `model${suffix}.onnx`).join(', ')}.`);
}
