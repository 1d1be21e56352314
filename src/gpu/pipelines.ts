import type { Variant } from './kernel.ts';

export interface Pipeline {
  readonly layout: GPUBindGroupLayout;
  readonly pipeline: GPUComputePipeline;
}

/** Pipelines by their WGSL text, compiled asynchronously, each once. */
export class PipelineCache {
  private readonly ready = new Map<string, Pipeline>();
  private readonly pending = new Map<string, Promise<Pipeline>>();
  private readonly device: GPUDevice;

  constructor(device: GPUDevice) {
    this.device = device;
  }

  /** Compiles what is missing; `report` hears how many are done. */
  async prepare(variants: readonly Variant[], report?: (done: number, total: number) => void): Promise<void> {
    let done = 0;
    await Promise.all(
      variants.map(async (one) => {
        await this.compile(one);
        done += 1;
        report?.(done, variants.length);
      }),
    );
  }

  /** @throws Error when the variant was never prepared: compiling inside a step would stall it. */
  get(one: Variant): Pipeline {
    const pipeline = this.ready.get(one.key);
    if (!pipeline) throw new Error(`Kernel ${one.spec.name} was not prepared.`);
    return pipeline;
  }

  private compile(one: Variant): Promise<Pipeline> {
    const known = this.pending.get(one.key);
    if (known) return known;
    const promise = this.build(one);
    this.pending.set(one.key, promise);
    return promise;
  }

  private async build(one: Variant): Promise<Pipeline> {
    const { spec } = one;
    const module = this.device.createShaderModule({ label: spec.name, code: one.code });
    const layout = this.device.createBindGroupLayout({
      label: spec.name,
      entries: [
        { binding: 0, visibility: 4, buffer: { type: 'uniform', hasDynamicOffset: true } },
        ...Object.values(spec.bindings).map((access, index) => ({
          binding: index + 1,
          visibility: 4,
          buffer: { type: access === 'read' ? ('read-only-storage' as const) : ('storage' as const) },
        })),
      ],
    });
    try {
      const pipeline = await this.device.createComputePipelineAsync({
        label: spec.name,
        layout: this.device.createPipelineLayout({ label: spec.name, bindGroupLayouts: [layout] }),
        compute: { module, entryPoint: spec.entryPoint },
      });
      const built = { layout, pipeline };
      this.ready.set(one.key, built);
      return built;
    } catch (error) {
      const info = await module.getCompilationInfo();
      const details = info.messages.map((message) => `${message.lineNum}:${message.linePos} ${message.message}`).join('\n');
      throw new Error(`Kernel ${spec.name} does not compile: ${details || String(error)}`, { cause: error });
    }
  }
}
