import type { Backbone } from '../backbone/load.ts';
import type { Provider } from '../inference/types.ts';
import type { RunDevice } from './angle-run.ts';
import { DeviceGuard } from './device-guard.ts';
import type { DeviceReport } from './events.ts';
import type { LoadedArms } from './leas-models.ts';
import type { LeasParts } from './leas-parts.ts';
import { LeasSessions } from './leas-writers.ts';
import type { OpenedTrainable } from './learner.ts';
import type { ProviderReport } from './rollout-events.ts';
import type { StackedAdapters } from './run-adapters.ts';

/** The graphics device of a run, where there is one, and the sessions that were opened with it. */
export class LeasBench {
  readonly #parts: Pick<LeasParts, 'openDevice' | 'openSession'>;
  readonly #wanted: Provider | 'auto';
  #device: RunDevice | null = null;
  readonly #guard = new DeviceGuard();
  #sessions: LeasSessions | null = null;
  #report: ProviderReport | null = null;

  constructor(parts: Pick<LeasParts, 'openDevice' | 'openSession'>, wanted: Provider | 'auto') {
    this.#parts = parts;
    this.#wanted = wanted;
  }

  /** Why the device is gone; null while it is there. */
  get lost(): Error | null {
    return this.#guard.lost;
  }

  /** Of the first session, whose provider is everyone's; null before it is open. */
  get report(): ProviderReport | null {
    return this.#report;
  }

  get sessions(): LeasSessions | null {
    return this.#sessions;
  }

  /** Null where there is no device and none is needed. @throws an error with `remedy` where one is */
  async findDevice(): Promise<DeviceReport | null> {
    this.#guard.forget();
    try {
      const device = await this.#parts.openDevice();
      this.#device = device;
      this.#guard.watch(device.fault);
    } catch (error) {
      this.#device = null;
      if (this.#provider === 'webgpu') throw error;
    }
    return this.#device?.report ?? null;
  }

  /** Opens the session of the first training seed, by which the provider is chosen. */
  async open(backbone: Backbone, seeds: ReadonlyMap<number, LoadedArms>): Promise<LeasSessions> {
    const sessions = new LeasSessions(seeds, backbone.config, (adapters) => this.#openSession(backbone, adapters));
    this.#sessions = sessions;
    await sessions.first([...seeds.keys()][0]);
    return sessions;
  }

  close(): void {
    this.#sessions?.close();
    this.#sessions = null;
  }

  /** What rejects when the device is lost: promises on it may never settle. On WebAssembly there is nothing to lose. */
  async guard<Value>(promise: Promise<Value>): Promise<Value> {
    return this.#provider === 'wasm' ? promise : this.#guard.guard(promise);
  }

  get #provider(): Provider | 'auto' {
    return this.#report?.provider ?? this.#wanted;
  }

  async #openSession(backbone: Backbone, adapters: StackedAdapters): Promise<OpenedTrainable> {
    const wanted = this.#provider;
    let opened: OpenedTrainable;
    try {
      opened = await this.guard(this.#parts.openSession(backbone, adapters, wanted, this.#device !== null && this.lost === null));
    } catch (error) {
      // The device was lost while both providers were tried: the other one needs none.
      if (wanted !== 'auto' || this.lost === null) throw error;
      opened = await this.#parts.openSession(backbone, adapters, 'wasm', false);
    }
    this.#report ??= opened.report;
    return opened;
  }
}
