import type { RolloutTask, RolloutWriter } from '../agent/rollouts.ts';
import { dialectNote } from '../agent/suggest-dialect.ts';
import type { EnvironmentSettings, Retriever, Rollout } from '../agent/types.ts';
import type { Backbone } from '../backbone/load.ts';
import type { TextTokenizer } from '../backbone/tokenizer.ts';
import { BackboneError } from '../backbone/types.ts';
import type { RunDevice } from './angle-run.ts';
import { plural } from './encode.ts';
import { toFailure } from './failure.ts';
import { JobFrame, runJob, type Job } from './job.ts';
import { ParityCheck, type ParityWriter } from './parity-check.ts';
import type { ProviderReport, RolloutEvent, RolloutPhase, RolloutRunConfig } from './rollout-events.ts';
import type { OpenedSession, RolloutParts } from './rollout-parts.ts';
import { RolloutProgress } from './rollout-progress.ts';
import { resolveWriting, rolloutTasks } from './rollout-tasks.ts';
import type { RunControl } from './run-control.ts';
import { TokenOutbox } from './token-outbox.ts';
import type { WriterAdapters } from './writer-adapters.ts';

/** A graphics device, or why there is none. */
type FoundDevice = { readonly device: RunDevice; readonly missing: null } | { readonly device: null; readonly missing: unknown };

type PreparedWriter = RolloutWriter & ParityWriter;

/**
 * Writes rollouts and tells everything as events. It never throws: a failure is an event, and the rollouts told before
 * stand. Steered through `control` between decode steps; a pause that is asked for while parts are loaded is kept before
 * the first one.
 */
export async function runRolloutJob(config: RolloutRunConfig, parts: RolloutParts, control: RunControl, emit: (event: RolloutEvent) => void): Promise<void> {
  await runJob<RolloutEvent>(control, emit, (tell) => new RolloutJob(config, parts, control, tell));
}

class RolloutJob implements Job<RolloutEvent> {
  readonly #config: RolloutRunConfig;
  readonly #parts: RolloutParts;
  readonly #control: RunControl;
  readonly #emit: (event: RolloutEvent) => void;
  readonly frame: JobFrame<RolloutPhase>;
  readonly #outbox: TokenOutbox;
  #found: FoundDevice = { device: null, missing: null };

  constructor(config: RolloutRunConfig, parts: RolloutParts, control: RunControl, emit: (event: RolloutEvent) => void) {
    this.#config = config;
    this.#parts = parts;
    this.#control = control;
    this.#emit = emit;
    this.frame = new JobFrame({ control, emit, tellPhase: emit, parts });
    this.#outbox = new TokenOutbox((tokens) => emit({ type: 'tokens', at: this.frame.elapsed(), tokens }));
  }

  /** Tells the tokens that wait. */
  keep(): void {
    this.#outbox.flush(this.frame.now());
  }

  async run(): Promise<RolloutEvent> {
    const loading = (detail: string): void => this.frame.phase('load', detail);
    await this.#findDevice();
    const backbone = await this.#parts.loadBackbone(loading);
    const { tokenizer } = backbone;
    if (!tokenizer) throw new BackboneError(`The backbone "${backbone.name}" has no tokenizer.json, without which nothing can be written.`);
    await this.frame.checkpoints.look();
    loading('reading adapters');
    const adapters = await Promise.all(this.#config.writers.map(({ adapters: choice }) => this.#parts.loadAdapters(choice, backbone)));
    loading('reading questions');
    const { questions, problems } = await this.#parts.loadQuestions();
    const tasks = rolloutTasks(questions, this.#config);
    if (tasks.length === 0) throw new BackboneError('There is nothing to write: the question set, the samples or the writers are none.');
    await this.frame.checkpoints.look();

    this.frame.phase('corpus', 'opening the retriever');
    const search = await this.#parts.createRetriever((detail, fraction) => this.frame.counted('corpus', detail, fraction), this.#control.signal);
    await this.frame.checkpoints.look();

    this.frame.phase('session', 'preparing onnxruntime');
    const { writers, report } = await this.#openWriters(backbone, adapters);
    const { name, parameters, quantisation, sha256 } = backbone;
    const environment = this.#environment(backbone);
    this.#emit({
      type: 'ready',
      at: this.frame.elapsed(),
      backbone: { name, parameters, quantisation, sha256 },
      provider: report,
      writers: writers.map(({ adapters: { note } }, index) => ({ label: this.#config.writers[index].label, adapters: note })),
      retriever: search.retriever.description,
      questions: new Set(tasks.map(({ question }) => question)).size,
      rollouts: tasks.length,
      streamed: tasks.filter(({ stream }) => stream),
      problems: [...problems, ...search.problems],
      notes: [...this.#notes(environment, tokenizer), ...new Set(writers.flatMap(({ session }) => session.notes))],
    });
    await this.frame.checkpoints.look();

    const progress = new RolloutProgress(tasks.length, writers.length, [...new Set(writers.map(({ session }) => session))], this.frame.active());
    this.frame.phase('generate', `${plural(tasks.length, 'rollout', 'rollouts')}, ${this.#config.batch} at a time`);
    await this.#generate(tasks, { tokenizer, environment, retriever: search.retriever, writers, progress });
    await this.#compare(backbone, writers, progress.rollouts);
    this.frame.phase('finished', '');
    return { type: 'finished', at: this.frame.elapsed(), seconds: this.frame.active() / 1000, tokens: progress.tokens };
  }

  async #findDevice(): Promise<void> {
    this.frame.phase('load', 'looking for a graphics device');
    try {
      const device = await this.#parts.openDevice();
      this.#found = { device, missing: null };
      this.frame.device.watch(device.fault);
    } catch (error) {
      if (this.#config.provider === 'webgpu') throw error;
      this.#found = { device: null, missing: error };
    }
    this.#emit({ type: 'device', at: this.frame.elapsed(), device: this.#found.device?.report ?? null });
    await this.frame.checkpoints.look();
  }

  /** Writers whose adapters are the same share a session; the provider that the first one got is everyone's. */
  async #openWriters(backbone: Backbone, adapters: readonly WriterAdapters[]): Promise<{ readonly writers: readonly PreparedWriter[]; readonly report: ProviderReport }> {
    const opened = new Map<string, OpenedSession>();
    const writers: PreparedWriter[] = [];
    let report: ProviderReport | null = null;
    for (const [index, writer] of this.#config.writers.entries()) {
      const own = adapters[index];
      const one: OpenedSession = opened.get(own.key) ?? (await this.#openSession(backbone, own, report?.provider ?? this.#config.provider));
      opened.set(own.key, one);
      report ??= one.report;
      writers.push({ session: one.session, adapters: own, writing: resolveWriting(writer, one.session.adapterCount) });
      await this.frame.checkpoints.look();
    }
    if (!report) throw new BackboneError('There is no writer.');
    return { writers, report };
  }

  async #openSession(backbone: Backbone, adapters: WriterAdapters, provider: RolloutRunConfig['provider']): Promise<OpenedSession> {
    const device = this.#found.device !== null && this.frame.device.lost === null;
    if (provider === 'wasm') return this.#parts.openSession(backbone, adapters, 'wasm', device);
    try {
      return await this.frame.guard(this.#parts.openSession(backbone, adapters, provider, device));
    } catch (error) {
      // The device was lost while both providers were tried: the other one needs none.
      if (provider === 'webgpu' || this.frame.device.lost === null) throw error;
      return this.#parts.openSession(backbone, adapters, 'wasm', false);
    }
  }

  #environment({ config: { maxPositions } }: Backbone): EnvironmentSettings {
    const { environment } = this.#config;
    return { ...environment, maxTokens: Math.min(environment.maxTokens, maxPositions) };
  }

  #notes({ dialect, maxTokens }: EnvironmentSettings, tokenizer: TextTokenizer): string[] {
    const asked = this.#config.environment.maxTokens;
    const other = dialectNote(dialect, tokenizer);
    return [...(other === null ? [] : [other]), ...(asked > maxTokens ? [`The backbone has ${maxTokens} positions, so a rollout ends there and not at ${asked} tokens.`] : [])];
  }

  async #generate(
    tasks: readonly RolloutTask[],
    { tokenizer, environment, retriever, writers, progress }: { readonly tokenizer: TextTokenizer; readonly environment: EnvironmentSettings; readonly retriever: Retriever; readonly writers: readonly PreparedWriter[]; readonly progress: RolloutProgress },
  ): Promise<void> {
    const { sampling, alternatives, seed, batch } = this.#config;
    const needsDevice = writers[0].session.provider === 'webgpu';
    let lossTold = false;
    const tell = (force = false): void => {
      const event = progress.step(this.frame.active(), this.frame.now(), force);
      if (event) this.#emit({ type: 'progress', at: this.frame.elapsed(), ...event });
    };
    const done = this.#parts.generate(tasks, {
      tokenizer,
      environment,
      retriever,
      sampling,
      alternatives,
      seed,
      batch,
      writers,
      signal: this.#control.signal,
      now: this.frame.now,
      onToken: (token) => this.#outbox.add(token, this.frame.now()),
      onSearch: (rollout, call, answered) => {
        this.keep();
        this.#emit({ type: 'search', at: this.frame.elapsed(), rollout, call, answered });
      },
      onRollout: (rollout) => {
        this.keep();
        // Those that a cancelled run leaves are told, but they are no result.
        if (rollout.finish !== 'cancelled') progress.rollouts.push(rollout);
        this.#emit({ type: 'rollout', at: this.frame.elapsed(), rollout });
        tell();
      },
      onProblem: (task, sentence) => this.frame.phase('generate', `${task.id}: ${sentence}`),
      onStep: (timings) => progress.spend(timings),
      checkpoint: async () => {
        if (this.#control.paused) this.keep();
        tell();
        if (this.frame.device.lost && needsDevice) throw this.frame.device.lost;
        if (this.frame.device.lost && !lossTold) {
          lossTold = true;
          this.frame.phase('generate', 'The graphics device was lost; writing goes on without it, on WebAssembly.');
        }
        await this.frame.checkpoints.pass();
      },
    });
    // A lost device may leave promises that never settle; WebAssembly needs none.
    progress.spend(await (needsDevice ? this.frame.guard(done) : done));
    this.keep();
    tell(true);
  }

  /** A comparison that fails takes nothing from the rollouts. */
  async #compare(backbone: Backbone, writers: readonly PreparedWriter[], rollouts: readonly Rollout[]): Promise<void> {
    let reason: string | null;
    try {
      reason = await this.#parity(backbone, writers, this.#config.parity < 0 ? rollouts : rollouts.slice(0, this.#config.parity));
    } catch (error) {
      if (this.#control.cancelled) throw error;
      reason = `The comparison with the engine failed. ${toFailure(error).message}`;
    }
    if (reason !== null) this.#emit({ type: 'no-parity', at: this.frame.elapsed(), reason });
  }

  /** @returns why there was nothing to compare, or null once it is told */
  async #parity(backbone: Backbone, writers: readonly PreparedWriter[], rollouts: readonly Rollout[]): Promise<string | null> {
    const { device, missing } = this.#found;
    if (rollouts.length === 0) return 'No rollout was to be compared with the engine.';
    if (!device) return `There is no graphics device for the engine to compare with. ${toFailure(missing).message}`;
    if (this.frame.device.lost) return `The graphics device was lost before the comparison. ${toFailure(this.frame.device.lost).message}`;
    this.frame.phase('parity', `comparing ${plural(rollouts.length, 'rollout', 'rollouts')} with the engine`);
    const check = new ParityCheck({
      device,
      backbone,
      writers,
      guard: (promise) => this.frame.guard(promise),
      signal: this.#control.signal,
      checkpoint: () => this.frame.checkpoints.pass(),
      onProgress: (detail, fraction) => this.frame.counted('parity', detail, fraction),
    });
    const { rollouts: count, tokens, max, sum } = await check.run(rollouts);
    if (tokens === 0) return 'No token was sampled, so there is nothing to compare.';
    this.#emit({ type: 'parity', at: this.frame.elapsed(), rollouts: count, tokens, maxDifference: max, meanDifference: sum / tokens });
    return null;
  }
}
