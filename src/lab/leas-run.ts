import { dialectNote } from '../agent/suggest-dialect.ts';
import { RetrieverError, type EnvironmentSettings, type Question, type Retriever } from '../agent/types.ts';
import type { Backbone } from '../backbone/load.ts';
import type { TextTokenizer } from '../backbone/tokenizer.ts';
import { BackboneError } from '../backbone/types.ts';
import { ARMS_OF } from '../core/leas/writers.ts';
import type { LineProblem } from '../core/trajectory/types.ts';
import { Cancelled } from './checkpoint.ts';
import { plural } from './encode.ts';
import { DeviceLostError, toFailure } from './failure.ts';
import { JobFrame, runJob, type Job } from './job.ts';
import { LeasBench } from './leas-bench.ts';
import type { LeasEvent, LeasPhase, LeasRunConfig } from './leas-events.ts';
import { loadArms, missingArms, trainedArms, wantedArms, type LoadedArms } from './leas-models.ts';
import { LeasOutput } from './leas-output.ts';
import type { LeasKeeper, LeasParts } from './leas-parts.ts';
import { keyOf, leasRollout, plannedSets, requireRunnable, runFingerprint, writerCells, type Cell, type PlannedSet } from './leas-plan.ts';
import { chunkTasks } from './leas-tasks.ts';
import { LeasTally, type Chunk } from './leas-tally.ts';
import type { LeasSessions } from './leas-writers.ts';
import type { RunControl } from './run-control.ts';

/** A device that is lost this often without a rollout between is not tried again. */
const LOSSES = 3;
/** Rollouts that are given to the loop at once: four batches of 96, so that the batch is full for most of the time. */
const CHUNK = 384;

/**
 * Trains or takes the models of LEAS, rolls the questions out with each, and tells everything as events. It never throws:
 * a failure is an event, and the rollouts told before stand. Steered through `control` between decode steps, and through
 * `parts.samples` for more rollouts of each question.
 */
export async function runLeas(config: LeasRunConfig, parts: LeasParts, control: RunControl, emit: (event: LeasEvent) => void): Promise<void> {
  await runJob<LeasEvent>(control, emit, (tell) => new LeasJob(config, parts, control, tell));
}

/** What rollouts are made with. */
interface Prepared {
  readonly backbone: Backbone;
  readonly tokenizer: TextTokenizer;
  readonly environment: EnvironmentSettings;
  readonly sets: readonly PlannedSet[];
  readonly seeds: ReadonlyMap<number, LoadedArms>;
  readonly retriever: Retriever;
  readonly gold: ((question: Question) => Retriever) | null;
}

class LeasJob implements Job<LeasEvent> {
  readonly #config: LeasRunConfig;
  readonly #parts: LeasParts;
  readonly #control: RunControl;
  readonly #emit: (event: LeasEvent) => void;
  readonly frame: JobFrame<LeasPhase>;
  readonly #bench: LeasBench;
  #lossTold = false;
  #output: LeasOutput | null = null;
  /** What a lost device leaves unfinished belongs to an earlier one. */
  #generation = 0;
  #trainingPaused = 0;

  constructor(config: LeasRunConfig, parts: LeasParts, control: RunControl, emit: (event: LeasEvent) => void) {
    this.#config = config;
    this.#parts = parts;
    this.#control = control;
    this.#emit = emit;
    this.frame = new JobFrame({ control, emit, tellPhase: emit, parts });
    this.#bench = new LeasBench(parts, config.provider);
  }

  /** Tells and keeps what has finished. */
  async keep(): Promise<void> {
    await this.#output?.keep();
  }

  release(): void {
    this.#generation += 1;
    this.#bench.close();
  }

  async run(): Promise<LeasEvent> {
    const config = this.#config;
    requireRunnable(config);
    const loading = (detail: string): void => this.frame.phase('load', detail);
    loading('reading the backbone');
    const backbone = await this.#parts.loadBackbone(loading);
    const { tokenizer } = backbone;
    if (!tokenizer) throw new BackboneError(`The backbone "${backbone.name}" has no tokenizer.json, without which nothing can be written.`);
    await this.frame.checkpoints.look();
    loading('reading questions');
    const { sets, problems } = await plannedSets(config, (choice) => this.#parts.loadQuestions(choice));
    await this.frame.checkpoints.look();
    const wanted = wantedArms(config.comparisonSamples);
    const seeds = await loadArms(await this.#models(loading), wanted, config.models, backbone);
    await this.#findDevice();
    this.frame.phase('corpus', 'opening the retriever');
    const search = await this.#parts.createRetriever((detail, fraction) => this.frame.counted('corpus', detail, fraction), this.#control.signal);
    await this.frame.checkpoints.look();

    const { maxPositions } = backbone.config;
    const { environment } = config;
    const prepared: Prepared = { backbone, tokenizer, sets, seeds, retriever: search.retriever, gold: search.gold, environment: { ...environment, maxTokens: Math.min(environment.maxTokens, maxPositions) } };
    this.frame.phase('session', 'preparing onnxruntime');
    const sessions = await this.#bench.open(backbone, seeds);
    await this.frame.checkpoints.look();
    const notes = [...missingArms(seeds, wanted), ...sessions.notes];
    const other = dialectNote(environment.dialect, tokenizer);
    if (other !== null) notes.push(other);
    if (environment.maxTokens > maxPositions) notes.push(`The backbone has ${maxPositions} positions, so a rollout ends there and not at ${environment.maxTokens} tokens.`);
    if (!search.gold && config.comparisonSamples > 0) notes.push('A retriever server does not tell which passages are the gold ones, so nothing is rolled out with fixed retrieval; choose a corpus for it.');
    const tally = new LeasTally({
      sets,
      seeds: [...seeds].map(([seed, arms]) => ({ seed, arms: new Set(arms.keys()) })),
      cells: writerCells(config.comparisonSamples, search.gold !== null),
      samples: { samples: Math.max(config.samples, this.#parts.samples() ?? 0), comparisonSamples: config.comparisonSamples },
      chunk: CHUNK,
    });
    const output = await this.#openOutput(prepared, tally, notes);
    this.#tellReady(prepared, tally, output, { problems: [...problems, ...search.problems], notes });
    await this.frame.checkpoints.look();
    this.frame.phase('generate', `${plural(tally.count.total, 'rollout', 'rollouts')}, ${config.batch} at a time`);
    if (tally.samples.samples > config.samples) this.#emit({ type: 'samples', at: this.frame.elapsed(), samples: tally.samples.samples });
    output.begin(this.#active());
    await this.#generate(prepared, tally, output);
    this.frame.phase('finished', '');
    return { type: 'finished', at: this.frame.elapsed(), seconds: this.#active() / 1000, tokens: output.tokens };
  }

  async #models(loading: (detail: string) => void): ReturnType<typeof trainedArms> {
    const { models } = this.#config;
    if (models.kind === 'train') this.frame.phase('train', `${plural(models.seeds.length, 'training seed', 'training seeds')}: ${wantedArms(this.#config.comparisonSamples).join(', ')}`);
    else loading('reading trained models');
    let pausedAt: number | null = null;
    const arms = await trainedArms(this.#config, {
      parts: this.#parts,
      control: this.#control,
      elapsed: () => this.frame.elapsed(),
      emit: (event) => {
        if (event.type === 'paused') pausedAt ??= this.frame.elapsed();
        if (event.type === 'resumed' && pausedAt !== null) {
          this.#trainingPaused += this.frame.elapsed() - pausedAt;
          pausedAt = null;
        }
        this.#emit(event);
      },
    });
    await this.frame.checkpoints.look();
    return arms;
  }

  async #findDevice(): Promise<void> {
    this.#emit({ type: 'device', at: this.frame.elapsed(), device: await this.#bench.findDevice() });
    await this.frame.checkpoints.look();
  }

  /** What tells and keeps rollouts, with those that were kept before. Storage that is refused is noted, and the run goes on. */
  async #openOutput({ backbone, environment, sets, seeds, retriever }: Prepared, tally: LeasTally, notes: string[]): Promise<LeasOutput> {
    const { temperature, seed, keep } = this.#config;
    const fingerprint = await runFingerprint({ backbone: backbone.sha256, retriever: retriever.description, environment, temperature, seed });
    const keys = new Map<string, string>();
    let keeper: LeasKeeper | null = null;
    try {
      if (keep) keeper = await this.#parts.openStore();
    } catch (error) {
      notes.push(`Finished rollouts are not kept. ${toFailure(error).message}`);
    }
    const armsOf = ({ seed: trained, writer }: Cell): string[] => ARMS_OF[writer].map((arm) => (trained === null ? '' : (seeds.get(trained)?.get(arm)?.sha256 ?? '')));
    if (keeper) for (const { cell, question } of tally.units()) keys.set(LeasOutput.place(cell, question), await keyOf(sets[cell.set].label, cell, sets[cell.set].questions[question], armsOf(cell)));
    const output = new LeasOutput({ tally, keys, keeper, fingerprint, emit: this.#emit, elapsed: () => this.frame.elapsed(), now: this.frame.now, active: () => this.#active() });
    this.#output = output;
    notes.push(...(await output.load()));
    return output;
  }

  #tellReady({ backbone, sets, seeds, retriever }: Prepared, tally: LeasTally, { kept, fingerprint }: LeasOutput, { problems, notes }: { readonly problems: readonly LineProblem[]; readonly notes: readonly string[] }): void {
    const { name, parameters, quantisation, sha256 } = backbone;
    this.#emit({
      type: 'ready',
      at: this.frame.elapsed(),
      backbone: { name, parameters, quantisation, sha256 },
      provider: this.#bench.report!,
      retriever: retriever.description,
      fingerprint,
      sets,
      seeds: [...seeds].map(([seed, arms]) => ({ seed, arms: [...arms].map(([arm, loaded]) => ({ arm, sha256: loaded.sha256 })) })),
      rollouts: tally.count.total,
      kept,
      problems,
      notes,
    });
  }

  /** Rolls out what is missing until nothing is, over losses of the device. */
  async #generate(prepared: Prepared, tally: LeasTally, output: LeasOutput): Promise<void> {
    let losses = 0;
    let reached = -1;
    for (;;) {
      this.#takeSamples(tally, output);
      const chunk = tally.next();
      if (chunk === null) break;
      try {
        if (this.#bench.sessions === null) await this.#findDevice();
        const sessions = this.#bench.sessions ?? (await this.#bench.open(prepared.backbone, prepared.seeds));
        await this.#chunk(chunk, sessions, prepared, tally, output);
      } catch (error) {
        losses = output.written > reached ? 1 : losses + 1;
        reached = output.written;
        if (!(error instanceof DeviceLostError) || this.#control.cancelled || losses > LOSSES) throw error;
        this.release();
        this.frame.phase('session', `${error.message} What was finished stands; everything else is made anew.`);
      }
      await output.keep();
    }
    output.progress('', true);
  }

  async #chunk(chunk: Chunk, sessions: LeasSessions, prepared: Prepared, tally: LeasTally, output: LeasOutput): Promise<void> {
    this.#generation += 1;
    const own = this.#generation;
    const { set, seed } = chunk;
    const { tokenizer, environment } = prepared;
    const planned = prepared.sets[set];
    const { temperature, seed: drawSeed, batch } = this.#config;
    const { tasks, writers, place, retriever } = chunkTasks(chunk, planned, prepared.retriever, prepared.gold);
    const opened = await sessions.writers(seed, writers);
    const needsDevice = this.#bench.report?.provider === 'webgpu';
    const detail = (): string => `${planned.label}, seed ${seed}, ${tally.finished(set, seed)} of ${plural(planned.questions.length, 'question', 'questions')}`;
    const refused: Error[] = [];
    const done = this.#parts.generate(tasks, {
      tokenizer,
      environment,
      retriever,
      sampling: { temperature, topP: 1, topK: 0 },
      alternatives: 0,
      seed: drawSeed,
      batch,
      writers: opened,
      signal: this.#control.signal,
      now: this.frame.now,
      onRollout: (rollout) => {
        if (own !== this.#generation || rollout.finish === 'cancelled') return;
        const failure = rollout.searches.find((search) => search.failure !== null)?.failure;
        // An unanswered search is nobody's wrong answer.
        if (rollout.finish === 'retriever-failed') refused.push(new RetrieverError(`A search was not answered: ${failure ?? 'for an unknown reason.'}`, 'Run again when the retriever answers; finished rollouts stand.'));
        else {
          const { cell, question } = place(rollout.id);
          output.add(cell, leasRollout(cell, question, rollout));
        }
      },
      onProblem: (task, sentence) => {
        if (own === this.#generation && tally.refuse(set, place(task.id).question)) this.frame.phase('generate', sentence);
      },
      onStep: (timings) => {
        if (own === this.#generation) output.spend(timings.tokens);
      },
      checkpoint: async () => {
        // What went on on a lost device ends here.
        if (own !== this.#generation) throw new Cancelled();
        for (const error of refused) throw error;
        const { lost } = this.#bench;
        if (lost && needsDevice) throw lost;
        if (lost && !this.#lossTold) {
          this.#lossTold = true;
          this.frame.phase('generate', 'The graphics device was lost; writing goes on without it, on WebAssembly.');
        }
        this.#takeSamples(tally, output);
        output.progress(detail(), this.#control.paused);
        await output.keepNow();
        await this.frame.checkpoints.pass();
      },
    });
    // A lost device may leave promises that never settle; WebAssembly needs none.
    const { tokens } = await this.#bench.guard(done);
    output.spend(tokens, true);
    for (const error of refused) throw error;
    output.progress(detail(), true);
  }

  /** More rollouts of each question, as a person may ask at any time. */
  #takeSamples(tally: LeasTally, output: LeasOutput): void {
    if (!tally.raise(this.#parts.samples() ?? 0)) return;
    this.#emit({ type: 'samples', at: this.frame.elapsed(), samples: tally.samples.samples });
    output.takeKept();
  }

  /** Milliseconds since the start without pauses, those of the training among them. */
  #active(): number {
    return this.frame.active() - this.#trainingPaused;
  }
}
