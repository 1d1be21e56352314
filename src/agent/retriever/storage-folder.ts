import { RetrieverError } from '../types.ts';

/** A flat folder that outlives the page. Names are plain file names. */
export interface StorageFolder {
  names(): Promise<readonly string[]>;
  /** null where there is no such file. */
  read(name: string): Promise<Blob | null>;
  /** Writes the whole file or, when it throws, nothing. */
  write(name: string, contents: Blob): Promise<void>;
  /** A file that does not exist is no error. */
  remove(name: string): Promise<void>;
  /** Bytes that may still be written; null where the browser does not tell. */
  free(): Promise<number | null>;
}

const UNAVAILABLE = 'Open the corpus as a file each time, or use the page over https or localhost in a current browser and outside a private window.';

/**
 * A folder in the browser's own storage (origin private file system), which pages and workers of this origin share.
 * @throws RetrieverError where the browser has none or refuses it
 */
export async function browserStorage(folder = 'corpora'): Promise<StorageFolder> {
  let directory: FileSystemDirectoryHandle;
  try {
    directory = await (await navigator.storage.getDirectory()).getDirectoryHandle(folder, { create: true });
  } catch (error) {
    throw new RetrieverError(`This browser keeps no files for this page (${error instanceof Error ? error.message : 'refused'}).`, UNAVAILABLE);
  }
  return directoryStorage(directory, async () => {
    const { quota, usage } = await navigator.storage.estimate();
    return quota === undefined || usage === undefined ? null : quota - usage;
  });
}

/** A directory handle as a folder. */
export function directoryStorage(directory: FileSystemDirectoryHandle, free: () => Promise<number | null>): StorageFolder {
  return {
    free,
    async names() {
      const names: string[] = [];
      for await (const [name, handle] of directory.entries()) if (handle.kind === 'file') names.push(name);
      return names;
    },
    async read(name) {
      try {
        return await (await directory.getFileHandle(name)).getFile();
      } catch (error) {
        if (isNotFound(error)) return null;
        throw error;
      }
    },
    async write(name, contents) {
      const existed = (await this.read(name)) !== null;
      const handle = await directory.getFileHandle(name, { create: true });
      if (!('createWritable' in handle)) throw new RetrieverError('This browser cannot write files into its storage from here.', UNAVAILABLE);
      try {
        // What is written becomes the file's content when the stream is closed, all at once.
        await contents.stream().pipeTo(await handle.createWritable());
      } catch (error) {
        if (!existed) await this.remove(name);
        throw error;
      }
    },
    async remove(name) {
      try {
        await directory.removeEntry(name);
      } catch (error) {
        if (!isNotFound(error)) throw error;
      }
    },
  };
}

function isNotFound(error: unknown): boolean {
  return error instanceof Error && error.name === 'NotFoundError';
}
