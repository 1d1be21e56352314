import type { DownloadProgress } from '../backbone/hub/download.ts';
import type { RemoteModel } from '../backbone/hub/types.ts';
import type { Variant } from '../backbone/hub/variants.ts';
import type { Plan, PreflightReport } from '../engine/preflight.ts';
import type { Failure } from '../lab/events.ts';
import type { DeviceRoom, FoundModel, KeptList, ModelPlace, ModelsReply, ModelsRequest } from './models-protocol.ts';
import type { BackboneChoice } from './protocol.ts';

interface Pending {
  readonly settle: (reply: ModelsReply) => void;
  readonly onProgress: (progress: DownloadProgress) => void;
}

/** A request's answer, or why there is none; `stopped` where the user ended it. */
export type Answer<Value> = { readonly kind: 'done'; readonly value: Value } | { readonly kind: 'stopped' } | { readonly kind: 'failed'; readonly failure: Failure };

export interface Asked<Value> {
  readonly answer: Promise<Answer<Value>>;
  stop(): void;
}

/** Omit over each member of a union. */
type WithoutId<Request> = Request extends unknown ? Omit<Request, 'id'> : never;

type Port = Pick<Worker, 'postMessage' | 'addEventListener' | 'terminate'>;

function spawn(): Port {
  return new Worker(new URL('./models-worker.ts', import.meta.url), { type: 'module', name: 'models' });
}

/** Finds, checks, downloads and keeps models outside the page's thread. The worker starts with the first question. */
export class ModelsClient {
  readonly #spawn: () => Port;
  readonly #pending = new Map<number, Pending>();
  #worker: Port | null = null;
  #id = 0;

  constructor(spawnWorker: () => Port = spawn) {
    this.#spawn = spawnWorker;
  }

  find(place: ModelPlace, token: string | null): Asked<FoundModel> {
    return this.#ask({ type: 'find', place, token }, (reply) => (reply.type === 'found' ? reply.found : null));
  }

  preflight(model: RemoteModel, variant: Variant, plan: Plan, device: DeviceRoom | null, token: string | null): Asked<PreflightReport> {
    return this.#ask({ type: 'preflight', model, variant, plan, device, token }, (reply) => (reply.type === 'preflight' ? reply.report : null));
  }

  /** @param base the page's address */
  preflightHere(backbone: BackboneChoice, base: string, plan: Plan, device: DeviceRoom | null): Asked<PreflightReport> {
    return this.#ask({ type: 'preflight-here', backbone, base, plan, device }, (reply) => (reply.type === 'preflight' ? reply.report : null));
  }

  download(model: RemoteModel, variant: Variant, token: string | null, onProgress: (progress: DownloadProgress) => void): Asked<{ readonly key: string; readonly name: string }> {
    return this.#ask({ type: 'download', model, variant, token }, (reply) => (reply.type === 'downloaded' ? { key: reply.key, name: reply.name } : null), onProgress);
  }

  list(): Asked<KeptList> {
    return this.#ask({ type: 'list' }, (reply) => (reply.type === 'kept' ? reply.kept : null));
  }

  delete(key: string): Asked<KeptList> {
    return this.#ask({ type: 'delete', key }, (reply) => (reply.type === 'kept' ? reply.kept : null));
  }

  #ask<Value>(request: WithoutId<ModelsRequest>, take: (reply: ModelsReply) => Value | null, onProgress: Pending['onProgress'] = () => undefined): Asked<Value> {
    this.#id += 1;
    const id = this.#id;
    const answer = new Promise<Answer<Value>>((resolve) => {
      const settle = (reply: ModelsReply): void => {
        if (reply.type === 'failed') resolve({ kind: 'failed', failure: reply.failure });
        const value = take(reply);
        resolve(value === null ? { kind: 'stopped' } : { kind: 'done', value });
      };
      this.#pending.set(id, { settle, onProgress });
      this.#port().postMessage({ ...request, id });
    });
    return { answer, stop: () => this.#worker?.postMessage({ id: 0, type: 'stop', request: id } satisfies ModelsRequest) };
  }

  #port(): Port {
    if (this.#worker) return this.#worker;
    const worker = this.#spawn();
    worker.addEventListener('message', ({ data }: MessageEvent<ModelsReply>) => {
      const pending = this.#pending.get(data.id);
      if (data.type === 'progress') {
        pending?.onProgress(data.progress);
        return;
      }
      this.#pending.delete(data.id);
      pending?.settle(data);
    });
    worker.addEventListener('error', (event) => this.#died(event instanceof ErrorEvent ? event.message : ''));
    worker.addEventListener('messageerror', () => this.#died('an answer could not be read'));
    this.#worker = worker;
    return worker;
  }

  #died(reason: string): void {
    this.#worker?.terminate();
    this.#worker = null;
    const failure: Failure = { message: `The part of the page that loads models has stopped (${reason || 'no reason given'}).`, remedy: 'Try again; what is already loaded is kept.' };
    for (const [id, { settle }] of this.#pending) settle({ id, type: 'failed', failure });
    this.#pending.clear();
  }
}
