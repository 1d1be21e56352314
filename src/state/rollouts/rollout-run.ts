import type { Rollout } from '../../agent/types.ts';
import type { RolloutEvent, RolloutRunConfig } from '../../lab/rollout-events.ts';
import type { LogLine } from '../angle-run.ts';
import { GrowingView } from './rollout-view.ts';
import { IDLE_ROLLOUTS } from './run-store.ts';
import type { RolloutState, RolloutView } from './types.ts';

/** What a run has told so far: append-only, outside React. */
export class RolloutRun {
  readonly log: LogLine[] = [];
  readonly finished: Rollout[] = [];
  readonly #views = new Map<string, GrowingView>();
  #state: RolloutState;
  #viewList: readonly RolloutView[] = [];

  constructor(kind: RolloutState['kind'], config: RolloutRunConfig | null) {
    this.#state = config === null ? IDLE_ROLLOUTS : { ...IDLE_ROLLOUTS, status: 'loading', kind, config };
  }

  /** Everything that React sees; `finished` is renewed when it has grown. */
  snapshot(): RolloutState {
    const { finished, log } = this;
    if (finished.length !== this.#state.finished.length) this.#state = { ...this.#state, finished: [...finished] };
    if (log.length !== this.#state.logLength) this.#state = { ...this.#state, logLength: log.length };
    return this.#state;
  }

  views(): readonly RolloutView[] {
    if (this.#viewList.length !== this.#views.size) this.#viewList = [...this.#views.values()];
    return this.#viewList;
  }

  view(id: string): RolloutView | null {
    return this.#views.get(id) ?? null;
  }

  apply(event: RolloutEvent): void {
    switch (event.type) {
      case 'phase':
        if (event.fraction === null || event.phase !== this.#state.phase) this.#note(event.at, `${event.phase}${event.detail === '' ? '' : `: ${event.detail}`}`);
        this.#set({ phase: event.phase, detail: event.detail, fraction: event.fraction, status: this.#statusIn(event.phase) });
        break;
      case 'device':
        this.#set({ device: event.device });
        this.#note(event.at, event.device ? `device: ${event.device.description || event.device.vendor}` : 'no graphics device');
        break;
      case 'ready':
        this.#set({ ready: event });
        for (const rollout of event.streamed) this.#views.set(rollout.id, new GrowingView(rollout));
        this.#note(event.at, `${event.rollouts} rollouts of ${event.questions} questions; ${event.provider.reason}`);
        for (const note of event.notes) this.#note(event.at, note);
        for (const { line, reason } of event.problems) this.#note(event.at, `line ${line} left out: ${reason}`);
        break;
      case 'tokens':
        for (const token of event.tokens) this.#views.get(token.rollout)?.add(token);
        this.#grown();
        break;
      case 'search':
        this.#views.get(event.rollout)?.search(event.call, event.answered);
        if (event.answered && event.call.failure !== null) this.#note(event.at, `${event.rollout}: ${event.call.failure}`);
        this.#grown();
        break;
      case 'rollout': {
        const { rollout } = event;
        const view = this.#views.get(rollout.id) ?? new GrowingView(rollout);
        view.finish(rollout);
        this.#views.set(rollout.id, view);
        this.finished.push(rollout);
        this.#grown();
        break;
      }
      case 'progress':
        this.#set({ progress: event });
        break;
      case 'parity':
        this.#set({ parity: event });
        this.#note(event.at, `parity: ${event.tokens} tokens of ${event.rollouts} rollouts, at most ${event.maxDifference.toExponential(2)} nats apart`);
        break;
      case 'no-parity':
        this.#set({ noParity: event.reason });
        this.#note(event.at, `no parity: ${event.reason}`);
        break;
      case 'paused':
        this.#set({ status: 'paused' });
        this.#note(event.at, 'paused');
        break;
      case 'resumed':
        this.#set({ status: this.#state.phase === 'generate' || this.#state.phase === 'parity' ? 'running' : 'loading' });
        this.#note(event.at, 'resumed');
        break;
      case 'cancelled':
        this.#set({ status: 'cancelled' });
        this.#note(event.at, 'cancelled');
        break;
      case 'finished':
        this.#set({ status: 'finished', phase: 'finished', seconds: event.seconds });
        this.#note(event.at, `finished in ${event.seconds.toFixed(1)} s, ${event.tokens} tokens`);
        break;
      case 'failed':
        this.#set({ status: 'failed', failure: event.failure });
        this.#note(event.at, `failed: ${event.failure.message}`);
        break;
    }
  }

  /** A phase that begins while single steps are done belongs to the pause. */
  #statusIn(phase: RolloutState['phase']): RolloutState['status'] {
    if (this.#state.status === 'paused') return 'paused';
    return phase === 'generate' || phase === 'parity' || phase === 'finished' ? 'running' : 'loading';
  }

  #set(change: Partial<RolloutState>): void {
    this.#state = { ...this.#state, ...change };
  }

  #grown(): void {
    this.#set({ revision: this.#state.revision + 1 });
  }

  #note(at: number, text: string): void {
    this.log.push({ at, text });
  }
}
