import type { ExperimentCounts } from '../../core/leas/experiment.ts';
import type { LeasEvent, LeasRollout, LeasRunConfig } from '../../lab/leas-events.ts';
import type { SeesawEvent } from '../../lab/seesaw-events.ts';
import type { CountIncrement, LeasReplayEvent } from '../../replay/leas-steps.ts';
import type { LogLine } from '../angle-run.ts';
import type { Origin } from '../run-store.ts';
import { CountsTally, incrementOf } from './counts-tally.ts';
import { IDLE_LEAS } from './run-store.ts';
import type { LeasReady, LeasState, OpenedCounts } from './types.ts';

type Mutable<T> = { -readonly [Key in keyof T]: T[Key] };

/** Of each question, by each writer, so many rollouts are kept to be read; what counts is added up apart. */
const READABLE = 8;
/** Of these the record keeps so many of Base and of the first training seed; of further seeds one, which keeps a record of three below 10 MB. */
const RECORDED = 2;

/** What came at once. */
export interface Counted {
  readonly at: number;
  readonly increments: readonly CountIncrement[];
}

/** What a run, a recording or a file of counts has told so far: outside React. */
export class LeasRun {
  readonly log: LogLine[] = [];
  /** What came when, for the record. */
  readonly counted: Counted[] = [];
  readonly #rollouts = new Map<string, LeasRollout[]>();
  #tally = new CountsTally([], []);
  /** Ids of each set's questions, in order. */
  #ids: readonly (readonly string[])[] = [];
  #final: ExperimentCounts | null = null;
  #state: Mutable<LeasState>;

  constructor(config: LeasRunConfig | null, origin: Origin = { kind: 'live' }) {
    this.#state = config === null ? { ...IDLE_LEAS, origin } : { ...IDLE_LEAS, status: 'loading', config, origin, samples: config.samples, sets: config.sets.map(({ label }) => ({ label, questions: new Map() })) };
  }

  /** Counts in place of a run. */
  static ofCounts(opened: OpenedCounts, counts: ExperimentCounts, origin: Origin = { kind: 'live' }): LeasRun {
    const run = new LeasRun(null, origin);
    run.#final = counts;
    run.#set({
      opened,
      // Without any row that counts nothing is finished: the names of the models are to be told first.
      status: opened.rows === 0 ? 'idle' : 'finished',
      sets: counts.sets.map(({ label, seeds }) => ({ label, questions: new Map(seeds.flatMap(({ questions }) => questions.map(({ question }) => [question, null] as const))) })),
      revision: 1,
    });
    run.#note(0, `${opened.name}: ${opened.rows} rows counted, ${opened.problems.length} left out`);
    for (const note of opened.notes) run.#note(0, note);
    for (const { line, reason } of opened.problems.slice(0, 1000)) run.#note(0, `line ${line} left out: ${reason}`);
    return run;
  }

  snapshot(): LeasState {
    if (this.log.length !== this.#state.logLength) this.#set({ logLength: this.log.length });
    return this.#state;
  }

  counts(): ExperimentCounts {
    return this.#final ?? this.#tally.counts();
  }

  /** Rollouts of one question that can be read, by all writers. */
  rollouts(set: string, question: string): readonly LeasRollout[] {
    return this.#rollouts.get(readKey(set, question)) ?? [];
  }

  /** Some rollouts of every question and writer, for the record. */
  recorded(): readonly LeasRollout[] {
    const first = this.#state.ready?.seeds.at(0)?.seed ?? null;
    return [...this.#rollouts.values()].flat().filter(({ sample, seed }) => sample < (seed === null || seed === first ? RECORDED : 1));
  }

  /** Rollouts that a recording kept. */
  keep(rollouts: readonly LeasRollout[]): void {
    for (const rollout of rollouts) this.#keep(rollout);
    this.#set({ revision: this.#state.revision + 1 });
  }

  apply(event: LeasEvent | LeasReplayEvent): void {
    switch (event.type) {
      case 'phase':
        if (event.fraction === null) this.#note(event.at, `${event.phase}${event.detail === '' ? '' : `: ${event.detail}`}`);
        this.#set({ phase: event.phase, detail: event.detail, fraction: event.fraction, ...(event.phase === 'train' ? {} : { training: null }) });
        break;
      case 'device':
        this.#set({ device: event.device });
        this.#note(event.at, event.device === null ? 'no graphics device: everything runs on the CPU' : `device: ${event.device.description || event.device.vendor}`);
        break;
      case 'training':
        this.#training(event.at, event.event);
        break;
      case 'ready':
        this.#ready(event);
        break;
      case 'rollouts':
        for (const rollout of event.rollouts) this.#keep(rollout);
        this.#add(event.at, event.rollouts.map(incrementOf));
        break;
      case 'increments':
        this.#add(event.at, event.increments);
        break;
      case 'counted':
        this.#final = event.counts;
        this.#set({ revision: this.#state.revision + 1 });
        break;
      case 'progress':
        this.#set({ progress: event });
        break;
      case 'samples':
        this.#set({ samples: event.samples });
        this.#note(event.at, `${event.samples} samples of each question by each model from now on`);
        break;
      case 'store-failed':
        this.#set({ storeFailure: event.failure });
        this.#note(event.at, event.failure.message);
        break;
      case 'paused':
        this.#set({ status: 'paused' });
        this.#note(event.at, 'paused');
        break;
      case 'resumed':
        this.#set({ status: this.#state.revision === 0 ? 'loading' : 'running' });
        this.#note(event.at, 'resumed');
        break;
      case 'cancelled':
        this.#set({ status: 'cancelled', training: null });
        this.#note(event.at, 'cancelled');
        break;
      case 'finished':
        this.#set({ status: 'finished', phase: 'finished', seconds: event.seconds, training: null });
        this.#note(event.at, `finished in ${event.seconds.toFixed(1)} s, ${event.tokens} tokens`);
        break;
      case 'failed':
        this.fail(event.at, event.failure.message, event.failure.remedy);
        break;
    }
  }

  fail(at: number, message: string, remedy: string): void {
    this.#set({ status: 'failed', failure: { message, remedy }, training: null });
    this.#note(at, `failed: ${message}`);
  }

  #ready(event: LeasReady): void {
    this.#tally = new CountsTally(
      event.sets,
      event.seeds.map(({ seed }) => seed),
    );
    this.#ids = event.sets.map(({ questions }) => questions.map(({ id }) => id));
    this.#set({ ready: event, training: null, sets: event.sets.map(({ label, questions }) => ({ label, questions: new Map(questions.map((question) => [question.id, question])) })) });
    this.#note(event.at, `${event.rollouts} rollouts wanted, ${event.kept} of them kept from before; ${event.provider.reason}`);
    for (const note of event.notes) this.#note(event.at, note);
    for (const { line, reason } of event.problems) this.#note(event.at, `line ${line} left out: ${reason}`);
  }

  /** Of the training's own events those that tell how far it is. */
  #training(at: number, event: SeesawEvent): void {
    const before = this.#state.training ?? { done: 0, total: 0, words: '' };
    switch (event.type) {
      case 'run-started':
        this.#set({ training: { ...before, words: `${event.run.arm}, seed ${event.run.seed}${event.step > 0 ? `, from step ${event.step}` : ''}` } });
        this.#note(at, `${event.run.arm}, seed ${event.run.seed}: training ${event.step > 0 ? `goes on from step ${event.step}` : 'begins'}`);
        break;
      case 'step':
        this.#set({ training: { ...before, words: `${event.run.arm}, seed ${event.run.seed}, step ${event.report.step + 1}` } });
        break;
      case 'progress':
        this.#set({ training: { ...before, done: event.done, total: event.total } });
        break;
      case 'recovered':
        this.#note(at, `${event.run.arm}, seed ${event.run.seed}: ${event.reason} It goes on from step ${event.step}.`);
        break;
      case 'run-finished':
        this.#note(at, `${event.run.arm}, seed ${event.run.seed}: trained`);
        break;
      case 'checkpoint-failed':
        this.#note(at, event.failure.message);
        break;
    }
  }

  #add(at: number, increments: readonly CountIncrement[]): void {
    for (const increment of increments) this.#tally.add(increment);
    this.counted.push({ at, increments });
    const { status, revision } = this.#state;
    this.#set({ revision: revision + 1, status: status === 'loading' ? 'running' : status });
  }

  #keep(rollout: LeasRollout): void {
    if (rollout.sample >= READABLE) return;
    const set = this.#state.sets.at(rollout.set);
    const question = this.#ids.at(rollout.set)?.at(rollout.question);
    if (set === undefined || question === undefined) return;
    const key = readKey(set.label, question);
    const list = this.#rollouts.get(key);
    if (list === undefined) this.#rollouts.set(key, [rollout]);
    else list.push(rollout);
  }

  #set(change: Partial<LeasState>): void {
    this.#state = { ...this.#state, ...change };
  }

  #note(at: number, text: string): void {
    this.log.push({ at, text });
  }
}

function readKey(set: string, question: string): string {
  return JSON.stringify([set, question]);
}
