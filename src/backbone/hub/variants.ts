import { describeName } from '../choose-model.ts';
import type { RemoteFile, RemoteModel } from './types.ts';

/** One graph of a model, with all that must be downloaded to use it. */
export interface Variant {
  /** The graph's path, such as "onnx/model_q4.onnx". */
  readonly path: string;
  /** How its weights are stored, in words. */
  readonly label: string;
  /** Why it cannot be used, in words; null where its name and its neighbours do not forbid it. */
  readonly refused: string | null;
  readonly files: readonly RemoteFile[];
  /** All its files; null where the server does not tell every size. */
  readonly bytes: number | null;
}

const BESIDE = ['config.json', 'generation_config.json', 'tokenizer.json', 'tokenizer_config.json', 'chat_template.jinja'];
const NEEDED = ['config.json', 'tokenizer.json'];
/** The backbone's own adapters, which come along. */
const ADAPTER = /^adapters\/[^/]+\/adapter_(?:config\.json|model\.safetensors)$/;

/** External data of a graph: model_q4.onnx_data, model_q4.onnx_data_1, model_q4.onnx.data. */
function isDataOf(graph: string, path: string): boolean {
  return path.startsWith(graph) && /^[._]data(?:_\d+)?$/.test(path.slice(graph.length));
}

/**
 * The graphs of a model, the one to prefer first: 4 bits before 8 before 16 before 32, those that cannot be used last. Without
 * shader-f16 the float32 file is as good to the engine here, which reads both, and better to onnxruntime, which needs it
 * for float16 graphs on WebGPU.
 */
export function variantsOf({ files }: Pick<RemoteModel, 'files'>): Variant[] {
  const missing = NEEDED.filter((name) => !files.some(({ path }) => path === name));
  const beside = files.filter(({ path }) => BESIDE.includes(path) || ADAPTER.test(path));
  return files
    .filter(({ path }) => path.endsWith('.onnx'))
    .map(({ path }) => ({ path, ...describeName(path) }))
    .sort((a, b) => a.rank - b.rank || Number(b.path.startsWith('onnx/')) - Number(a.path.startsWith('onnx/')) || a.path.localeCompare(b.path))
    .map(({ path, label, refused }) => {
      const own = [...beside, ...files.filter((file) => file.path === path || isDataOf(path, file.path))];
      const sizes = own.map(({ size }) => size);
      const why = refused ? `${label}, which is not supported` : missing.length > 0 ? `${missing.join(' and ')} ${missing.length > 1 ? 'are' : 'is'} missing beside it` : null;
      return { path, label, refused: why, files: own, bytes: sizes.reduce<number | null>((sum, size) => (sum === null || size === null ? null : sum + size), 0) };
    });
}

/** Where no variant can be used: what was found, and what would do. Null where one can. */
export function whyNone(model: RemoteModel, variants: readonly Variant[]): string | null {
  if (variants.some(({ refused }) => refused === null)) return null;
  const wanted = 'A repository with onnx/model_q4.onnx (or model_q4f16, model_quantized, model_fp16, model) is needed, as onnx-community publishes them.';
  if (variants.length === 0) {
    const safetensors = model.files.some(({ path }) => path.endsWith('.safetensors'));
    const gguf = model.files.some(({ path }) => path.endsWith('.gguf'));
    const kinds = [...(safetensors ? ['safetensors'] : []), ...(gguf ? ['GGUF'] : [])].join(' and ');
    return `${model.name} has no .onnx file among its ${model.files.length} files${kinds === '' ? '' : ` (${kinds} are not read here)`}. ${wanted}`;
  }
  return `None of the ${variants.length} ONNX files of ${model.name} can be used: ${variants.map(({ path, refused }) => `${path} (${refused ?? ''})`).join(', ')}. ${wanted}`;
}
