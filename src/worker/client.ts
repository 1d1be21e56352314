import type { AngleEvent, AngleRunConfig, DeviceReport, Failure } from '../lab/events.ts';
import type { LeasEvent, LeasRunConfig, LeasSteer } from '../lab/leas-events.ts';
import type { ModelCheckConfig, ModelCheckEvent } from '../lab/model-check-events.ts';
import type { RolloutEvent, RolloutRunConfig } from '../lab/rollout-events.ts';
import type { SeesawEvent, SeesawRunConfig, SeesawSteer } from '../lab/seesaw-events.ts';
import type { TagWarmUpConfig, TagWarmUpEvent } from '../lab/tag-warm-up-events.ts';
import type { JobKind } from './job-queue.ts';
import { parseMessage } from './messages.ts';
import type { BackboneChoice, CheckRow, Command, GoldenFiles, TrajectoriesChoice } from './protocol.ts';

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

/** Numbers the runs of one kind: what an earlier one still tells is passed over. */
class RunNumber {
  number = 0;
  running = false;
  #startedAt = 0;

  start(): number {
    this.number += 1;
    this.running = true;
    this.#startedAt = performance.now();
    return this.number;
  }

  get elapsed(): number {
    return performance.now() - this.#startedAt;
  }
}

function isLast({ type }: AngleEvent | RolloutEvent | SeesawEvent | LeasEvent | ModelCheckEvent | TagWarmUpEvent): boolean {
  return type === 'finished' || type === 'failed' || type === 'cancelled';
}

/**
 * The laboratory as the page calls it. The worker starts with the first call; when it dies, what was asked of it fails
 * with a sentence, and the next call starts another.
 */
export class LabClient {
  readonly #spawn: () => WorkerPort;
  readonly #base: string;
  readonly #listeners = new Set<(event: AngleEvent) => void>();
  readonly #rolloutListeners = new Set<(event: RolloutEvent) => void>();
  readonly #seesawListeners = new Set<(event: SeesawEvent) => void>();
  readonly #leasListeners = new Set<(event: LeasEvent) => void>();
  readonly #modelCheckListeners = new Set<(event: ModelCheckEvent) => void>();
  readonly #tagWarmUpListeners = new Set<(event: TagWarmUpEvent) => void>();
  #worker: WorkerPort | null = null;
  readonly #angles = new RunNumber();
  readonly #rollouts = new RunNumber();
  readonly #seesaw = new RunNumber();
  readonly #leas = new RunNumber();
  readonly #modelCheck = new RunNumber();
  readonly #tagWarmUp = new RunNumber();
  #checks: ((result: CheckResult) => void)[] = [];
  #probes: ((result: ProbeResult) => void)[] = [];

  /** @param base the page's address, which bundled names are relative to */
  constructor(base: string = document.baseURI, spawnWorker: () => WorkerPort = spawn) {
    this.#base = base;
    this.#spawn = spawnWorker;
  }

  /** Events of the newest run; an earlier run's are not told any more. Returns the way to stop listening. */
  subscribe(listener: (event: AngleEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
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
    this.#rolloutListeners.add(listener);
    return () => this.#rolloutListeners.delete(listener);
  }

  /** Starts writing rollouts; those under way are given up, and an angle run is waited for. */
  startRollouts(config: RolloutRunConfig, backbone: BackboneChoice): void {
    this.#post({ type: 'rollouts', run: this.#rollouts.start(), base: this.#base, config, backbone });
  }

  /** As `subscribe`, for training. */
  subscribeSeesaw(listener: (event: SeesawEvent) => void): () => void {
    this.#seesawListeners.add(listener);
    return () => this.#seesawListeners.delete(listener);
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
    this.#leasListeners.add(listener);
    return () => this.#leasListeners.delete(listener);
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
    this.#modelCheckListeners.add(listener);
    return () => this.#modelCheckListeners.delete(listener);
  }

  /** Starts the check of a backbone; one under way is given up, and other runs are waited for. */
  startModelCheck(config: ModelCheckConfig, backbone: BackboneChoice): void {
    this.#post({ type: 'model-check', run: this.#modelCheck.start(), base: this.#base, config, backbone });
  }

  /** As `subscribe`, for the warm-up of tag tokens. */
  subscribeTagWarmUp(listener: (event: TagWarmUpEvent) => void): () => void {
    this.#tagWarmUpListeners.add(listener);
    return () => this.#tagWarmUpListeners.delete(listener);
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

  terminate(): void {
    this.#worker?.terminate();
    this.#worker = null;
    this.#angles.running = false;
    this.#rollouts.running = false;
    this.#seesaw.running = false;
    this.#leas.running = false;
    this.#modelCheck.running = false;
    this.#tagWarmUp.running = false;
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
        if (message.run === this.#angles.number) this.#tell(message.event);
        break;
      case 'rollout-event':
        if (message.run === this.#rollouts.number) this.#tellRollouts(message.event);
        break;
      case 'seesaw-event':
        if (message.run === this.#seesaw.number) this.#tellSeesaw(message.event);
        break;
      case 'leas-event':
        if (message.run === this.#leas.number) this.#tellLeas(message.event);
        break;
      case 'model-check-event':
        if (message.run === this.#modelCheck.number) this.#tellModelCheck(message.event);
        break;
      case 'tag-warm-up-event':
        if (message.run === this.#tagWarmUp.number) this.#tellTagWarmUp(message.event);
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
      case undefined:
        this.#died('it sent something that is not of its protocol');
        break;
    }
  }

  #tell(event: AngleEvent): void {
    if (isLast(event)) this.#angles.running = false;
    for (const listener of this.#listeners) listener(event);
  }

  #tellRollouts(event: RolloutEvent): void {
    if (isLast(event)) this.#rollouts.running = false;
    for (const listener of this.#rolloutListeners) listener(event);
  }

  #tellSeesaw(event: SeesawEvent): void {
    if (isLast(event)) this.#seesaw.running = false;
    for (const listener of this.#seesawListeners) listener(event);
  }

  #tellLeas(event: LeasEvent): void {
    if (isLast(event)) this.#leas.running = false;
    for (const listener of this.#leasListeners) listener(event);
  }

  #tellModelCheck(event: ModelCheckEvent): void {
    if (isLast(event)) this.#modelCheck.running = false;
    for (const listener of this.#modelCheckListeners) listener(event);
  }

  #tellTagWarmUp(event: TagWarmUpEvent): void {
    if (isLast(event)) this.#tagWarmUp.running = false;
    for (const listener of this.#tagWarmUpListeners) listener(event);
  }

  #died(reason: string): void {
    const failure = lost(reason);
    const [angles, rollouts, seesaw, leas, modelCheck, tagWarmUp] = [this.#angles.running, this.#rollouts.running, this.#seesaw.running, this.#leas.running, this.#modelCheck.running, this.#tagWarmUp.running];
    this.terminate();
    for (const resolve of this.#checks.splice(0)) resolve({ failure });
    for (const resolve of this.#probes.splice(0)) resolve({ device: null, failure });
    if (angles) this.#tell({ type: 'failed', at: this.#angles.elapsed, failure });
    if (rollouts) this.#tellRollouts({ type: 'failed', at: this.#rollouts.elapsed, failure });
    if (seesaw) this.#tellSeesaw({ type: 'failed', at: this.#seesaw.elapsed, failure });
    if (leas) this.#tellLeas({ type: 'failed', at: this.#leas.elapsed, failure });
    if (modelCheck) this.#tellModelCheck({ type: 'failed', at: this.#modelCheck.elapsed, failure });
    if (tagWarmUp) this.#tellTagWarmUp({ type: 'failed', at: this.#tagWarmUp.elapsed, failure });
  }
}
