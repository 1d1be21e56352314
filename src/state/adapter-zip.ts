import { zip, type Zippable } from 'fflate';
import { adapterFolders } from '../lab/writer-adapters.ts';
import type { OpenedFile } from './session.ts';

export { isZip, unzipped } from '../lab/zip-files.ts';

/** PEFT folders as one zip. */
export async function zipFiles(files: readonly { readonly path: string; readonly blob: Blob }[]): Promise<Blob> {
  const entries: Zippable = {};
  for (const { path, blob } of files) entries[path] = new Uint8Array(await blob.arrayBuffer());
  const bytes = await new Promise<Uint8Array<ArrayBuffer>>((resolve, reject) => {
    // Floats hardly shrink; packing them would only take time.
    zip(entries, { level: 0 }, (error, data) => (error ? reject(error) : resolve(new Uint8Array(data))));
  });
  return new Blob([bytes], { type: 'application/zip' });
}

/** PEFT folders among these files: their name and files; null where there is none. */
export function adaptersAmong(files: readonly OpenedFile[]): { readonly name: string; readonly files: readonly OpenedFile[]; readonly folders: readonly string[] } | null {
  const folders = adapterFolders(files.map(({ path }) => path));
  if (folders.length === 0) return null;
  const [first] = files;
  return { name: first.path.includes('/') ? first.path.split('/')[0] : 'adapters', files, folders };
}
