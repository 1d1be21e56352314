import { z } from 'zod';
import { ONNX_NAMES } from '../choose-model.ts';
import { parseAddress } from './model-id.ts';
import { ask, type Access } from './request.ts';
import { SourceError } from './source-error.ts';
import { fileAddress, isPlainPath, type RemoteFile, type RemoteModel } from './types.ts';

const SMALL = ['config.json', 'generation_config.json', 'tokenizer.json', 'tokenizer_config.json', 'chat_template.jinja'];

const index = z.array(z.string());

/** More chunks of external data than this belong to no model that fits a browser. */
const MOST_CHUNKS = 64;

/** The file's size, undefined where it is not there. A front page in place of a missing file is no file. */
async function head(root: string, path: string, access: Access): Promise<number | null | undefined> {
  let response: Response;
  try {
    response = await ask({ url: fileAddress({ root }, path), what: path, method: 'HEAD' }, access);
  } catch (error) {
    if (error instanceof SourceError && (error.fault === 'missing' || error.fault === 'request')) return undefined;
    throw error;
  }
  const type = response.headers.get('content-type') ?? '';
  if (type.includes('text/html')) return undefined;
  // The length of what is sent, which is the file's own only where it is not packed.
  const length = response.headers.get('content-encoding') === null ? response.headers.get('content-length') : null;
  return length !== null && /^\d+$/.test(length) ? Number(length) : null;
}

async function listed(root: string, access: Access): Promise<readonly string[] | null> {
  let response: Response;
  try {
    response = await ask({ url: fileAddress({ root }, 'files.json'), what: 'files.json' }, access);
  } catch (error) {
    if (error instanceof SourceError && (error.fault === 'missing' || error.fault === 'request')) return null;
    throw error;
  }
  if ((response.headers.get('content-type') ?? '').includes('text/html')) return null;
  const paths = index.safeParse(await response.json().catch(() => null));
  if (!paths.success) throw new SourceError('request', `${root}files.json is not a list of paths.`, 'It must be a JSON array of paths below the address, or be absent.');
  return paths.data.filter(isPlainPath);
}

async function present(root: string, paths: readonly string[], access: Access): Promise<RemoteFile[]> {
  const sizes = await Promise.all(paths.map((path) => head(root, path, access)));
  return paths.flatMap((path, at) => {
    const size = sizes[at];
    return size === undefined ? [] : [{ path, size, sha256: null, gitOid: null }];
  });
}

/**
 * A model in a folder of any server: by its files.json (an array of paths) or, without one, by asking for the names of
 * the Hugging Face layout. Such a server gives no hashes and no versions.
 * @throws SourceError
 */
export async function findAtAddress(address: string, access: Access): Promise<RemoteModel> {
  const root = `${parseAddress(address)}/`;
  const paths = await listed(root, access);
  let files: RemoteFile[];
  if (paths) files = await present(root, paths, access);
  else {
    const graphs = ONNX_NAMES.map((name) => `onnx/${name}.onnx`);
    files = await present(root, [...SMALL, ...graphs], access);
    const found = files.filter(({ path }) => path.endsWith('.onnx'));
    for (const { path } of found) {
      for (let chunk = 0; chunk < MOST_CHUNKS; chunk += 1) {
        const data = await present(root, [`${path}_data${chunk === 0 ? '' : `_${chunk}`}`], access);
        if (data.length === 0) break;
        files.push(...data);
      }
    }
  }
  if (files.length === 0) throw new SourceError('missing', `Nothing of a model is at ${root}.`, 'The address must be that of the folder with config.json; a files.json with the list of paths may stand beside it.');
  const name = new URL(root).pathname.split('/').filter((part) => part !== '').at(-1) ?? new URL(root).host;
  return { kind: 'address', name, root, revision: null, commit: null, files };
}
