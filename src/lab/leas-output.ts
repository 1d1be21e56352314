import { toFailure } from './failure.ts';
import type { LeasEvent, LeasRollout } from './leas-events.ts';
import type { LeasKeeper } from './leas-parts.ts';
import { keptRollout, storedRollout, wantedSamples, type Cell } from './leas-plan.ts';
import type { StoredRollout } from './leas-store.ts';
import type { LeasTally } from './leas-tally.ts';
import { Pace } from './pace.ts';

/** Rollouts and progress are told at most this often. */
const TELL_MS = 200;
/** And kept at most this often within a chunk: a page that is closed loses no more. */
const KEEP_MS = 15_000;
/** Rollouts end in waves, as those of a batch begin together; their speed is taken over several. */
const PACE_MS = 60_000;
/** Rollouts of one event: copying them to the page must not hold it up. */
const MOST = 500;

interface KeptEntry {
  readonly cell: Cell;
  readonly question: number;
  readonly rollout: StoredRollout;
}

export interface OutputOptions {
  readonly tally: LeasTally;
  /** Keys in storage by place. */
  readonly keys: ReadonlyMap<string, string>;
  /** Null: nothing is kept. */
  readonly keeper: LeasKeeper | null;
  readonly fingerprint: string;
  readonly emit: (event: LeasEvent) => void;
  readonly elapsed: () => number;
  readonly now: () => number;
  /** Milliseconds without pauses. */
  readonly active: () => number;
}

/** Counts, tells and keeps finished rollouts. */
export class LeasOutput {
  readonly #options: OutputOptions;
  /** Of storage, and not told yet: beyond the samples that are wanted now. */
  #kept: KeptEntry[] = [];
  #untold: LeasRollout[] = [];
  #unkept = new Map<string, StoredRollout[]>();
  #told = Number.NEGATIVE_INFINITY;
  #progressed = Number.NEGATIVE_INFINITY;
  #keptAt: number;
  #pace: Pace | null = null;
  #written = 0;
  #spent = 0;
  #chunkSpent = 0;

  constructor(options: OutputOptions) {
    this.#options = options;
    this.#keptAt = options.now();
  }

  static place({ set, seed, writer, retrieval }: Cell, question: number): string {
    return `${set} ${seed ?? ''} ${writer} ${retrieval} ${question}`;
  }

  get fingerprint(): string {
    return this.#options.fingerprint;
  }

  /** Wanted rollouts that storage had. */
  get kept(): number {
    return this.#options.tally.count.done - this.#written;
  }

  /** Rollouts of this run. */
  get written(): number {
    return this.#written;
  }

  /** Tokens encoded so far. */
  get tokens(): number {
    return this.#spent + this.#chunkSpent;
  }

  /** Reads what was kept. @returns what was passed over, in sentences */
  async load(): Promise<readonly string[]> {
    const { keeper, keys, fingerprint, tally } = this.#options;
    if (keeper === null) return [];
    try {
      const { rollouts, notes } = await keeper.load(fingerprint, new Set(keys.values()));
      for (const { cell, question } of tally.units()) {
        const key = keys.get(LeasOutput.place(cell, question));
        for (const rollout of (key === undefined ? undefined : rollouts.get(key)) ?? []) this.#kept.push({ cell, question, rollout });
      }
      this.#count();
      return notes;
    } catch (error) {
      return [`Rollouts that were kept could not be read, and are written anew. ${toFailure(error).message}`];
    }
  }

  /** Rolling out begins: what storage had is told. @param active milliseconds without pauses */
  begin(active: number): void {
    this.#pace = new Pace(0, active, PACE_MS);
    this.#tell();
    this.progress('', true);
  }

  /** More samples are wanted: those that storage had are taken first. */
  takeKept(): void {
    this.#count();
    this.#tell();
  }

  #count(): void {
    const { tally } = this.#options;
    const later: KeptEntry[] = [];
    for (const entry of this.#kept) {
      const { cell, question, rollout } = entry;
      if (rollout.sample >= wantedSamples(cell, tally.samples)) later.push(entry);
      else if (tally.add(cell, question, rollout.sample)) this.#untold.push(keptRollout(cell, question, rollout));
    }
    this.#kept = later;
  }

  /** A rollout has finished. */
  add(cell: Cell, rollout: LeasRollout): void {
    const { tally, keys, now } = this.#options;
    if (!tally.add(cell, rollout.question, rollout.sample)) return;
    this.#written += 1;
    this.#untold.push(rollout);
    const key = keys.get(LeasOutput.place(cell, rollout.question));
    if (key !== undefined) {
      const list = this.#unkept.get(key) ?? [];
      this.#unkept.set(key, list);
      list.push(storedRollout(rollout));
    }
    if (now() - this.#told >= TELL_MS) this.#tell();
  }

  /** @param tokens of the present call of the loop @param over it has ended */
  spend(tokens: number, over = false): void {
    this.#chunkSpent = tokens;
    if (!over) return;
    this.#spent += tokens;
    this.#chunkSpent = 0;
  }

  /** @param detail what is written now */
  progress(detail: string, force = false): void {
    const { now, emit, elapsed, active, tally } = this.#options;
    if (force || (now() - this.#told >= TELL_MS && this.#untold.length > 0)) this.#tell();
    if (this.#pace === null || (!force && now() - this.#progressed < TELL_MS)) return;
    this.#progressed = now();
    const { done, total } = tally.count;
    const { tokensPerSecond, secondsLeft } = this.#pace.step(active(), this.tokens, this.#written, total - (done - this.#written));
    emit({ type: 'progress', at: elapsed(), done, total, secondsLeft: done === total ? 0 : secondsLeft, tokensPerSecond, gpuBytes: 0, detail });
  }

  /** Keeps what has finished, where that was not done just now. */
  async keepNow(): Promise<void> {
    if (this.#options.now() - this.#keptAt >= KEEP_MS) await this.keep();
  }

  /** Tells and keeps what has finished; that it cannot be kept is told, and tried again with what comes next. */
  async keep(): Promise<void> {
    this.#tell();
    const { keeper, fingerprint, emit, elapsed, now } = this.#options;
    this.#keptAt = now();
    if (keeper === null || this.#unkept.size === 0) return;
    const rollouts = this.#unkept;
    this.#unkept = new Map();
    try {
      await keeper.save(fingerprint, rollouts);
    } catch (error) {
      emit({ type: 'store-failed', at: elapsed(), failure: toFailure(error) });
      for (const [key, list] of rollouts) this.#unkept.set(key, [...list, ...(this.#unkept.get(key) ?? [])]);
    }
  }

  #tell(): void {
    const { emit, elapsed, now } = this.#options;
    this.#told = now();
    const rollouts = this.#untold;
    this.#untold = [];
    for (let from = 0; from < rollouts.length; from += MOST) emit({ type: 'rollouts', at: elapsed(), rollouts: rollouts.slice(from, from + MOST) });
  }
}
