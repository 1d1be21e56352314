import { Checkpoint, nextTask } from './checkpoint.ts';
import { DeviceGuard } from './device-guard.ts';
import type { Failure } from './events.ts';
import { toFailure } from './failure.ts';
import type { RunControl } from './run-control.ts';

/** Phases that count (passages, forwards, kernels) are told at most this often where nothing else is given. */
const PHASE_MS = 100;

/** What every job tells besides its own events. `at` is milliseconds since it began. */
export type JobEvent =
  | { readonly type: 'paused'; readonly at: number }
  | { readonly type: 'resumed'; readonly at: number }
  | { readonly type: 'cancelled'; readonly at: number }
  | { readonly type: 'failed'; readonly at: number; readonly failure: Failure };

/** A named part of a job. `fraction` in [0, 1] where it counts. */
export interface JobPhase<Phase extends string> {
  readonly type: 'phase';
  readonly at: number;
  readonly phase: Phase;
  readonly detail: string;
  readonly fraction: number | null;
}

export interface JobFrameOptions<Phase extends string> {
  readonly control: RunControl;
  readonly emit: (event: JobEvent) => void;
  readonly tellPhase: (phase: JobPhase<Phase>) => void;
  readonly parts: {
    /** Milliseconds; `performance.now` where nothing else is given. */
    readonly now?: () => number;
    /** Lets messages in; a turn of the event loop where nothing else is given. */
    readonly breathe?: () => Promise<void>;
  };
  /** As in `CheckpointOptions`. */
  readonly coarse?: boolean;
  /** Milliseconds between two counts of a phase. Default: 100. */
  readonly countedMs?: number;
}

/** What every job has: its clock, its checkpoints, its phases, and an eye on the graphics device. */
export class JobFrame<Phase extends string> {
  /** Milliseconds, from wherever. */
  readonly now: () => number;
  readonly checkpoints: Checkpoint;
  readonly device = new DeviceGuard();
  readonly #start: number;
  readonly #tellPhase: (phase: JobPhase<Phase>) => void;
  readonly #countedMs: number;
  #lastCounted = Number.NEGATIVE_INFINITY;

  constructor({ control, emit, tellPhase, parts, coarse = false, countedMs = PHASE_MS }: JobFrameOptions<Phase>) {
    this.now = parts.now ?? (() => performance.now());
    this.#start = this.now();
    this.#tellPhase = tellPhase;
    this.#countedMs = countedMs;
    this.checkpoints = new Checkpoint({
      control,
      coarse,
      breathe: parts.breathe ?? nextTask,
      now: () => this.elapsed(),
      onPaused: () => emit({ type: 'paused', at: this.elapsed() }),
      onResumed: () => emit({ type: 'resumed', at: this.elapsed() }),
    });
  }

  /** Milliseconds since the start. */
  elapsed(): number {
    return this.now() - this.#start;
  }

  /** Milliseconds since the start without pauses. */
  active(): number {
    return this.elapsed() - this.checkpoints.pausedMs;
  }

  phase(phase: Phase, detail: string, fraction: number | null = null): void {
    this.#tellPhase({ type: 'phase', at: this.elapsed(), phase, detail, fraction });
  }

  /** A phase that counts: told now and then, and at its end (fraction 1). */
  counted(phase: Phase, detail: string, fraction: number | null): void {
    const now = this.now();
    if (now - this.#lastCounted < this.#countedMs && fraction !== 1) return;
    this.#lastCounted = now;
    this.phase(phase, detail, fraction);
  }

  /** As `DeviceGuard.guard`. */
  guard<Value>(promise: Promise<Value>): Promise<Value> {
    return this.device.guard(promise);
  }
}

/** A run from its start to its last event. */
export interface Job<Event> {
  readonly frame: { elapsed(): number };
  /** @returns the last event, which `runJob` tells @throws Cancelled, or what ended the run */
  run(): Promise<Event>;
  /** Tells and keeps what a run that ends early has; never throws. */
  keep?(): Promise<void> | void;
  /** Gives back what the run holds. */
  release?(): void;
}

/** Runs a job to its last event. It never throws: a failure is an event, and whatever was told before stands. */
export async function runJob<Event>(control: RunControl, emit: (event: Event | JobEvent) => void, make: (emit: (event: Event | JobEvent) => void) => Job<Event>): Promise<void> {
  // What a lost device leaves unfinished may still answer: after its end a run tells nothing.
  let over = false;
  const job = make((event) => {
    if (!over) emit(event);
  });
  let last: Event | JobEvent;
  try {
    last = await job.run();
  } catch (error) {
    await job.keep?.();
    // Whatever a cancelled run stumbles over (an aborted search, say) is the cancelling itself.
    last = control.cancelled ? { type: 'cancelled', at: job.frame.elapsed() } : { type: 'failed', at: job.frame.elapsed(), failure: toFailure(error) };
  }
  job.release?.();
  emit(last);
  over = true;
}
