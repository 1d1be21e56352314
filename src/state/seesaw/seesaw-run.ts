import type { Failure } from '../../lab/events.ts';
import type { AdapterFile, EvaluationPoint, RunId, SeesawEvent, SeesawRunConfig } from '../../lab/seesaw-events.ts';
import type { Arm } from '../../training/arms.ts';
import type { StepReport } from '../../training/trainer.ts';
import type { LogLine } from '../angle-run.ts';
import type { Origin } from '../run-store.ts';
import { IDLE_SEESAW } from './run-store.ts';
import { runKey, type RunStatus, type SeesawRunView, type SeesawState } from './types.ts';

type Mutable<T> = { -readonly [Key in keyof T]: T[Key] };

/** One run's curves; the same object throughout. */
class GrowingRun implements SeesawRunView {
  readonly id: RunId;
  readonly key: string;
  readonly arm: Arm;
  readonly steps: StepReport[] = [];
  readonly points: EvaluationPoint[] = [];
  readonly recoveries: { step: number; reason: string }[] = [];
  status: RunStatus = 'waiting';
  checkpoint: { readonly step: number; readonly bytes: number } | null = null;
  checkpointFailure: Failure | null = null;
  adaptersStep: number | null = null;
  files: readonly AdapterFile[] = [];
  revision = 0;

  constructor(arm: Arm, seed: number) {
    this.id = { arm: arm.id, seed };
    this.key = runKey(this.id);
    this.arm = arm;
  }

  /** Back to what a lost device has left. */
  cutBack(step: number): void {
    cut(this.steps, (report) => report.step < step);
    cut(this.points, (point) => point.step <= step);
  }

  add(report: StepReport): void {
    cut(this.steps, ({ step }) => step < report.step);
    this.steps.push(report);
  }

  measure(point: EvaluationPoint): void {
    cut(this.points, ({ step }) => step < point.step);
    this.points.push(point);
  }
}

/** Drops what comes after the last entry that stays. */
function cut<Entry>(list: Entry[], stays: (entry: Entry) => boolean): void {
  while (list.length > 0 && !stays(list[list.length - 1])) list.pop();
}

/** What a training run has told so far: outside React. */
export class SeesawRun {
  readonly log: LogLine[] = [];
  /** Everything that a record keeps, in order. */
  readonly told: SeesawEvent[] = [];
  readonly #runs: readonly GrowingRun[];
  readonly #byKey: ReadonlyMap<string, GrowingRun>;
  #state: Mutable<SeesawState>;

  constructor(config: SeesawRunConfig | null, origin: Origin = { kind: 'live' }) {
    this.#state = config === null ? IDLE_SEESAW : { ...IDLE_SEESAW, status: 'loading', config, origin };
    // As the job plans them: the untrained backbone is the same for every seed.
    this.#runs = config === null ? [] : config.seeds.flatMap((seed, index) => config.arms.filter(({ trained }) => trained || index === 0).map((arm) => new GrowingRun(arm, seed)));
    this.#byKey = new Map(this.#runs.map((run) => [run.key, run]));
  }

  snapshot(): SeesawState {
    if (this.log.length !== this.#state.logLength) this.#set({ logLength: this.log.length });
    return this.#state;
  }

  runs(): readonly SeesawRunView[] {
    return this.#runs;
  }

  run(id: RunId): SeesawRunView | null {
    return this.#byKey.get(runKey(id)) ?? null;
  }

  adapterFiles(id: RunId): readonly AdapterFile[] {
    return this.#byKey.get(runKey(id))?.files ?? [];
  }

  freeze(adapters: readonly number[]): void {
    this.#set({ frozen: adapters });
  }

  apply(event: SeesawEvent): void {
    if (event.type !== 'adapters') this.told.push(event);
    if ('run' in event) this.#applyToRun(event);
    else this.#applyToAll(event);
  }

  #applyToRun(event: Extract<SeesawEvent, { readonly run: RunId }>): void {
    const run = this.#byKey.get(runKey(event.run));
    if (!run) return;
    const name = `${run.arm.label}, seed ${run.id.seed}`;
    switch (event.type) {
      case 'run-started':
        run.status = 'running';
        this.#set({ current: run.id, frozen: [], status: this.#statusOf('running') });
        this.#note(event.at, event.step > 0 ? `${name} goes on from step ${event.step}` : `${name} begins`);
        break;
      case 'step':
        run.add(event.report);
        break;
      case 'evaluation':
        run.measure(event.point);
        this.#note(event.at, `${name}: ${percent(event.point.evaluation.exactMatch.value)} exact match after ${event.point.step} steps`);
        break;
      case 'frozen':
        this.#set({ frozen: event.adapters });
        this.#note(event.at, event.adapters.length === 0 ? `${name}: no adapter is frozen from step ${event.step} on` : `${name}: adapters ${event.adapters.map((adapter) => adapter + 1).join(', ')} frozen from step ${event.step} on`);
        break;
      case 'adapters':
        run.files = event.files;
        run.adaptersStep = event.step;
        break;
      case 'checkpoint':
        run.checkpoint = { step: event.step, bytes: event.bytes };
        run.checkpointFailure = null;
        break;
      case 'checkpoint-failed':
        run.checkpointFailure = event.failure;
        this.#note(event.at, `${name}: no checkpoint. ${event.failure.message}`);
        break;
      case 'recovered':
        run.cutBack(event.step);
        run.recoveries.push({ step: event.step, reason: event.reason });
        this.#note(event.at, `${name}: ${event.reason} It goes on from step ${event.step}.`);
        break;
      case 'run-finished':
        run.status = 'finished';
        this.#note(event.at, `${name} is finished`);
        break;
    }
    run.revision += 1;
    this.#set({ revision: this.#state.revision + 1 });
  }

  #applyToAll(event: Exclude<SeesawEvent, { readonly run: RunId }>): void {
    switch (event.type) {
      case 'phase':
        if (event.fraction === null) this.#note(event.at, `${event.phase}${event.detail === '' ? '' : `: ${event.detail}`}`);
        this.#set({ phase: event.phase, detail: event.detail, fraction: event.fraction });
        break;
      case 'device':
        this.#set({ device: event.device });
        this.#note(event.at, `device: ${event.device.description || event.device.vendor}`);
        break;
      case 'ready':
        this.#set({ ready: event });
        this.#note(event.at, `${event.trainQuestions} to train on, ${event.evaluationQuestions} held out; ${event.provider.reason}`);
        for (const note of event.notes) this.#note(event.at, note);
        for (const { line, reason } of event.problems) this.#note(event.at, `line ${line} left out: ${reason}`);
        break;
      case 'progress':
        this.#set({ progress: event });
        break;
      case 'paused':
        this.#set({ status: 'paused' });
        this.#note(event.at, 'paused');
        break;
      case 'resumed':
        this.#set({ status: this.#state.current === null ? 'loading' : 'running' });
        this.#note(event.at, 'resumed');
        break;
      case 'cancelled':
        this.#over('cancelled');
        this.#note(event.at, 'cancelled');
        break;
      case 'finished':
        this.#over('finished');
        this.#set({ phase: 'finished', seconds: event.seconds, peakGpuBytes: event.peakGpuBytes });
        this.#note(event.at, `finished in ${event.seconds.toFixed(1)} s`);
        break;
      case 'failed':
        this.#over('failed');
        this.#set({ failure: event.failure });
        this.#note(event.at, `failed: ${event.failure.message}`);
        break;
    }
  }

  #over(status: 'finished' | 'cancelled' | 'failed'): void {
    for (const run of this.#runs) {
      if (run.status !== 'running') continue;
      run.status = 'stopped';
      run.revision += 1;
    }
    this.#set({ status, current: null, revision: this.#state.revision + 1 });
  }

  /** What begins while single steps are done belongs to the pause. */
  #statusOf(wanted: 'running'): SeesawState['status'] {
    return this.#state.status === 'paused' ? 'paused' : wanted;
  }

  #set(change: Partial<SeesawState>): void {
    this.#state = { ...this.#state, ...change };
  }

  #note(at: number, text: string): void {
    this.log.push({ at, text });
  }
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}
