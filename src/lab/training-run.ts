import type { PlainSeesawConfig } from '../core/record/seesaw-schema.ts';
import type { OptimiserState } from '../engine/optimiser.ts';
import type { StepReport } from '../training/trainer.ts';
import { toFailure } from './failure.ts';
import type { EvaluationPoint, Freeze, RunId, SeesawEvent, SeesawPhase, SeesawRunConfig } from './seesaw-events.ts';
import type { CheckpointKeeper, Learner } from './seesaw-parts.ts';
import { isEvaluated, runWords, type PlannedRun } from './seesaw-plan.ts';
import type { SeesawPace } from './seesaw-pace.ts';

/** A state of at most this many parameters is kept in memory after every step, a larger one with its checkpoints. */
const SMALL = 4_000_000;

export interface TrainingRunOptions {
  readonly planned: PlannedRun;
  readonly config: SeesawRunConfig;
  readonly plain: PlainSeesawConfig;
  readonly fingerprint: string;
  readonly keeper: CheckpointKeeper | null;
  readonly resume: boolean;
  readonly frozen: () => readonly number[];
  readonly emit: (event: SeesawEvent) => void;
  /** Milliseconds since the whole began. */
  readonly elapsed: () => number;
  readonly phase: (phase: SeesawPhase, detail: string, fraction: number | null) => void;
  readonly pace: SeesawPace;
  /** Between two optimiser steps. */
  readonly boundary: () => Promise<void>;
  readonly onProgress: (tokensPerSecond: number) => void;
}

interface Standing {
  readonly state: OptimiserState;
  readonly reports: readonly StepReport[];
  readonly points: readonly EvaluationPoint[];
  readonly frozen: readonly Freeze[];
}

/** One arm with one seed: where it stands, and what brings it back there. */
export class TrainingRun {
  readonly id: RunId;
  readonly #options: TrainingRunOptions;
  #reports: StepReport[] = [];
  #points: EvaluationPoint[] = [];
  /** What a lost device is recovered from; null: the start. */
  #kept: Standing | null = null;
  #begun = false;
  /** Every change of what is frozen; the last one holds. */
  #frozen: Freeze[] = [];
  /** What the page wanted of the run before. */
  readonly #stale: readonly number[];
  #tokensPerSecond = 0;
  #learner: Learner | null = null;
  /** Why the device was lost, until that is told. */
  #loss: string | null = null;

  constructor(options: TrainingRunOptions) {
    this.#options = options;
    this.#stale = options.frozen();
    this.id = { arm: options.planned.arm.id, seed: options.planned.seed };
  }

  /** Steps taken. */
  get step(): number {
    return this.#reports.length;
  }

  get evaluations(): number {
    return this.#points.length;
  }

  /** The device is gone: back to what is kept. */
  lost(reason: string): void {
    this.#learner = null;
    this.#loss = reason;
    this.#reports = [...(this.#kept?.reports ?? [])];
    this.#points = [...(this.#kept?.points ?? [])];
    this.#frozen = [...(this.#kept?.frozen ?? [])];
  }

  /** Trains to the end, from where the run stands. */
  async train(learner: Learner): Promise<void> {
    const { planned, config, emit, elapsed, boundary, phase } = this.#options;
    this.#learner = learner;
    await this.#take(learner);
    if (this.#loss !== null) {
      emit({ type: 'recovered', at: elapsed(), run: this.id, step: this.step, reason: this.#loss });
      this.#loss = null;
    }
    this.#options.onProgress(0);
    await this.#evaluate(learner);
    while (this.step < planned.steps) {
      await boundary();
      this.#tellFrozen();
      phase('train', `${runWords(planned)}: step ${this.step + 1} of ${planned.steps}`, this.step / planned.steps);
      const report = await learner.step(this.step, this.#frozenNow);
      this.#reports.push(report);
      emit({ type: 'step', at: elapsed(), run: this.id, report });
      const milliseconds = Object.values(report.time).reduce((sum: number, part: number) => sum + part, 0);
      this.#options.pace.step(milliseconds);
      this.#tokensPerSecond = milliseconds > 0 ? (1000 * (report.tokens.rollout + report.tokens.trained)) / milliseconds : 0;
      const due = config.checkpointEvery > 0 && (this.step % config.checkpointEvery === 0 || this.step === planned.steps);
      await this.#keep(learner, due);
      this.#options.onProgress(this.#tokensPerSecond);
      await this.#evaluate(learner, due);
    }
  }

  /** The adapters as they are now. */
  async tellAdapters(guard: <Value>(promise: Promise<Value>) => Promise<Value> = (promise) => promise): Promise<void> {
    if (!this.#learner || this.step === 0) return;
    const files = await guard(this.#learner.adapters());
    this.#options.emit({ type: 'adapters', at: this.#options.elapsed(), run: this.id, step: this.step, files });
  }

  /** Begins, goes on from a checkpoint, or goes back to what is kept. */
  async #take(learner: Learner): Promise<void> {
    const { emit, elapsed, keeper, resume, fingerprint, planned } = this.#options;
    if (this.#begun) {
      if (this.#kept) await learner.restore(this.#kept.state);
      return;
    }
    const found = resume && keeper && planned.arm.trained ? await keeper.find(this.id, fingerprint) : null;
    if (found && found.header.step <= planned.steps) {
      await learner.restore(found.state);
      this.#reports = [...found.header.reports];
      this.#points = [...found.header.points];
      this.#frozen = [...(found.header.frozen ?? [])];
      this.#kept = this.#standing(found.state);
    }
    this.#begun = true;
    emit({ type: 'run-started', at: elapsed(), run: this.id, step: this.step });
    for (const report of this.#reports) {
      for (const freeze of this.#frozen) if (freeze.step === report.step) emit({ type: 'frozen', at: elapsed(), run: this.id, ...freeze });
      emit({ type: 'step', at: elapsed(), run: this.id, report });
    }
    for (const point of this.#points) emit({ type: 'evaluation', at: elapsed(), run: this.id, point });
    if (this.step > 0) await this.tellAdapters();
  }

  #tellFrozen(): void {
    const wanted = this.#options.frozen();
    const now = this.#frozenNow;
    if (wanted === this.#stale || (wanted.length === now.length && wanted.every((adapter, index) => adapter === now[index]))) return;
    const freeze = { step: this.step, adapters: [...wanted] };
    this.#frozen.push(freeze);
    this.#options.emit({ type: 'frozen', at: this.#options.elapsed(), run: this.id, ...freeze });
  }

  get #frozenNow(): readonly number[] {
    return this.#frozen.at(-1)?.adapters ?? [];
  }

  /** Where the run stands, to come back to. */
  #standing(state: OptimiserState): Standing {
    return { state, reports: [...this.#reports], points: [...this.#points], frozen: [...this.#frozen] };
  }

  /** Evaluates where it is due and not done. @param kept the step's checkpoint was due: it takes the point in */
  async #evaluate(learner: Learner, kept = false): Promise<void> {
    const { planned, config, emit, elapsed, phase, pace } = this.#options;
    const { step } = this;
    if (!isEvaluated(step, planned.steps, config.evaluation.every) || this.#points.some((point) => point.step === step)) return;
    phase('evaluate', `${runWords(planned)}: held-out questions after ${step} ${step === 1 ? 'step' : 'steps'}`, planned.steps === 0 ? null : step / planned.steps);
    const evaluation = await learner.evaluate();
    const point = { step, evaluation };
    this.#points.push(point);
    emit({ type: 'evaluation', at: elapsed(), run: this.id, point });
    pace.evaluation(evaluation.milliseconds);
    await this.tellAdapters();
    if (step > 0 || this.#kept === null) await this.#keep(learner, kept);
    this.#options.onProgress(this.#tokensPerSecond);
  }

  /** Keeps the state in memory and, where `stored`, in a checkpoint; that one fails is told, and training goes on. */
  async #keep(learner: Learner, stored: boolean): Promise<void> {
    const { keeper, fingerprint, plain, planned, emit, elapsed } = this.#options;
    if (!planned.arm.trained) return;
    const store = stored && keeper !== null;
    if (!store && this.#kept !== null && this.#kept.state.values.length > SMALL) return;
    const state = await learner.state();
    this.#kept = this.#standing(state);
    if (!store) return;
    try {
      const header = { version: 1, run: this.id, step: this.step, configSha256: fingerprint, saved: new Date().toISOString(), config: plain, reports: this.#reports, points: this.#points, frozen: this.#frozen } as const;
      const { bytes } = await keeper.save(header, state);
      emit({ type: 'checkpoint', at: elapsed(), run: this.id, step: this.step, bytes });
    } catch (error) {
      emit({ type: 'checkpoint-failed', at: elapsed(), run: this.id, failure: toFailure(error) });
    }
  }
}
