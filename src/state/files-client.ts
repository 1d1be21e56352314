import type { Model } from '../core/leas/models.ts';
import type { LeasRecord } from '../core/leas/record.ts';
import type { FilesReply, FilesRequest, ReadCounts } from './files-protocol.ts';
import type { ExportInput } from './ports.ts';

type Read = Extract<FilesReply, { readonly type: 'read' }>;

interface Pending {
  readonly resolve: (reply: FilesReply) => void;
  readonly reject: (error: Error) => void;
}

/** Reads and writes run files outside the page's thread. The worker starts with the first file. */
export class FilesClient {
  readonly #pending = new Map<number, Pending>();
  #worker: Worker | null = null;
  #id = 0;

  /** @throws Error with a sentence when the file is neither a record nor a Gram */
  async read(blob: Blob, base: string = document.baseURI): Promise<Read> {
    const reply = await this.#ask((id) => ({ id, type: 'read', blob, base }));
    if (reply.type !== 'read') throw new Error(reply.type === 'refused' ? reply.message : 'The file was not read.');
    return reply;
  }

  /** Counts of LEAS; a file without any row that counts is told with its reason. @throws Error with a sentence for what is no file of counts */
  async readCounts(blob: Blob, mapping: ReadonlyMap<string, Model>): Promise<ReadCounts> {
    const reply = await this.#ask((id) => ({ id, type: 'read-counts', blob, mapping }));
    if (reply.type !== 'counts') throw new Error(reply.type === 'refused' ? reply.message : 'The file was not read.');
    return reply.file;
  }

  /** @throws Error with a sentence for what is no record of LEAS */
  async readLeasRecord(blob: Blob): Promise<LeasRecord> {
    const reply = await this.#ask((id) => ({ id, type: 'read-leas', blob }));
    if (reply.type !== 'leas') throw new Error(reply.type === 'refused' ? reply.message : 'The file was not read.');
    return reply.record;
  }

  async write(input: ExportInput): Promise<Blob> {
    const reply = await this.#ask((id) => ({ id, type: 'write', input }));
    if (reply.type !== 'written') throw new Error(reply.type === 'refused' ? reply.message : 'The file was not written.');
    return reply.blob;
  }

  #ask(request: (id: number) => FilesRequest): Promise<FilesReply> {
    this.#id += 1;
    const id = this.#id;
    return new Promise((resolve, reject) => {
      this.#pending.set(id, { resolve, reject });
      this.#port().postMessage(request(id));
    });
  }

  #port(): Worker {
    if (this.#worker) return this.#worker;
    const worker = new Worker(new URL('./files-worker.ts', import.meta.url), { type: 'module', name: 'files' });
    worker.addEventListener('message', ({ data }: MessageEvent<FilesReply>) => {
      this.#pending.get(data.id)?.resolve(data);
      this.#pending.delete(data.id);
    });
    worker.addEventListener('error', (event) => this.#died(event.message));
    worker.addEventListener('messageerror', () => this.#died('an answer could not be read'));
    this.#worker = worker;
    return worker;
  }

  #died(reason: string): void {
    this.#worker?.terminate();
    this.#worker = null;
    for (const { reject } of this.#pending.values()) reject(new Error(`The part of the page that reads files has stopped (${reason || 'no reason given'}).`));
    this.#pending.clear();
  }
}
