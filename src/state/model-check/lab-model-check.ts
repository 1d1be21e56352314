import type { LabClient } from '../../worker/client.ts';
import { FrameNotifier } from '../frame-notifier.ts';
import { useSources } from '../sources-store.ts';
import { checkRecord } from './check-record.ts';
import { afterEvent, IDLE_CHECK, useModelCheck } from './check-store.ts';
import type { ModelCheckSession, ModelCheckState } from './types.ts';

export type ModelCheckClient = Pick<LabClient, 'startModelCheck' | 'subscribeModelCheck' | 'pause' | 'resume' | 'cancel'>;

const JOB = 'model-check';
/** The same tokens, adapters and entries each time: two checks of one backbone must agree. */
const SEED = 1;

/** One check at a time; React hears of it through the store, at most ten times a second. */
export class LabModelCheck implements ModelCheckSession {
  readonly #client: ModelCheckClient;
  readonly #notifier = new FrameNotifier(100);
  #state: ModelCheckState = IDLE_CHECK;
  #ended = new Date();

  constructor(client: ModelCheckClient) {
    this.#client = client;
    this.#notifier.subscribe(() => useModelCheck.setState(this.#state));
    client.subscribeModelCheck((event) => {
      this.#state = afterEvent(this.#state, event);
      if (event.type === 'finished' || event.type === 'failed' || event.type === 'cancelled') this.#ended = new Date();
      this.#notifier.notify();
    });
  }

  start(tokens: number): void {
    const { backbone } = useSources.getState();
    const config = { backbone: backbone.name, tokens, seed: SEED };
    this.#state = { ...IDLE_CHECK, status: 'running', config };
    useModelCheck.setState(this.#state);
    this.#client.startModelCheck(config, backbone);
  }

  pause(): void {
    this.#client.pause(JOB);
  }

  resume(): void {
    this.#client.resume(JOB);
  }

  cancel(): void {
    this.#client.cancel(JOB);
  }

  record(): Blob {
    return new Blob([`${JSON.stringify(checkRecord(this.#state, this.#ended), null, 2)}\n`], { type: 'application/json' });
  }
}
