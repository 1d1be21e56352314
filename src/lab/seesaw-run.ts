import { dialectNote } from '../agent/suggest-dialect.ts';
import { BackboneError } from '../backbone/types.ts';
import type { Backbone } from '../backbone/load.ts';
import type { LineProblem } from '../core/trajectory/types.ts';
import { trainableParameters } from './adapter-files.ts';
import { Cancelled } from './checkpoint.ts';
import { plural } from './encode.ts';
import { DeviceLostError, toFailure } from './failure.ts';
import { JobFrame, runJob, type Job } from './job.ts';
import type { RunControl } from './run-control.ts';
import type { SeesawEvent, SeesawPhase, SeesawRunConfig } from './seesaw-events.ts';
import type { CheckpointKeeper, Learner, Lessons, SeesawParts, TrainingDevice } from './seesaw-parts.ts';
import { dataHash, evaluationQuestions, plainConfig, planOf, planWords, requireTrainable, runFingerprint, runWords, type PlannedRun } from './seesaw-plan.ts';
import { SeesawPace } from './seesaw-pace.ts';
import { TrainingRun } from './training-run.ts';

/** A device that is lost this often without a step between is not tried again. */
const LOSSES = 3;

/**
 * Trains each arm once a seed and tells everything as events. It never throws: a failure is an event, and the steps told
 * before stand. Steered through `control` between decode steps and micro-batches; a single step is an optimiser step.
 */
export async function runSeesaw(config: SeesawRunConfig, parts: SeesawParts, control: RunControl, emit: (event: SeesawEvent) => void): Promise<void> {
  await runJob<SeesawEvent>(control, emit, (tell) => new SeesawJob(config, parts, control, tell));
}

interface Prepared {
  readonly backbone: Backbone;
  readonly lessons: Lessons;
  readonly keeper: CheckpointKeeper | null;
  readonly problems: readonly LineProblem[];
  readonly notes: readonly string[];
  readonly dataSha256: string;
}

class SeesawJob implements Job<SeesawEvent> {
  readonly #config: SeesawRunConfig;
  readonly #parts: SeesawParts;
  readonly #control: RunControl;
  readonly #emit: (event: SeesawEvent) => void;
  readonly frame: JobFrame<SeesawPhase>;
  readonly #pace = new SeesawPace();
  #device: TrainingDevice | null = null;
  #learner: Learner | null = null;
  #run: TrainingRun | null = null;
  #provider: SeesawRunConfig['provider'];
  #generation = 0;
  #peak = 0;

  constructor(config: SeesawRunConfig, parts: SeesawParts, control: RunControl, emit: (event: SeesawEvent) => void) {
    this.#config = config;
    this.#parts = parts;
    this.#control = control;
    this.#emit = emit;
    this.#provider = config.provider;
    this.frame = new JobFrame({ control, emit, tellPhase: emit, parts, coarse: true });
  }

  release(): void {
    this.#generation += 1;
    this.#learner?.close();
    this.#learner = null;
  }

  /** The adapters of a cancelled run are worth having; where they cannot be read, nothing is lost but they. */
  async keep(): Promise<void> {
    if (!this.#control.cancelled) return;
    try {
      await this.#run?.tellAdapters((promise) => this.frame.guard(promise));
    } catch {
      return;
    }
  }

  async run(): Promise<SeesawEvent> {
    requireTrainable(this.#config);
    const plan = planOf(this.#config);
    const loading = (detail: string): void => this.frame.phase('load', detail);
    loading('looking for a graphics device');
    await this.#openDevice();
    const prepared = await this.#prepare(loading);
    await this.#train(plan, prepared);
    this.frame.phase('finished', '');
    return { type: 'finished', at: this.frame.elapsed(), seconds: this.frame.active() / 1000, peakGpuBytes: this.#peak };
  }

  async #openDevice(): Promise<TrainingDevice> {
    const device = await this.#parts.openDevice();
    this.#device = device;
    this.frame.device.watch(device.fault);
    this.#emit({ type: 'device', at: this.frame.elapsed(), device: device.report });
    return device;
  }

  async #prepare(loading: (detail: string) => void): Promise<Prepared> {
    const { objective, trainSets, evaluation, environment } = this.#config;
    const backbone = await this.#parts.loadBackbone(loading);
    if (!backbone.tokenizer) throw new BackboneError(`The backbone "${backbone.name}" has no tokenizer.json, without which nothing can be written.`);
    await this.frame.checkpoints.look();
    loading('reading questions');
    const training = objective.kind === 'grpo' ? await Promise.all(trainSets.map((choice) => this.#parts.loadQuestions(choice))) : [];
    const held = await this.#parts.loadQuestions(evaluation.questions);
    const given = objective.kind === 'grpo' ? null : await this.#parts.loadTrajectories(this.#config, backbone);
    await this.frame.checkpoints.look();
    this.frame.phase('corpus', 'opening the retriever');
    const { retriever, gold, problems } = await this.#parts.createRetriever((detail, fraction) => this.frame.counted('corpus', detail, fraction), this.#control.signal);
    await this.frame.checkpoints.look();

    const notes = [...(given?.notes ?? [])];
    const { maxPositions } = backbone.config;
    const other = objective.kind === 'grpo' ? dialectNote(environment.dialect, backbone.tokenizer) : null;
    if (other !== null) notes.push(other);
    if (environment.maxTokens > maxPositions) notes.push(`The backbone has ${maxPositions} positions, so a rollout ends there and not at ${environment.maxTokens} tokens.`);
    if (!gold) notes.push('A retriever server does not tell which passages are the gold ones, so reasoning skill is not measured; choose a corpus for it.');
    const sets = training.map(({ questions }) => questions);
    const unanswered = sets.flat().filter(({ goldenAnswers }) => goldenAnswers.length === 0).length;
    if (unanswered > 0) notes.push(`${plural(unanswered, 'training question has', 'training questions have')} no golden answers and ${unanswered === 1 ? 'teaches' : 'teach'} nothing.`);
    const questions = evaluationQuestions(held.questions, evaluation);
    const trajectories = given?.encoded ?? null;
    let keeper: CheckpointKeeper | null = null;
    try {
      keeper = await this.#parts.openCheckpoints();
    } catch (error) {
      notes.push(`No checkpoints are kept. ${toFailure(error).message}`);
    }
    return {
      backbone,
      lessons: { sets, trajectories, evaluation: questions, retriever, gold, environment: { ...environment, maxTokens: Math.min(environment.maxTokens, maxPositions) } },
      keeper,
      problems: [...training.flatMap((set) => set.problems), ...held.problems, ...(given?.problems ?? []), ...problems],
      notes,
      dataSha256: await dataHash(sets, questions, trajectories),
    };
  }

  async #train(plan: readonly PlannedRun[], prepared: Prepared): Promise<void> {
    const plain = plainConfig(this.#config);
    const made = { backbone: prepared.backbone.sha256, data: prepared.dataSha256, retriever: prepared.lessons.retriever.description };
    let ready = false;
    for (const [index, planned] of plan.entries()) {
      const run = new TrainingRun({
        planned,
        config: this.#config,
        plain,
        fingerprint: await runFingerprint(plain, planned, made),
        keeper: prepared.keeper,
        resume: this.#parts.resume,
        frozen: () => this.#parts.frozen(),
        emit: this.#emit,
        elapsed: () => this.frame.elapsed(),
        phase: (phase, detail, fraction) => this.frame.phase(phase, detail, fraction),
        pace: this.#pace,
        boundary: () => this.frame.checkpoints.boundary(),
        onProgress: (tokensPerSecond) => this.#progress(plan, index, tokensPerSecond),
      });
      this.#run = run;
      await this.#open(planned, prepared);
      if (!ready) this.#tellReady(plan, prepared);
      ready = true;
      await this.#keepGoing(run, planned, prepared);
      this.#emit({ type: 'run-finished', at: this.frame.elapsed(), run: run.id });
    }
  }

  /** A run to its end, over losses of the device. */
  async #keepGoing(run: TrainingRun, planned: PlannedRun, prepared: Prepared): Promise<void> {
    let losses = 0;
    let reached = -1;
    let reopen = false;
    for (;;) {
      try {
        if (reopen) {
          await this.#openDevice();
          await this.#open(planned, prepared);
        }
        reopen = false;
        await this.frame.guard(run.train(this.#learner!));
        return;
      } catch (error) {
        losses = run.step > reached ? 1 : losses + 1;
        reached = run.step;
        if (!(error instanceof DeviceLostError) || this.#control.cancelled || losses > LOSSES) throw error;
        this.release();
        run.lost(error.message);
        reopen = true;
      }
    }
  }

  async #open(planned: PlannedRun, { backbone, lessons }: Prepared): Promise<void> {
    this.#learner?.close();
    this.#learner = null;
    this.frame.phase('session', `${runWords(planned)}: preparing`);
    this.#generation += 1;
    const own = this.#generation;
    const learner = await this.frame.guard(
      this.#parts.openLearner({
        arm: planned.arm,
        seed: planned.seed,
        device: this.#device!,
        backbone,
        lessons,
        provider: this.#provider,
        checkpoint: async () => {
          // What went on on a lost device ends here.
          if (own !== this.#generation) throw new Cancelled();
          await this.frame.checkpoints.pass();
        },
        signal: this.#control.signal,
        onCompiled: (done, total) => this.frame.counted('session', `${done} of ${total} kernels`, done / total),
      }),
    );
    this.#learner = learner;
    this.#provider = learner.report.provider;
    await this.frame.checkpoints.look();
  }

  #tellReady(plan: readonly PlannedRun[], { backbone, lessons, problems, notes, dataSha256 }: Prepared): void {
    const { name, parameters, quantisation, sha256 } = backbone;
    this.#emit({
      type: 'ready',
      at: this.frame.elapsed(),
      backbone: { name, parameters, quantisation, sha256 },
      provider: this.#learner!.report,
      retriever: lessons.retriever.description,
      trainQuestions: lessons.trajectories?.length ?? lessons.sets.flat().length,
      evaluationQuestions: lessons.evaluation.length,
      parameters: this.#config.arms.map((arm) => (arm.trained ? trainableParameters(backbone.config, arm) : 0)),
      dataSha256,
      problems,
      notes: [...notes, ...this.#learner!.notes],
    });
    this.frame.phase('train', planWords(plan));
  }

  #progress(plan: readonly PlannedRun[], index: number, tokensPerSecond: number): void {
    const run = this.#run!;
    const rest = plan.slice(index + 1);
    const total = plan.reduce((sum, { steps }) => sum + steps, 0);
    const stepsLeft = plan[index].steps - run.step + rest.reduce((sum, { steps }) => sum + steps, 0);
    const evaluationsLeft = Math.max(0, plan[index].evaluations - run.evaluations) + rest.reduce((sum, { evaluations }) => sum + evaluations, 0);
    const { bytes, peakBytes } = this.#learner?.memory ?? { bytes: 0, peakBytes: 0 };
    this.#peak = Math.max(this.#peak, peakBytes);
    this.#emit({ type: 'progress', at: this.frame.elapsed(), done: total - stepsLeft, total, secondsLeft: this.#pace.secondsLeft(stepsLeft, evaluationsLeft), tokensPerSecond, gpuBytes: bytes });
  }
}
