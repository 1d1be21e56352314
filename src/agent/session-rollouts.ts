import { Random } from '../core/random.ts';
import { sampleToken } from '../inference/sampler.ts';
import type { DecodeBatch, RoutedSession } from '../inference/types.ts';
import type { Environment } from './environment.ts';
import { GrowingRollout } from './growing-rollout.ts';
import { PendingSearches, type Arrival } from './pending-searches.ts';
import type { RolloutOptions, RolloutTask } from './rollouts.ts';

type Mutable<T> = { -readonly [Key in keyof T]: T[Key] };
/** Which of a row's caches: `agents` writers have two, `routed` ones only the first. */
type Agent = 0 | 1;

/** A rollout in a slot, and what its caches hold. */
interface Row {
  readonly slot: number;
  readonly growing: GrowingRollout;
  /** Tokens in each agent's cache. */
  readonly encoded: [number, number];
  /** Tokens that some agent has encoded; a prefix of the rollout. */
  seen: number;
  reencoded: number;
  agent: Agent;
}

/** The tasks of one session: continuous batching over its slots. */
export class SessionRollouts {
  readonly #session: RoutedSession;
  readonly #environment: Environment;
  readonly #options: RolloutOptions;
  readonly #timings: Mutable<{ sampling: number; environment: number; tokens: number }>;
  readonly #now: () => number;
  readonly #waitingTasks: RolloutTask[];
  readonly #rows: (Row | null)[];
  readonly #batches: [DecodeBatch | null, DecodeBatch | null] = [null, null];
  readonly #prompts = new Map<string, readonly number[]>();
  readonly #searches: PendingSearches<Row>;
  /** The prompt in the spare slot of the first batch, and the logits behind it. */
  #kept: { readonly key: string; readonly logits: Float32Array } | null = null;
  #cancelled = false;

  constructor(session: RoutedSession, tasks: readonly RolloutTask[], environment: Environment, options: RolloutOptions, timings: Mutable<{ sampling: number; environment: number; tokens: number }>) {
    this.#session = session;
    this.#environment = environment;
    this.#options = options;
    this.#timings = timings;
    this.#now = options.now ?? (() => performance.now());
    this.#searches = new PendingSearches(options.retriever, environment.settings.topK, this.#now);
    this.#waitingTasks = tasks.toReversed();
    this.#rows = Array<Row | null>(Math.min(options.batch, tasks.length)).fill(null);
  }

  async run(): Promise<void> {
    const { signal } = this.#options;
    const abort = (): void => this.#searches.abort(signal?.reason);
    signal?.addEventListener('abort', abort);
    try {
      for (;;) {
        if (signal?.aborted === true) {
          this.#cancelled = true;
          signal.throwIfAborted();
        }
        this.#takeArrivals();
        this.#fill();
        const ready = this.#rows.filter((row) => row !== null).filter(({ growing }) => !growing.waiting);
        if (ready.length > 0) await this.#step(ready);
        else if (this.#rows.some((row) => row !== null)) await this.#searches.arrival();
        else return;
      }
    } catch (error) {
      if (this.#cancelled) this.#deliverUnfinished();
      throw error;
    } finally {
      signal?.removeEventListener('abort', abort);
      this.#searches.abort();
      for (const batch of this.#batches) batch?.destroy();
    }
  }

  /** Puts the next tasks into free slots. */
  #fill(): void {
    for (let slot = 0; slot < this.#rows.length; slot++) {
      while (this.#rows[slot] === null && this.#waitingTasks.length > 0) {
        const growing = this.#begin(this.#waitingTasks.pop()!);
        if (growing === null) continue;
        this.#rows[slot] = { slot, growing, encoded: [0, 0], seen: 0, reencoded: 0, agent: 0 };
        this.#batch(0).clear(slot);
        if (growing.writing.kind === 'agents') this.#batch(1).clear(slot);
      }
    }
  }

  #begin(task: RolloutTask): GrowingRollout | null {
    const { tokenizer, writers, seed, onToken, onProblem } = this.#options;
    const started = this.#now();
    const { question } = task.question;
    const prompt = this.#prompts.get(question) ?? this.#environment.prompt(question);
    this.#prompts.set(question, prompt);
    const maxTokens = Math.min(this.#environment.settings.maxTokens, this.#session.maxPositions);
    if (prompt.length === 0 || prompt.length >= maxTokens) {
      this.#timings.environment += this.#now() - started;
      onProblem?.(task, `The prompt of question ${task.question.id} has ${prompt.length} tokens, which leaves no room for an answer within ${maxTokens}; raise the limit of tokens or shorten the question.`);
      return null;
    }
    const random = new Random(seed).stream('rollout').stream(task.question.id).stream(task.draws ?? task.sample);
    const growing = new GrowingRollout({
      id: task.id,
      question: task.question,
      sample: task.sample,
      writer: task.writer,
      writing: writers[task.writer].writing,
      environment: this.#environment,
      tokenizer,
      prompt,
      maxTokens,
      random,
      onToken: task.stream ? onToken : undefined,
    });
    this.#timings.environment += this.#now() - started;
    return growing;
  }

  /**
   * One decode step. Pending tokens of a row are either encoded by themselves with `extend` or go one a step with the
   * others; which of the two is a function of the row and the session alone, so that its numbers are too.
   */
  async #step(ready: readonly Row[]): Promise<void> {
    try {
      await this.#options.checkpoint();
    } catch (error) {
      this.#cancelled = true;
      throw error;
    }
    const single: [Row[], Row[]] = [[], []];
    const longer: Row[] = [];
    for (const row of ready) {
      this.#handOver(row);
      const pending = row.growing.tokens.length - row.encoded[row.agent];
      // A prompt is shared with other samples, so it is encoded by itself whatever its length.
      if (pending === 1 || (pending <= this.#session.stepLimit && row.encoded[row.agent] > 0)) single[row.agent].push(row);
      else longer.push(row);
    }
    await this.#extend(longer);
    for (const agent of [0, 1] as const) {
      const rows = single[agent];
      if (rows.length === 0) continue;
      const inputs = rows.map((row) => {
        const position = row.encoded[agent];
        return { slot: row.slot, token: row.growing.tokens[position], adapter: this.#adapter(row, position) };
      });
      const logits = await this.#batch(agent).step(inputs);
      const { vocabSize } = this.#session;
      rows.forEach((row, index) => {
        const end = row.encoded[agent] + 1;
        this.#encodedTo(row, end);
        if (end === row.growing.tokens.length) this.#write(row, logits.subarray(index * vocabSize, (index + 1) * vocabSize));
      });
    }
    this.#options.onStep?.(this.#timings);
  }

  /** Which agent writes next; one that keeps no cache begins anew. */
  #handOver(row: Row): void {
    const { writing, toolNext } = row.growing;
    if (writing.kind === 'routed') return;
    const agent: Agent = toolNext ? 1 : 0;
    if (agent === row.agent) return;
    row.agent = agent;
    if (writing.keepCaches) return;
    this.#batch(agent).clear(row.slot);
    row.encoded[agent] = 0;
  }

  /** Encodes what is pending; rows that begin with the same prompt and adapter get it once and copy it. */
  async #extend(rows: readonly Row[]): Promise<void> {
    const groups = new Map<string, Row[]>();
    for (const row of rows) {
      const { growing, encoded, agent, slot } = row;
      const begins = encoded[agent] === 0 && growing.tokens.length === growing.prompt.length;
      const last = growing.prompt.length - 1;
      const key = begins ? `prompt ${agent} ${this.#adapter(row, 0)} ${this.#adapter(row, last)} ${growing.question.question}` : `slot ${slot}`;
      const group = groups.get(key);
      if (group === undefined) groups.set(key, [row]);
      else group.push(row);
    }
    for (const [key, group] of groups) {
      const kept = this.#kept?.key === key ? this.#kept : null;
      const [first, ...others] = group;
      const batch = this.#batch(first.agent);
      const from = first.encoded[first.agent];
      const { tokens } = first.growing;
      const logits = kept?.logits ?? (await batch.extend(first.slot, tokens.slice(from), tokens.slice(from).map((_, index) => this.#adapter(first, from + index))));
      if (kept === null) this.#encodedTo(first, tokens.length);
      for (const row of kept === null ? others : group) {
        await batch.copy(kept === null ? first.slot : this.#spare, row.slot);
        row.encoded[row.agent] = row.seen = tokens.length;
      }
      if (kept === null && first.agent === 0 && key.startsWith('prompt')) await this.#keep(key, first, logits);
      for (const row of group) this.#write(row, logits);
    }
  }

  /** Keeps a prompt for samples of its question that still wait, in a slot of its own. */
  async #keep(key: string, row: Row, logits: Float32Array): Promise<void> {
    const next = this.#waitingTasks.at(-1);
    if (next?.question.question === row.growing.question.question) {
      await this.#batch(0).copy(row.slot, this.#spare);
      this.#kept = { key, logits: logits.slice() };
    } else if (this.#kept !== null) {
      this.#batch(0).clear(this.#spare);
      this.#kept = null;
    }
  }

  /** An agent encodes everything with its own adapter; a routed writer each position with that of what it predicts. */
  #adapter({ growing, agent }: Row, position: number): number {
    const { writing } = growing;
    if (writing.kind === 'routed') return growing.adapterAt(position);
    return agent === 1 ? writing.tool : writing.reasoning;
  }

  #encodedTo(row: Row, end: number): void {
    const from = row.encoded[row.agent];
    row.reencoded += Math.max(0, Math.min(end, row.seen) - from);
    row.encoded[row.agent] = end;
    row.seen = Math.max(row.seen, end);
    this.#timings.tokens += end - from;
  }

  /** Draws a row's next token and does what follows from it. */
  #write(row: Row, logits: Float32Array): void {
    const { sampling, alternatives, onSearch } = this.#options;
    const { growing } = row;
    const started = this.#now();
    const sampled = sampleToken(logits, sampling, sampling.temperature === 0 ? 0 : growing.uniform(), alternatives);
    const drawn = this.#now();
    growing.write(sampled);
    this.#timings.sampling += drawn - started;
    this.#timings.environment += this.#now() - drawn;
    if (growing.waiting) {
      onSearch?.(growing.id, growing.search, false);
      // Nothing is found for nothing; a server need not be asked.
      if (growing.search.query === '') this.#answer({ row, outcome: { passages: [] }, milliseconds: 0 });
      else void this.#searches.ask(row);
    }
    this.#deliver(row);
  }

  #takeArrivals(): void {
    for (const arrival of this.#searches.take()) {
      this.#answer(arrival);
      this.#deliver(arrival.row);
    }
  }

  #answer({ row, outcome, milliseconds }: Arrival<Row>): void {
    const { growing } = row;
    const started = this.#now();
    if ('failure' in outcome) growing.failed(outcome.failure, milliseconds);
    else growing.found(outcome.passages, milliseconds);
    this.#timings.environment += this.#now() - started;
    this.#options.onSearch?.(growing.id, growing.search, true);
  }

  /** Gives a finished rollout away and frees its slot. */
  #deliver(row: Row): void {
    if (!row.growing.finished) return;
    this.#rows[row.slot] = null;
    // A batch computes on all rows that hold something.
    for (const batch of this.#batches) batch?.clear(row.slot);
    const started = this.#now();
    const rollout = row.growing.result(row.reencoded);
    this.#timings.environment += this.#now() - started;
    this.#options.onRollout(rollout);
  }

  #deliverUnfinished(): void {
    for (const row of this.#rows) {
      if (row === null) continue;
      row.growing.cancel();
      this.#deliver(row);
    }
  }

  get #spare(): number {
    return this.#rows.length;
  }

  /** Opened when first needed: only `agents` writers have a second one. */
  #batch(agent: Agent): DecodeBatch {
    return (this.#batches[agent] ??= this.#session.open(this.#rows.length + 1));
  }
}
