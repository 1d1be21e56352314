import type { BufferView } from './buffers.ts';
import type { Variant } from './kernel.ts';
import type { PipelineCache } from './pipelines.ts';
import type { Profiler } from './profiler.ts';

/** Parameter blocks of one submit stand in one uniform buffer, at dynamic offsets of this alignment. */
const SLOT = 256;
const SLOTS = 256;

/** A submit aims at this many milliseconds: far under the 2 s after which drivers reset a device. */
const TARGET_MS = 150;
/** Work in one submit before anything has been measured, in floating-point operations: half a second at 1 GFLOP/s. */
export const FIRST_BUDGET = 5e8;
/** The least that one dispatch may be, whatever was measured: smaller ones would be all overhead. */
const LEAST_LIMIT = 1e8;

export interface Dispatch<Binding extends string, Param extends string> {
  readonly bind: Readonly<Record<Binding, BufferView>>;
  readonly params: Readonly<Record<Param, number>>;
  readonly workgroups: readonly [number, number?, number?];
  /** Estimate, for splitting the work into bounded submits. */
  readonly flops?: number;
}

/**
 * Collects dispatches into submits of bounded duration. Work runs in the order recorded. `settle` waits until at most
 * one submit is under way, so that progress is real and a pause is quick; `finish` waits for all.
 */
export class Recorder {
  private readonly device: GPUDevice;
  private readonly pipelines: PipelineCache;
  private readonly uniforms: GPUBuffer;
  private readonly staging = new ArrayBuffer(SLOT * SLOTS);
  private readonly u32 = new Uint32Array(this.staging);
  private readonly f32 = new Float32Array(this.staging);
  private encoder: GPUCommandEncoder | null = null;
  private pass: GPUComputePassEncoder | null = null;
  private used = 0;
  private flops = 0;
  private budget = FIRST_BUDGET;
  private readonly underWay: Promise<void>[] = [];
  private failure: Error | null = null;
  private lastDone = 0;
  private readonly fixedLimit: number | null;
  /** Floating-point operations submitted so far, as dispatches estimate them. */
  totalFlops = 0;
  /** The longest submit so far, ms: from its start, or the end of the one before, to the news of its end. */
  longestMs = 0;
  /** Looked at between submits while work is waited for, so that a batch of minutes can be given up within one. */
  signal: AbortSignal | null = null;
  /** Set to time every dispatch (profiler.ts). */
  profiler: Profiler | null = null;

  /** @param dispatchLimit instead of what the device teaches (tests) */
  constructor(device: GPUDevice, pipelines: PipelineCache, dispatchLimit: number | null = null) {
    this.device = device;
    this.pipelines = pipelines;
    this.fixedLimit = dispatchLimit;
    this.uniforms = device.createBuffer({ label: 'parameters', size: SLOT * SLOTS, usage: 0x40 | 0x08 }); // UNIFORM | COPY_DST
  }

  /**
   * Most work that one dispatch should be, in floating-point operations: a submit holds at least one, so that a larger
   * one would outlast the budget whatever the recorder does. Kernels cut what exceeds it by rows or tiles of their
   * output, which changes no bit of the result, so that the limit may follow what was measured.
   */
  get dispatchLimit(): number {
    return this.fixedLimit ?? Math.max(LEAST_LIMIT, this.budget);
  }

  dispatch<Binding extends string, Param extends string>(
    kernel: Variant<Binding, Param>,
    { bind, params, workgroups, flops = 0 }: Dispatch<Binding, Param>,
  ): void {
    const [x, y = 1, z = 1] = workgroups;
    if (x === 0 || y === 0 || z === 0) return;
    if (this.used === SLOTS || (this.flops > 0 && this.flops + flops > this.budget)) this.submit();
    const { pipeline, layout } = this.pipelines.get(kernel);
    const names = Object.keys(kernel.spec.bindings) as Binding[];
    const group = this.device.createBindGroup({
      label: kernel.spec.name,
      layout,
      entries: [
        { binding: 0, resource: { buffer: this.uniforms, offset: 0, size: SLOT } },
        ...names.map((name, index) => ({ binding: index + 1, resource: bind[name] })),
      ],
    });
    this.writeParams(kernel, params);
    const pass = this.openPass(this.profiler?.next(kernel.spec.name, flops));
    pass.setPipeline(pipeline);
    pass.setBindGroup(0, group, [this.used * SLOT]);
    pass.dispatchWorkgroups(x, y, z);
    this.used += 1;
    this.flops += flops;
  }

  clear(view: BufferView, size = view.size): void {
    this.encoderOutsidePass().clearBuffer(view.buffer, view.offset, Math.ceil(size / 4) * 4);
  }

  copy(from: BufferView, fromOffset: number, to: BufferView, toOffset: number, size: number): void {
    this.encoderOutsidePass().copyBufferToBuffer(from.buffer, from.offset + fromOffset, to.buffer, to.offset + toOffset, size);
  }

  submit(): void {
    this.endPass();
    if (!this.encoder) return;
    if (this.used > 0) this.device.queue.writeBuffer(this.uniforms, 0, this.staging, 0, this.used * SLOT);
    const started = performance.now();
    const { flops } = this;
    this.totalFlops += flops;
    const afterSubmit = this.profiler?.resolve(this.encoder);
    this.device.queue.submit([this.encoder.finish()]);
    afterSubmit?.();
    this.underWay.push(
      this.device.queue.onSubmittedWorkDone().then(
        () => this.learn(flops, started),
        (error: unknown) => {
          this.failure ??= error instanceof Error ? error : new Error(String(error));
        },
      ),
    );
    this.encoder = null;
    this.used = 0;
    this.flops = 0;
  }

  /** Drops what is recorded and not yet submitted: after an error its buffers may be gone. */
  discard(): void {
    this.endPass();
    this.encoder = null;
    this.used = 0;
    this.flops = 0;
  }

  /** @throws the reason of `signal` once it is aborted: what is submitted runs to its end, nothing follows it */
  async settle(): Promise<void> {
    while (this.underWay.length > 1) {
      this.signal?.throwIfAborted();
      await this.underWay.shift();
    }
    this.signal?.throwIfAborted();
    if (this.failure) throw this.failure;
  }

  async finish(): Promise<void> {
    this.submit();
    await Promise.all(this.underWay.splice(0));
    if (this.failure) throw this.failure;
  }

  destroy(): void {
    this.uniforms.destroy();
  }

  /**
   * Adapts the budget to what this device did in TARGET_MS; the span between two completions is the work's own time. Of
   * submits that waited behind others the news may come at once, and says nothing then. The budget grows at most fourfold
   * at a time, so that one wrong measurement cannot make a submit that outlasts the watchdog.
   */
  private learn(flops: number, started: number): void {
    const now = performance.now();
    const waited = started < this.lastDone;
    const elapsed = now - Math.max(started, this.lastDone);
    this.lastDone = now;
    this.longestMs = Math.max(this.longestMs, elapsed);
    if (flops < this.budget / 4 || (waited && elapsed < 1)) return;
    const learnt = (this.budget + (flops * TARGET_MS) / Math.max(elapsed, 1)) / 2;
    this.budget = Math.min(Math.max(Math.min(learnt, 4 * this.budget), 1e7), 1e12);
  }

  private writeParams<Param extends string>(kernel: Variant<string, Param>, params: Readonly<Record<Param, number>>): void {
    let word = (this.used * SLOT) / 4;
    for (const [name, type] of Object.entries(kernel.spec.params) as [Param, 'u32' | 'f32'][]) {
      if (type === 'u32') this.u32[word] = params[name];
      else this.f32[word] = params[name];
      word += 1;
    }
  }

  private openPass(timestampWrites: GPUComputePassTimestampWrites | undefined): GPUComputePassEncoder {
    this.encoder ??= this.device.createCommandEncoder({ label: 'step' });
    if (timestampWrites) {
      this.endPass();
      this.pass = this.encoder.beginComputePass({ label: 'timed', timestampWrites });
    }
    this.pass ??= this.encoder.beginComputePass({ label: 'step' });
    return this.pass;
  }

  private endPass(): void {
    this.pass?.end();
    this.pass = null;
  }

  private encoderOutsidePass(): GPUCommandEncoder {
    this.endPass();
    this.encoder ??= this.device.createCommandEncoder({ label: 'step' });
    return this.encoder;
  }
}
