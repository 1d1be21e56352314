/** GPU memory with its bytes counted, and an arena that a step takes its scratch from. */

const STORAGE = 0x80 | 0x04 | 0x08; // STORAGE | COPY_SRC | COPY_DST

/** A buffer, or a part of one, as a kernel binds it. Offsets are bytes and multiples of 256. */
export interface BufferView {
  readonly buffer: GPUBuffer;
  readonly offset: number;
  readonly size: number;
}

/** What no buffer, or no binding of one, can hold on this adapter; the message has the numbers. */
export class TooLarge extends RangeError {
  /** Bytes that are missing, and the limit of the device that is short of them. */
  readonly missing: number;
  readonly limit: 'maxStorageBufferBindingSize' | 'maxBufferSize';

  constructor(label: string, bytes: number, allowed: number, limit: TooLarge['limit']) {
    super(`${label} needs ${bytes} bytes in one binding; this adapter allows ${allowed} (${limit}), ${bytes - allowed} too few.`);
    this.missing = bytes - allowed;
    this.limit = limit;
  }
}

/** Makes buffers, or parts of one. */
export interface BufferMaker {
  create(label: string, size: number): BufferView;
}

/**
 * Dawn, the WebGPU of Chromium, takes a power of two for each buffer of up to these bytes, 4 MiB for a projection of
 * 2.1 MiB, and keeps what it has taken; a larger one takes what it needs and gives it back.
 */
const SMALL_BYTES = 4 * 2 ** 20;
/** Of a binding's offset. */
const ALIGNMENT = 256;

export class GpuMemory {
  bytes = 0;
  peakBytes = 0;

  readonly device: GPUDevice;
  /** Largest buffer that can be bound whole, bytes. */
  readonly maxBinding: number;
  private readonly limit: TooLarge['limit'];

  constructor(device: GPUDevice) {
    const { maxStorageBufferBindingSize, maxBufferSize } = device.limits;
    this.device = device;
    this.maxBinding = Math.min(maxStorageBufferBindingSize, maxBufferSize);
    this.limit = maxBufferSize < maxStorageBufferBindingSize ? 'maxBufferSize' : 'maxStorageBufferBindingSize';
  }

  /**
   * A storage buffer of at least `size` bytes (rounded up to 16).
   * @throws TooLarge naming the size and the limit when no binding can hold it.
   */
  create(label: string, size: number): BufferView {
    const rounded = Math.max(16, Math.ceil(size / 16) * 16);
    if (rounded > this.maxBinding) {
      throw new TooLarge(label, rounded, this.maxBinding, this.limit);
    }
    const buffer = this.device.createBuffer({ label, size: rounded, usage: STORAGE });
    this.bytes += rounded;
    this.peakBytes = Math.max(this.peakBytes, this.bytes);
    return { buffer, offset: 0, size: rounded };
  }

  /**
   * Small buffers that kernels only read and that end together, as parts of one; larger ones stay buffers of their own.
   * @param sizes of all that will be asked for, bytes, in any order
   */
  pack(label: string, sizes: readonly number[]): BufferMaker {
    const padded = (size: number): number => Math.max(1, Math.ceil(size / ALIGNMENT)) * ALIGNMENT;
    const total = sizes.filter((size) => size <= SMALL_BYTES).reduce((sum, size) => sum + padded(size), 0);
    if (total === 0 || total > this.maxBinding) return this;
    const buffer = this.device.createBuffer({ label, size: total, usage: STORAGE });
    let used = 0;
    return {
      create: (part, size) => {
        if (size > SMALL_BYTES || used + padded(size) > total) return this.create(part, size);
        const view = { buffer, offset: used, size: Math.max(16, Math.ceil(size / 16) * 16) };
        used += padded(size);
        this.bytes += view.size;
        this.peakBytes = Math.max(this.peakBytes, this.bytes);
        return view;
      },
    };
  }

  upload(label: string, data: ArrayBufferView<ArrayBuffer>, maker: BufferMaker = this): BufferView {
    const view = maker.create(label, data.byteLength);
    this.write(view, data);
    return view;
  }

  /** Writes `data` at the start of the view; lengths that are no multiple of 4 are padded with zeros. */
  write(view: BufferView, data: ArrayBufferView<ArrayBuffer>): void {
    const whole = data.byteLength - (data.byteLength % 4);
    if (whole > 0) this.device.queue.writeBuffer(view.buffer, view.offset, data.buffer, data.byteOffset, whole);
    if (whole < data.byteLength) {
      const rest = new Uint8Array(4);
      rest.set(new Uint8Array(data.buffer, data.byteOffset + whole, data.byteLength - whole));
      this.device.queue.writeBuffer(view.buffer, view.offset + whole, rest);
    }
  }

  destroy(view: BufferView): void {
    view.buffer.destroy();
    this.bytes -= view.size;
  }

  /** Copies `size` bytes of a view to the CPU; the only way data comes back. */
  async read(view: BufferView, size = view.size): Promise<ArrayBuffer> {
    const rounded = Math.ceil(size / 4) * 4;
    const staging = this.device.createBuffer({ label: 'read back', size: rounded, usage: 0x01 | 0x08 }); // MAP_READ | COPY_DST
    try {
      const encoder = this.device.createCommandEncoder({ label: 'read back' });
      encoder.copyBufferToBuffer(view.buffer, view.offset, staging, 0, rounded);
      this.device.queue.submit([encoder.finish()]);
      await staging.mapAsync(0x01); // READ
      return staging.getMappedRange().slice(0, size);
    } finally {
      staging.destroy();
    }
  }
}

/** Bytes of buffers of other sizes than the present step's that may lie idle before the oldest are given up. */
const IDLE = 128 * 2 ** 20;

/**
 * Scratch of one step. `take` hands out buffers of size classes (powers of √2 of 4 KiB; above 1 MiB eighths of a power of
 * 2, so that at most an eighth is wasted), `release` gives one back early, `reset` and `releaseAllBut` end the step and
 * give all back. Steps of equal sizes allocate once. Where sizes differ from step to step, what a step leaves idle is
 * freed before more than IDLE bytes beyond the largest step so far would be held.
 */
export class BufferArena {
  private readonly free = new Map<number, BufferView[]>();
  private readonly taken = new Set<BufferView>();
  /** The step that used a buffer last; those unused for longest first. */
  private readonly lastUse = new Map<BufferView, number>();
  private readonly memory: GpuMemory;
  private readonly beforeDestroy: () => void;
  private step = 0;
  private bytes = 0;
  private stepBytes = 0;
  private largestStep = 0;

  /** @param beforeDestroy submits what is recorded: it may use a buffer that is about to be freed */
  constructor(memory: GpuMemory, beforeDestroy: () => void = () => undefined) {
    this.memory = memory;
    this.beforeDestroy = beforeDestroy;
  }

  take(label: string, size: number): BufferView {
    const rounded = Math.min(sizeClass(size), Math.max(size, this.memory.maxBinding - (this.memory.maxBinding % 16)));
    const view = this.free.get(rounded)?.pop() ?? this.create(label, rounded);
    this.taken.add(view);
    if (this.lastUse.get(view) !== this.step) {
      this.lastUse.delete(view);
      this.lastUse.set(view, this.step);
      this.stepBytes += view.size;
    }
    return view;
  }

  floats(label: string, count: number): BufferView {
    return this.take(label, count * 4);
  }

  release(...views: readonly BufferView[]): void {
    for (const view of views) {
      if (!this.taken.delete(view)) throw new Error(`${view.buffer.label} was released twice.`);
      const list = this.free.get(view.size) ?? [];
      list.push(view);
      this.free.set(view.size, list);
    }
  }

  reset(): void {
    this.releaseAllBut(new Set());
  }

  releaseAllBut(kept: ReadonlySet<BufferView>): void {
    this.release(...[...this.taken].filter((view) => !kept.has(view)));
    this.largestStep = Math.max(this.largestStep, this.stepBytes);
    this.stepBytes = 0;
    this.step += 1;
  }

  destroy(): void {
    this.reset();
    for (const list of this.free.values()) for (const view of list) this.memory.destroy(view);
    this.free.clear();
    this.lastUse.clear();
    this.bytes = 0;
  }

  private create(label: string, size: number): BufferView {
    const most = Math.max(this.largestStep, this.stepBytes + size) + IDLE;
    if (this.bytes + size > most) {
      this.beforeDestroy();
      this.dropIdle(most - size);
    }
    const view = this.memory.create(label, size);
    this.bytes += view.size;
    return view;
  }

  /** Frees buffers that this step has not used until at most `most` bytes are held. */
  private dropIdle(most: number): void {
    for (const [view, step] of this.lastUse) {
      if (this.bytes <= most) return;
      if (step === this.step || this.taken.has(view)) continue;
      this.free.set(view.size, this.free.get(view.size)!.filter((other) => other !== view));
      this.lastUse.delete(view);
      this.memory.destroy(view);
      this.bytes -= view.size;
    }
  }
}

function sizeClass(size: number): number {
  let step = 4096;
  while (step < size) step *= 2;
  if (step > 2 ** 20) return Math.ceil(size / (step / 16)) * (step / 16);
  const between = Math.ceil((step * Math.SQRT1_2) / 256) * 256;
  return size <= between && step > 4096 ? between : step;
}
