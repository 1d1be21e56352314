/** A file of a model as its server lists it. */
export interface RemoteFile {
  readonly path: string;
  /** Bytes; null where the server does not tell before the download. */
  readonly size: number | null;
  /** Of the contents, where the file is kept in LFS. */
  readonly sha256: string | null;
  /** SHA-1 that git gives a file of its own. */
  readonly gitOid: string | null;
}

/** A model on a server, at one fixed version. */
export interface RemoteModel {
  readonly kind: 'hub' | 'address';
  /** The id at the hub, or the last folder of the address. */
  readonly name: string;
  /** Address of the folder, with its slash; files are below it. */
  readonly root: string;
  /** What was asked for ("main"); null for an address. */
  readonly revision: string | null;
  /** The commit that the revision stands for; null for an address, which has no versions. */
  readonly commit: string | null;
  readonly files: readonly RemoteFile[];
}

/** A flat folder that outlives the page; agent/retriever/storage-folder.ts is one. */
export interface Folder {
  names(): Promise<readonly string[]>;
  /** null where there is no such file. */
  read(name: string): Promise<Blob | null>;
  /** Writes the whole file or, when it throws, nothing. */
  write(name: string, contents: Blob): Promise<void>;
  remove(name: string): Promise<void>;
  /** Bytes that may still be written; null where the browser does not tell. */
  free(): Promise<number | null>;
}

/** A path is used in addresses and messages: nothing that leads out of the model's folder. */
export function isPlainPath(path: string): boolean {
  return path.length > 0 && path.length <= 500 && !/[\\?#\p{Cc}]/u.test(path) && path.split('/').every((part) => part !== '' && part !== '.' && part !== '..');
}

export function fileAddress(model: Pick<RemoteModel, 'root'>, path: string): string {
  return model.root + path.split('/').map(encodeURIComponent).join('/');
}
