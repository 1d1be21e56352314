import type { ReplayStep } from './replay-events.ts';

export interface PlayOptions {
  /** Times as fast as recorded; Infinity plays everything at once. */
  readonly speed: number;
  /** For tests. */
  readonly now?: () => number;
  readonly schedule?: (run: () => void, milliseconds: number) => () => void;
}

/** A recording that plays; paused, resumed and cancelled as a live run is, telling the same events. */
export interface Playback {
  pause(): void;
  resume(): void;
  cancel(): void;
  /** Tells everything that is left at once. */
  skip(): void;
  /** Resolves when the last event was told, or the playback cancelled. */
  readonly done: Promise<void>;
}

/** Any run's event. */
interface Told {
  readonly type: string;
  readonly at: number;
}

/** What playing adds to the recording. */
type Steered = { readonly type: 'paused' | 'resumed' | 'cancelled'; readonly at: number };

function timeout(run: () => void, milliseconds: number): () => void {
  const timer = setTimeout(run, milliseconds);
  return () => clearTimeout(timer);
}

/** A block replaces the earlier ones of its group, so at once only the last of each group matters. */
function withoutReplaced<Event extends Told>(steps: readonly ReplayStep<Event>[]): ReplayStep<Event>[] {
  const last = new Map(steps.flatMap((step) => (step.group === undefined ? [] : [[step.group, step] as const])));
  const lastProgress = steps.findLast(({ type }) => type === 'progress');
  return steps.filter((step) => (step.group === undefined ? step.type !== 'progress' || step === lastProgress : last.get(step.group) === step));
}

/**
 * Plays a recording at its times. At infinite speed everything is told before this returns; otherwise all comes later.
 * @param steps in order of time (`replaySteps`)
 */
export function play<Event extends Told>(steps: readonly ReplayStep<Event>[], emit: (event: Event | Steered) => void, { speed, now = () => performance.now(), schedule = timeout }: PlayOptions): Playback {
  let next = 0;
  let state: 'playing' | 'paused' | 'over' = 'playing';
  let stop: () => void = () => undefined;
  /** The recording's time that was reached, ms, and when that was. */
  let [reached, since] = [steps[0]?.at ?? 0, now()];
  let finish: () => void = () => undefined;
  const done = new Promise<void>((resolve) => {
    finish = resolve;
  });

  const position = (): number => (state === 'playing' ? reached + (now() - since) * speed : reached);
  const over = (): void => {
    state = 'over';
    stop();
    finish();
  };
  const step = (): void => {
    const at = position();
    while (state === 'playing' && next < steps.length && steps[next].at <= at) emit(steps[next++].make());
    if (state !== 'playing') return;
    if (next === steps.length) over();
    else stop = schedule(step, Math.max(1, (steps[next].at - at) / speed));
  };
  const skip = (): void => {
    if (state === 'over') return;
    const rest = withoutReplaced(steps.slice(next));
    next = steps.length;
    over();
    for (const step of rest) emit(step.make());
  };

  if (speed === Infinity) skip();
  else stop = schedule(step, 0);
  return {
    pause() {
      if (state !== 'playing') return;
      reached = position();
      state = 'paused';
      stop();
      emit({ type: 'paused', at: reached });
    },
    resume() {
      if (state !== 'paused') return;
      since = now();
      state = 'playing';
      emit({ type: 'resumed', at: reached });
      stop = schedule(step, 0);
    },
    cancel() {
      if (state === 'over') return;
      reached = position();
      over();
      emit({ type: 'cancelled', at: reached });
    },
    skip,
    done,
  };
}
