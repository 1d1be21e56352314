import type { StorageFolder } from '../storage-folder.ts';

/** A folder in memory that holds at most `room` bytes, as a browser's storage does. */
export class MemoryFolder implements StorageFolder {
  readonly files = new Map<string, Blob>();
  room = Number.POSITIVE_INFINITY;
  /** Called after every file. */
  written: () => void = () => undefined;

  names(): Promise<readonly string[]> {
    return Promise.resolve([...this.files.keys()]);
  }

  read(name: string): Promise<Blob | null> {
    return Promise.resolve(this.files.get(name) ?? null);
  }

  write(name: string, contents: Blob): Promise<void> {
    if (contents.size > this.#left()) return Promise.reject(new DOMException('No room left.', 'QuotaExceededError'));
    this.files.set(name, contents);
    this.written();
    return Promise.resolve();
  }

  remove(name: string): Promise<void> {
    this.files.delete(name);
    return Promise.resolve();
  }

  free(): Promise<number | null> {
    return Promise.resolve(this.#left());
  }

  #left(): number {
    return this.room - [...this.files.values()].reduce((sum, { size }) => sum + size, 0);
  }
}
