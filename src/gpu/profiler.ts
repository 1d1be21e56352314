/** Time of each dispatch by timestamp queries, summed by kernel; for benchmarks, since a pass a dispatch costs time. */

export interface KernelTime {
  calls: number;
  ms: number;
  /** Floating-point operations as estimated by the dispatches. */
  flops: number;
}

const QUERIES = 512;

export class Profiler {
  readonly times = new Map<string, KernelTime>();
  private readonly device: GPUDevice;
  private readonly queries: GPUQuerySet;
  private readonly resolved: GPUBuffer;
  private pending: { name: string; flops: number }[] = [];
  private readonly reads: Promise<void>[] = [];

  constructor(device: GPUDevice) {
    this.device = device;
    this.queries = device.createQuerySet({ label: 'profiler', type: 'timestamp', count: QUERIES });
    this.resolved = device.createBuffer({ label: 'profiler', size: QUERIES * 8, usage: 0x200 | 0x04 }); // QUERY_RESOLVE | COPY_SRC
  }

  /** Where the next dispatch's pass writes its begin and end. A submit holds at most QUERIES / 2 dispatches. */
  next(name: string, flops: number): GPUComputePassTimestampWrites {
    const index = this.pending.length * 2;
    this.pending.push({ name, flops });
    return { querySet: this.queries, beginningOfPassWriteIndex: index, endOfPassWriteIndex: index + 1 };
  }

  /** Called with the encoder about to be submitted; returns what to call right after the submit. */
  resolve(encoder: GPUCommandEncoder): () => void {
    const entries = this.pending;
    this.pending = [];
    if (entries.length === 0) return () => undefined;
    const size = entries.length * 16;
    const staging = this.device.createBuffer({ label: 'profiler read back', size, usage: 0x01 | 0x08 }); // MAP_READ | COPY_DST
    encoder.resolveQuerySet(this.queries, 0, entries.length * 2, this.resolved, 0);
    encoder.copyBufferToBuffer(this.resolved, 0, staging, 0, size);
    return () => {
      this.reads.push(
        staging.mapAsync(0x01).then(() => {
          const stamps = new BigUint64Array(staging.getMappedRange().slice(0));
          staging.destroy();
          entries.forEach(({ name, flops }, index) => this.count(name, flops, Number(stamps[index * 2 + 1] - stamps[index * 2]) / 1e6));
        }),
      );
    };
  }

  async finish(): Promise<void> {
    await Promise.all(this.reads.splice(0));
  }

  private count(name: string, flops: number, ms: number): void {
    const entry = this.times.get(name) ?? { calls: 0, ms: 0, flops: 0 };
    entry.calls += 1;
    entry.ms += ms;
    entry.flops += flops;
    this.times.set(name, entry);
  }
}
