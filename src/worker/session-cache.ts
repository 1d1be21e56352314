import type { Backbone } from '../backbone/load.ts';
import type { Provider } from '../inference/types.ts';
import type { OpenedSession } from '../lab/rollout-parts.ts';
import type { WriterAdapters } from '../lab/writer-adapters.ts';
import type { DeviceHolder } from './device.ts';
import type { SessionWish } from './open-session.ts';

interface Held {
  readonly opened: Promise<OpenedSession>;
  /** The device that a WebGPU session lives on. */
  readonly device: GPUDevice | null;
}

/** Opens a session (open-session.ts). */
export type SessionOpener = (backbone: Backbone, adapters: WriterAdapters['stacked'], wish: SessionWish) => Promise<OpenedSession>;

/**
 * The sessions of the last run: the next question to the same backbone, adapters and provider waits for nothing. Others
 * are given up before a new one is made, because a session holds a copy of the backbone; and all of them before a run
 * that computes with the engine, which makes its own.
 */
export class SessionCache {
  readonly #device: Pick<DeviceHolder, 'get'>;
  readonly #open: SessionOpener;
  readonly #held = new Map<string, Held>();
  /** Those of the present run. */
  #used = new Set<string>();

  constructor(device: Pick<DeviceHolder, 'get'>, open: SessionOpener) {
    this.#device = device;
    this.#open = open;
  }

  /** A new run begins: what it does not ask for may go. */
  begin(): void {
    this.#used = new Set();
  }

  async open(backbone: Backbone, adapters: WriterAdapters, wanted: Provider | 'auto', withDevice: boolean, rows: number): Promise<OpenedSession> {
    const gpu = withDevice ? (await this.#device.get()).gpu : null;
    const key = [backbone.sha256, adapters.key, wanted, rows].join(' ');
    this.#used.add(key);
    const held = this.#held.get(key);
    if (held) {
      const opened = await held.opened;
      if (opened.session.provider === 'wasm' || held.device === gpu?.device) return opened;
    }
    await this.#drop([...this.#held.keys()].filter((other) => other === key || !this.#used.has(other)));
    const opened = this.#open(backbone, adapters.stacked, { wanted, gpu, rows });
    this.#held.set(key, { opened, device: gpu?.device ?? null });
    opened.catch(() => this.#held.delete(key));
    return opened;
  }

  /** All go: a run with the engine follows, or one has failed and nobody knows what state they are in. */
  async clear(): Promise<void> {
    await this.#drop([...this.#held.keys()]);
  }

  /** Waits for those on the CPU, whose memory the next run wants; one whose device is gone may never finish going. */
  async #drop(keys: readonly string[]): Promise<void> {
    const going = keys.map(async (key) => {
      const held = this.#held.get(key);
      this.#held.delete(key);
      const opened = await held?.opened.catch(() => undefined);
      const gone = opened?.session.destroy().catch(() => undefined);
      if (opened?.session.provider === 'wasm') await gone;
    });
    await Promise.all(going);
  }
}
