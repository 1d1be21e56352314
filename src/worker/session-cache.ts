import type { Backbone } from '../backbone/load.ts';
import { loadBrowserRuntime } from '../inference/browser-runtime.ts';
import { chooseProvider } from '../inference/choose-provider.ts';
import { createRoutedSession } from '../inference/session.ts';
import type { Provider } from '../inference/types.ts';
import type { OpenedSession } from '../lab/rollout-parts.ts';
import type { WriterAdapters } from '../lab/writer-adapters.ts';
import type { DeviceHolder } from './device.ts';

interface Held {
  readonly opened: Promise<OpenedSession>;
  /** The device that a WebGPU session lives on. */
  readonly device: GPUDevice | null;
}

/**
 * The sessions of the last run: the next question to the same backbone, adapters and provider waits for nothing. Others
 * are given up before a new one is made, because a session holds a copy of the backbone.
 */
export class SessionCache {
  readonly #device: DeviceHolder;
  readonly #held = new Map<string, Held>();
  /** Those of the present run. */
  #used = new Set<string>();

  constructor(device: DeviceHolder) {
    this.#device = device;
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
    for (const other of [...this.#held.keys()]) if (other === key || !this.#used.has(other)) this.#drop(other);
    const opened = this.#create(backbone, adapters, wanted, gpu, rows);
    this.#held.set(key, { opened, device: gpu?.device ?? null });
    opened.catch(() => this.#held.delete(key));
    return opened;
  }

  /** After a failure nobody knows what state they are in. */
  clear(): void {
    for (const key of [...this.#held.keys()]) this.#drop(key);
  }

  async #create(backbone: Backbone, adapters: WriterAdapters, wanted: Provider | 'auto', gpu: Awaited<ReturnType<DeviceHolder['get']>>['gpu'] | null, rows: number): Promise<OpenedSession> {
    const { graph, config } = backbone;
    const external = await graph.external();
    const { session, choice } = await chooseProvider({
      wanted,
      device: gpu === null ? 'none' : gpu.capabilities.software ? 'software' : 'hardware',
      rows,
      open: (provider) =>
        createRoutedSession({ graph: graph.blob, external, patches: graph.patches, config, adapters: adapters.stacked, provider, loadRuntime: loadBrowserRuntime, ...(provider === 'webgpu' && gpu ? { device: gpu.device } : {}) }),
    });
    return { session, report: choice };
  }

  #drop(key: string): void {
    const held = this.#held.get(key);
    this.#held.delete(key);
    // A session whose device is gone may never finish going; nobody waits for it.
    held?.opened.then(({ session }) => session.destroy()).catch(() => undefined);
  }
}
