import type { Backbone } from '../backbone/load.ts';
import { createDecoder, type Decoder } from '../engine/decoder.ts';
import { requestDevice, type GpuDevice } from '../gpu/device.ts';
import type { Layouts } from '../gpu/kernels/tiles.ts';
import { tunedLayouts } from '../gpu/kernels/tune.ts';
import { PipelineCache } from '../gpu/pipelines.ts';
import type { DeviceReport } from '../lab/events.ts';
import { DeviceLostError } from '../lab/failure.ts';
import type { StackedAdapters } from '../lab/run-adapters.ts';
import type { TrainingDevice } from '../lab/seesaw-parts.ts';

interface HeldDevice {
  readonly gpu: GpuDevice;
  readonly pipelines: PipelineCache;
  /** Timed on first use only: a mere probe of the device compiles nothing. */
  readonly layouts: () => Promise<Layouts>;
  /** Told of the loss, or of an error that no call of ours caught (validation, memory). */
  readonly listeners: Set<(error: Error) => void>;
}

/**
 * The worker's one graphics device, asked for when first needed and again after a loss. Pipelines stay with it: the
 * second run compiles nothing.
 */
export class DeviceHolder {
  #held: Promise<HeldDevice> | null = null;

  /** @throws DeviceError */
  async get(): Promise<HeldDevice> {
    this.#held ??= this.#open().catch((error: unknown) => {
      this.#held = null;
      throw error;
    });
    return this.#held;
  }

  async report(): Promise<DeviceReport> {
    return (await this.get()).gpu.description;
  }

  async #open(): Promise<HeldDevice> {
    const gpu = await requestDevice();
    const listeners = new Set<(error: Error) => void>();
    const tell = (error: Error): void => listeners.forEach((listener) => listener(error));
    void gpu.device.lost.then(({ reason, message }) => {
      this.#held = null;
      if (reason !== 'destroyed') tell(new DeviceLostError(message));
    });
    gpu.device.addEventListener('uncapturederror', ({ error }) => tell(new Error(error instanceof GPUOutOfMemoryError ? `GPU out of memory: ${error.message}` : error.message)));
    const pipelines = new PipelineCache(gpu.device);
    let tuned: Promise<Layouts> | null = null;
    return { gpu, pipelines, layouts: () => (tuned ??= tunedLayouts(gpu, pipelines)), listeners };
  }

  /** The device as a run takes it. @throws DeviceError */
  async forRun(): Promise<TrainingDevice> {
    const { gpu, pipelines, layouts, listeners } = await this.get();
    const fault = new Promise<Error>((resolve) => {
      listeners.clear();
      listeners.add(resolve);
    });
    return {
      report: gpu.description,
      fault,
      createDecoder: async (backbone: Backbone, adapters: StackedAdapters | null, onCompiled): Promise<Decoder> =>
        createDecoder(gpu, backbone.weights, { pipelines, layouts: await layouts(), onCompiled, ...(adapters ? { adapters } : {}) }),
    };
  }
}
