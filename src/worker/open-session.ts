import type { Backbone } from '../backbone/load.ts';
import type { GpuDevice } from '../gpu/device.ts';
import { loadBrowserRuntime } from '../inference/browser-runtime.ts';
import { chooseProvider } from '../inference/choose-provider.ts';
import { createRoutedSession, type OrtRoutedSession, type SessionAdapters } from '../inference/session.ts';
import type { Provider } from '../inference/types.ts';
import type { ProviderReport } from '../lab/rollout-events.ts';

export interface SessionWish {
  readonly wanted: Provider | 'auto';
  /** Null: without a graphics device. */
  readonly gpu: GpuDevice | null;
  /** Rows that will decode together. */
  readonly rows: number;
}

/**
 * A session over a backbone's own files: what the engine reads too, so that a model is downloaded and kept once. The
 * session is the caller's to destroy.
 * @throws BackboneError where no provider can use the model
 */
export async function openSession({ graph, config }: Backbone, adapters: SessionAdapters | null, { wanted, gpu, rows }: SessionWish): Promise<{ readonly session: OrtRoutedSession; readonly report: ProviderReport }> {
  const external = await graph.external();
  const { session, choice } = await chooseProvider({
    wanted,
    device: gpu === null ? 'none' : gpu.capabilities.software ? 'software' : 'hardware',
    rows,
    modelBytes: external.reduce((sum, { blob }) => sum + blob.size, graph.blob.size),
    open: (provider) =>
      createRoutedSession({ graph: graph.blob, external, patches: graph.patches, config, adapters, provider, loadRuntime: loadBrowserRuntime, ...(provider === 'webgpu' && gpu ? { device: gpu.device } : {}) }),
  });
  return { session, report: choice };
}
