import type { AngleEvent, AngleRunConfig, DeviceReport, Failure } from '../lab/events.ts';
import type { LeasEvent, LeasRunConfig, LeasSteer } from '../lab/leas-events.ts';
import type { ModelCheckConfig, ModelCheckEvent } from '../lab/model-check-events.ts';
import type { RolloutEvent, RolloutRunConfig } from '../lab/rollout-events.ts';
import type { SeesawEvent, SeesawRunConfig, SeesawSteer } from '../lab/seesaw-events.ts';
import type { TagWarmUpConfig, TagWarmUpEvent } from '../lab/tag-warm-up-events.ts';
import type { JobKind } from './job-queue.ts';
import { parseMessage } from './messages.ts';
import { RunChannel } from './run-channel.ts';
import type { BackboneChoice, CheckRow, Command, GoldenFiles, TagReportResult, TrajectoriesChoice } from './protocol.ts';

/** The part of Worker that is used; tests give their own. */
export interface WorkerPort {
  postMessage(message: unknown): void;
  addEventListener(type: 'message' | 'error' | 'messageerror', listener: (event: Event) => void): void;
  terminate(): void;
}

export type CheckResult = { readonly rows: readonly CheckRow[]; readonly device: DeviceReport } | { readonly failure: Failure };
export type ProbeResult = { readonly device: DeviceReport; readonly failure: null } | { readonly device: null; readonly failure: Failure };

const LOST: Failure = {
  message: 'The part of the page that computes has stopped unexpectedly.',
  remedy: 'Run again; if it stops again, choose fewer or shorter trajectories, or reload the page.',
};

function lost(reason: string): Failure {
  return reason === '' ? LOST : { message: `${LOST.message.replace(/\.$/, '')} (${reason}).`, remedy: LOST.remedy };
}

function spawn(): WorkerPort {
  return new Worker(new URL('./lab-worker.ts', import.meta.url), { type: 'module', name: 'laboratory' });
}

/** A failure as every kind of run tells it. */
function failed(at: number, failure: Failure): { readonly type: 'failed'; readonly at: number; readonly failure: Failure } {
  return { type: 'failed', at, failure };
}

/**
 * The laboratory as the page calls it. The worker starts with the first call; when it dies, what was asked of it fails
 * with a sentence, and the next call starts another.
 */
export class LabClient {
  readonly #spawn: () => WorkerPort;
  readonly #base: string;
  readonly #angles = new RunChannel<AngleEvent>(failed);
  readonly #rollouts = new RunChannel<RolloutEvent>(failed);
  readonly #seesaw = new RunChannel<SeesawEvent>(failed);
  readonly #leas = new RunChannel<LeasEvent>(failed);
  readonly #modelCheck = new RunChannel<ModelCheckEvent>(failed);
  readonly #tagWarmUp = new RunChannel<TagWarmUpEvent>(failed);
  #worker: WorkerPort | null = null;
  #checks: ((result: CheckResult) => void)[] = [];
  #probes: ((result: ProbeResult) => void)[] = [];
  #tagReports: (readonly [number, (result: TagReportResult) => void])[] = [];
  #question = 0;

  /** @param base the page's address, which bundled names are relative to */
  constructor(base: string = document.baseURI, spawnWorker: () => WorkerPort = spawn) {
    this.#base = base;
    this.#spawn = spawnWorker;
  }

  /** Events of the newest run; an earlier run's are not told any more. Returns the way to stop listening. */
  subscribe(listener: (event: AngleEvent) => void): () => void {
    return this.#angles.subscribe(listener);
  }

  /** Starts a run; one that is under way is given up. */
  start(config: AngleRunConfig, backbone: BackboneChoice, trajectories: TrajectoriesChoice): void {
    this.#post({ type: 'run', run: this.#angles.start(), base: this.#base, config, backbone, trajectories });
  }

  pause(job: JobKind = 'angles'): void {
    this.#post({ type: 'pause', job });
  }

  resume(job: JobKind = 'angles'): void {
    this.#post({ type: 'resume', job });
  }

  /** One step of a paused run. */
  step(job: JobKind): void {
    this.#post({ type: 'step', job });
  }

  cancel(job: JobKind = 'angles'): void {
    this.#post({ type: 'cancel', job });
  }

  /** As `subscribe`, for rollouts. */
  subscribeRollouts(listener: (event: RolloutEvent) => void): () => void {
    return this.#rollouts.subscribe(listener);
  }

  /** Starts writing rollouts; those under way are given up, and an angle run is waited for. */
  startRollouts(config: RolloutRunConfig, backbone: BackboneChoice): void {
    this.#post({ type: 'rollouts', run: this.#rollouts.start(), base: this.#base, config, backbone });
  }

  /** As `subscribe`, for training. */
  subscribeSeesaw(listener: (event: SeesawEvent) => void): () => void {
    return this.#seesaw.subscribe(listener);
  }

  /** Starts training; what is trained now is given up, and other runs are waited for. @param goOn from the checkpoints that there are */
  startSeesaw(config: SeesawRunConfig, backbone: BackboneChoice, goOn = false): void {
    this.#post({ type: 'seesaw', run: this.#seesaw.start(), base: this.#base, config, backbone, goOn });
  }

  steer(steer: SeesawSteer): void {
    this.#post({ type: 'steer', steer });
  }

  /** As `subscribe`, for LEAS. */
  subscribeLeas(listener: (event: LeasEvent) => void): () => void {
    return this.#leas.subscribe(listener);
  }

  /** Starts LEAS, its training included; one under way is given up, and other runs are waited for. */
  startLeas(config: LeasRunConfig, backbone: BackboneChoice): void {
    this.#post({ type: 'leas', run: this.#leas.start(), base: this.#base, config, backbone });
  }

  steerLeas(steer: LeasSteer): void {
    this.#post({ type: 'steer-leas', steer });
  }

  /** As `subscribe`, for the check of a model. */
  subscribeModelCheck(listener: (event: ModelCheckEvent) => void): () => void {
    return this.#modelCheck.subscribe(listener);
  }

  /** Starts the check of a backbone; one under way is given up, and other runs are waited for. */
  startModelCheck(config: ModelCheckConfig, backbone: BackboneChoice): void {
    this.#post({ type: 'model-check', run: this.#modelCheck.start(), base: this.#base, config, backbone });
  }

  /** As `subscribe`, for the warm-up of tag tokens. */
  subscribeTagWarmUp(listener: (event: TagWarmUpEvent) => void): () => void {
    return this.#tagWarmUp.subscribe(listener);
  }

  /** Starts a warm-up; one under way is given up, and other runs are waited for. */
  startTagWarmUp(config: TagWarmUpConfig, backbone: BackboneChoice, trajectories: TrajectoriesChoice): void {
    this.#post({ type: 'tag-warm-up', run: this.#tagWarmUp.start(), base: this.#base, config, backbone, trajectories });
  }

  /** Compares the engine with golden cases: the given one, or those that come with the page. Waits for a run to end. */
  check(golden: GoldenFiles | null = null): Promise<CheckResult> {
    return new Promise((resolve) => {
      this.#checks.push(resolve);
      this.#post({ type: 'check', golden });
    });
  }

  /** What the graphics device can do, or why there is none. */
  probe(): Promise<ProbeResult> {
    return new Promise((resolve) => {
      this.#probes.push(resolve);
      this.#post({ type: 'probe' });
    });
  }

  /** Which tags the backbone's tokenizer cuts, and whether they can be tokens. It is loaded for that. */
  tagReports(backbone: BackboneChoice): Promise<TagReportResult> {
    return new Promise((resolve) => {
      this.#question += 1;
      this.#tagReports.push([this.#question, resolve]);
      this.#post({ type: 'tags', question: this.#question, base: this.#base, backbone });
    });
  }

  terminate(): void {
    this.#worker?.terminate();
    this.#worker = null;
    for (const channel of this.#channels) channel.stop();
  }

  #post(command: Command): void {
    if (!this.#worker) {
      const worker = this.#spawn();
      worker.addEventListener('message', (event) => this.#take(event));
      worker.addEventListener('error', (event) => this.#died('message' in event && typeof event.message === 'string' ? event.message : ''));
      worker.addEventListener('messageerror', () => this.#died('an answer could not be read'));
      this.#worker = worker;
    }
    try {
      this.#worker.postMessage(command);
    } catch (error) {
      this.#died(error instanceof Error ? error.message : String(error));
    }
  }

  #take(event: Event): void {
    const message = parseMessage('data' in event ? event.data : undefined);
    switch (message?.type) {
      case 'event':
        this.#angles.take(message);
        break;
      case 'rollout-event':
        this.#rollouts.take(message);
        break;
      case 'seesaw-event':
        this.#seesaw.take(message);
        break;
      case 'leas-event':
        this.#leas.take(message);
        break;
      case 'model-check-event':
        this.#modelCheck.take(message);
        break;
      case 'tag-warm-up-event':
        this.#tagWarmUp.take(message);
        break;
      case 'check':
        this.#checks.shift()?.({ rows: message.rows, device: message.device });
        break;
      case 'check-failed':
        this.#checks.shift()?.({ failure: message.failure });
        break;
      case 'probe':
        this.#probes.shift()?.(message.device ? { device: message.device, failure: null } : { device: null, failure: message.failure ?? LOST });
        break;
      case 'tags': {
        const { question, result } = message;
        for (const [number, resolve] of this.#tagReports) if (number === question) resolve(result);
        this.#tagReports = this.#tagReports.filter(([number]) => number !== question);
        break;
      }
      case undefined:
        this.#died('it sent something that is not of its protocol');
        break;
    }
  }

  #died(reason: string): void {
    const failure = lost(reason);
    const tell = this.#channels.map((channel) => channel.stop());
    this.terminate();
    for (const resolve of this.#checks.splice(0)) resolve({ failure });
    for (const resolve of this.#probes.splice(0)) resolve({ device: null, failure });
    for (const [, resolve] of this.#tagReports.splice(0)) resolve({ failure });
    for (const one of tell) one(failure);
  }

  get #channels() {
    return [this.#angles, this.#rollouts, this.#seesaw, this.#leas, this.#modelCheck, this.#tagWarmUp] as const;
  }
}
