import type { AngleAnalysis, AngleSettings } from '../core/angles/types.ts';
import type { GramBlock, SpanGram } from '../core/gram/types.ts';
import type { LeasSettings } from '../core/leas/analyse.ts';
import type { ExperimentAnalysis, ExperimentCounts } from '../core/leas/experiment.ts';
import type { WorkerPort } from './client.ts';
import type { AnalysisReply, AnalysisRequest, LeasAnalysisRequest } from './protocol.ts';

interface Pending {
  readonly resolve: (reply: Exclude<AnalysisReply, { readonly failure: unknown }>) => void;
  readonly reject: (error: Error) => void;
}

function isReply(data: unknown): data is AnalysisReply {
  return typeof data === 'object' && data !== null && 'id' in data && typeof data.id === 'number' && ('analysis' in data || 'experiment' in data || 'failure' in data);
}

function spawn(): WorkerPort {
  return new Worker(new URL('./analysis-worker.ts', import.meta.url), { type: 'module', name: 'analysis' });
}

/** Analyses outside the page's thread: 1,000 permutations of 192 trajectories take seconds. */
export class AnalysisClient {
  readonly #spawn: () => WorkerPort;
  readonly #pending = new Map<number, Pending>();
  #worker: WorkerPort | null = null;
  #id = 0;
  /** What the worker has: the very blocks that were sent, by group. */
  #held = new Map<string, GramBlock>();

  constructor(spawnWorker: () => WorkerPort = spawn) {
    this.#spawn = spawnWorker;
  }

  /** Rejects with one sentence when it fails. */
  async analyse(gram: SpanGram, settings: AngleSettings): Promise<AngleAnalysis> {
    const reply = await this.#ask((id) => {
      const { blocks, ...rest } = gram;
      const request: AnalysisRequest = { id, gram: rest, groups: blocks.map(({ group }) => group), blocks: blocks.filter((block) => this.#held.get(block.group) !== block), settings };
      this.#held = new Map(blocks.map((block) => [block.group, block]));
      return request;
    });
    if ('analysis' in reply) return reply.analysis;
    throw new Error('The analysis answered something else.');
  }

  /** LEAS from counts. Rejects with one sentence when it fails. */
  async analyseExperiment(counts: ExperimentCounts, settings: LeasSettings): Promise<ExperimentAnalysis> {
    const reply = await this.#ask((id): LeasAnalysisRequest => ({ id, counts, settings }));
    if ('experiment' in reply) return reply.experiment;
    throw new Error('The analysis answered something else.');
  }

  /** @param make called once the worker is there: a new one holds nothing */
  #ask(make: (id: number) => AnalysisRequest | LeasAnalysisRequest): Promise<Exclude<AnalysisReply, { readonly failure: unknown }>> {
    this.#id += 1;
    const id = this.#id;
    return new Promise((resolve, reject) => {
      this.#pending.set(id, { resolve, reject });
      this.#port().postMessage(make(id));
    });
  }

  terminate(): void {
    this.#worker?.terminate();
    this.#worker = null;
    this.#held.clear();
    for (const { reject } of this.#pending.values()) reject(new Error('The analysis was stopped.'));
    this.#pending.clear();
  }

  #port(): WorkerPort {
    if (this.#worker) return this.#worker;
    const worker = this.#spawn();
    worker.addEventListener('message', (event) => {
      const data: unknown = 'data' in event ? event.data : undefined;
      if (!isReply(data)) return;
      const pending = this.#pending.get(data.id);
      this.#pending.delete(data.id);
      if ('failure' in data) pending?.reject(new Error(data.failure.message));
      else pending?.resolve(data);
    });
    for (const type of ['error', 'messageerror'] as const) worker.addEventListener(type, () => this.terminate());
    this.#worker = worker;
    return worker;
  }
}
