import type { Folder } from '../types.ts';

/** A folder in memory; `room` is what may still be written. */
export class MemoryFolder implements Folder {
  readonly files = new Map<string, Blob>();
  readonly room: number | null;

  constructor(room: number | null = null) {
    this.room = room;
  }

  names(): Promise<readonly string[]> {
    return Promise.resolve([...this.files.keys()]);
  }

  read(name: string): Promise<Blob | null> {
    return Promise.resolve(this.files.get(name) ?? null);
  }

  write(name: string, contents: Blob): Promise<void> {
    if (this.room !== null && this.used() + contents.size > this.room) return Promise.reject(new DOMException('full', 'QuotaExceededError'));
    this.files.set(name, contents);
    return Promise.resolve();
  }

  remove(name: string): Promise<void> {
    this.files.delete(name);
    return Promise.resolve();
  }

  free(): Promise<number | null> {
    return Promise.resolve(this.room === null ? null : this.room - this.used());
  }

  used(): number {
    return [...this.files.values()].reduce((sum, { size }) => sum + size, 0);
  }
}
