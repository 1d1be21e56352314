import { READABLE_NAMES } from './choose-model.ts';
import { BackboneError, type BackboneSource } from './types.ts';

/** What a Hugging Face layout may hold that is read here. */
const LAYOUT = ['config.json', 'generation_config.json', 'tokenizer.json', 'tokenizer_config.json', 'chat_template.jinja', ...READABLE_NAMES.flatMap((name) => [`onnx/${name}.onnx`, `onnx/${name}.onnx_data`])];

function isHtml(response: Response): boolean {
  return response.headers.get('content-type')?.includes('text/html') ?? false;
}

export interface BundledOptions {
  /** The folder's files where they are known: nothing is then asked for that is not there. */
  readonly paths?: readonly string[];
  /** For tests. */
  readonly fetcher?: typeof fetch;
}

/**
 * A folder served beside the page. A static server cannot list it: without `paths` an optional `files.json` (an array
 * of paths) is read, and without that the names of the layout are asked for one by one.
 * @param base address of the folder; relative addresses are the page's
 */
export function bundledSource(name: string, base: string, { paths: known, fetcher = (...args) => fetch(...args) }: BundledOptions = {}): BackboneSource {
  const root = base.endsWith('/') ? base : `${base}/`;
  // A static host may answer a missing file with its front page and 200.
  const found = (response: Response): boolean => response.ok && !isHtml(response);
  let listed: Promise<readonly string[]> | null = null;
  const list = async (): Promise<readonly string[]> => {
    if (known) return known;
    const index = await fetcher(`${root}files.json`);
    if (found(index)) {
      const paths: unknown = await index.json();
      if (Array.isArray(paths) && paths.every((path) => typeof path === 'string')) return paths;
      throw new BackboneError(`${root}files.json is not a list of paths.`);
    }
    const present = await Promise.all(LAYOUT.map(async (path) => found(await fetcher(`${root}${path}`, { method: 'HEAD' }))));
    return LAYOUT.filter((_, index) => present[index]);
  };
  return {
    name,
    list: () => (listed ??= list()),
    async open(path) {
      let response: Response;
      try {
        response = await fetcher(`${root}${path}`);
      } catch (error) {
        throw new BackboneError(`${path} of the backbone "${name}" could not be fetched (${error instanceof Error ? error.message : String(error)}).`);
      }
      if (!found(response)) throw new BackboneError(`${path} of the backbone "${name}" is missing (${response.status} at ${root}${path}).`);
      return response.blob();
    },
  };
}

/**
 * Files that were dropped or picked. Where all lie in one folder, that folder is the root, and a bare handful of files
 * (model_q4.onnx beside config.json) is found under its layout's path too.
 */
export function filesSource(name: string, files: readonly { readonly path: string; readonly blob: Blob }[]): BackboneSource {
  const clean = files.map(({ path, blob }) => ({ path: path.replaceAll('\\', '/').replace(/^\.?\/+/, ''), blob }));
  const configs = clean.filter(({ path }) => path === 'config.json' || path.endsWith('/config.json')).sort((a, b) => a.path.length - b.path.length);
  const root = configs.length > 0 ? configs[0].path.slice(0, -'config.json'.length) : '';
  const byPath = new Map(clean.filter(({ path }) => path.startsWith(root)).map(({ path, blob }) => [path.slice(root.length), blob]));
  return {
    name,
    list: () => Promise.resolve([...byPath.keys()]),
    open(path) {
      const blob = byPath.get(path) ?? byPath.get(path.slice(path.lastIndexOf('/') + 1));
      if (!blob) {
        const names = [...byPath.keys()].slice(0, 8).join(', ');
        return Promise.reject(new BackboneError(`${path} is missing; the ${byPath.size} files given are ${names || 'none'}${byPath.size > 8 ? ', …' : ''}.`));
      }
      return Promise.resolve(blob);
    },
  };
}
