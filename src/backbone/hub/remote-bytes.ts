import { chunksOf } from './body.ts';
import { ask, patiently, type Access } from './request.ts';
import { SourceError } from './source-error.ts';
import type { Sliceable } from '../types.ts';
import { fileAddress, type RemoteFile, type RemoteModel } from './types.ts';

/** A server that sends the whole file for a range is stopped after the bytes wanted. */
async function readRange(url: string, what: string, start: number, end: number, access: Access): Promise<ArrayBuffer> {
  const response = await ask({ url, what, headers: { Range: `bytes=${start}-${end - 1}` } }, access);
  if (response.status !== 206 && start > 0) {
    await response.body?.cancel();
    throw new SourceError('request', `The server of ${what} cannot send parts of a file.`, 'The model can be downloaded all the same; it is then checked on loading.');
  }
  const bytes = new Uint8Array(end - start);
  let filled = 0;
  for await (const chunk of chunksOf(response, what, access.signal)) {
    const part = chunk.subarray(0, bytes.length - filled);
    bytes.set(part, filled);
    filled += part.length;
    if (filled === bytes.length) break;
  }
  if (filled < bytes.length) throw new SourceError('server', `The server broke off ${what} at byte ${start + filled}.`, 'Check the connection, then press Try again.', 0);
  return bytes.buffer;
}

/** A file on a server as slices, each one range request. */
export function remoteBytes(model: RemoteModel, file: RemoteFile & { readonly size: number }, access: Access): Sliceable {
  const url = fileAddress(model, file.path);
  return {
    size: file.size,
    slice: (start, end) => ({
      arrayBuffer: () => patiently(() => readRange(url, file.path, start, Math.min(end, file.size), access), access.signal ? { signal: access.signal } : {}),
    }),
  };
}

/** A small text file of a model. @throws SourceError */
export async function remoteText(model: RemoteModel, path: string, access: Access): Promise<string> {
  return patiently(async () => (await ask({ url: fileAddress(model, path), what: path }, access)).text(), access.signal ? { signal: access.signal } : {});
}
