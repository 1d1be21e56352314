import type { Tensor } from 'onnxruntime-web';
import type { OrtRuntime } from './runtime.ts';

/** Shape of a model's key/value cache: `layers` × {key, value} tensors [rows, kvHeads, capacity, headDim]. */
export interface CacheShape {
  readonly layers: number;
  readonly kvHeads: number;
  readonly headDim: number;
  readonly type: 'float32' | 'float16';
}

/** A change of a cache's rows: new row r takes `length` positions of old row `from`; from −1 leaves it empty. */
export interface RowPlan {
  readonly from: number;
  readonly length: number;
}

export type Feeds = Record<string, Tensor>;

/** Key/value tensors of some rows, in the memory of its provider. Index 2·layer is a key, 2·layer + 1 a value. */
export interface KvCache {
  readonly rows: number;
  /** Positions that each row has room for. */
  readonly capacity: number;
  /** The inputs `past_key_values.*`. */
  feeds(): Feeds;
  /** A run's outputs `present.*` become the cache. */
  take(outputs: Feeds): void;
  /** The rows and the capacity anew; contents beyond a row's length are not defined. */
  rearrange(plan: readonly RowPlan[], capacity: number): void;
  /** One row alone, as a cache of its own of exactly `length` positions. */
  row(row: number, length: number): KvCache;
  /** Puts the single row of `single` in place of a row here, whose capacity must hold its `length` positions. */
  put(row: number, single: KvCache, length: number): void;
  destroy(): void;
}

export function cacheNames(shape: CacheShape): readonly { readonly past: string; readonly present: string }[] {
  return Array.from({ length: shape.layers * 2 }, (_, index) => {
    const part = `${index >> 1}.${index % 2 === 0 ? 'key' : 'value'}`;
    return { past: `past_key_values.${part}`, present: `present.${part}` };
  });
}

type Halves = Float32Array | Uint16Array;

/** In JavaScript's memory, for the wasm provider: onnxruntime copies inputs in and outputs out at each run. */
export class CpuCache implements KvCache {
  readonly #ort: OrtRuntime;
  readonly #shape: CacheShape;
  #data: Halves[];
  rows: number;
  capacity = 0;

  constructor(ort: OrtRuntime, shape: CacheShape, rows: number) {
    this.#ort = ort;
    this.#shape = shape;
    this.rows = rows;
    this.#data = Array.from({ length: shape.layers * 2 }, () => this.#make(0));
  }

  #make(elements: number): Halves {
    return this.#shape.type === 'float32' ? new Float32Array(elements) : new Uint16Array(elements);
  }

  feeds(): Feeds {
    const { kvHeads, headDim, type } = this.#shape;
    return Object.fromEntries(cacheNames(this.#shape).map(({ past }, index) => [past, new this.#ort.Tensor(type, this.#data[index], [this.rows, kvHeads, this.capacity, headDim])]));
  }

  take(outputs: Feeds): void {
    const names = cacheNames(this.#shape);
    this.capacity = outputs[names[0].present].dims[2];
    this.rows = outputs[names[0].present].dims[0];
    this.#data = names.map(({ present }) => {
      const { data } = outputs[present];
      if (data instanceof Float32Array) return data;
      // Where the engine has Float16Array onnxruntime gives one; its bits are what is kept.
      if (ArrayBuffer.isView(data)) return new Uint16Array(data.buffer, data.byteOffset, data.byteLength / 2);
      throw new TypeError(`${present} is no floating-point tensor.`);
    });
  }

  rearrange(plan: readonly RowPlan[], capacity: number): void {
    const { kvHeads, headDim } = this.#shape;
    this.#data = this.#data.map((old) => {
      const next = this.#make(plan.length * kvHeads * capacity * headDim);
      plan.forEach(({ from, length }, row) => {
        if (from < 0 || length === 0) return;
        for (let head = 0; head < kvHeads; head += 1) {
          const start = (from * kvHeads + head) * this.capacity * headDim;
          next.set(old.subarray(start, start + length * headDim), (row * kvHeads + head) * capacity * headDim);
        }
      });
      return next;
    });
    this.rows = plan.length;
    this.capacity = capacity;
  }

  row(row: number, length: number): KvCache {
    const single = new CpuCache(this.#ort, this.#shape, this.rows);
    single.#data = this.#data;
    single.capacity = this.capacity;
    single.rearrange([{ from: row, length }], length);
    return single;
  }

  put(row: number, single: KvCache, length: number): void {
    if (!(single instanceof CpuCache)) throw new TypeError('Both caches must be on the CPU.');
    const { kvHeads, headDim } = this.#shape;
    this.#data.forEach((data, index) => {
      for (let head = 0; head < kvHeads; head += 1) {
        const start = head * single.capacity * headDim;
        data.set(single.#data[index].subarray(start, start + length * headDim), (row * kvHeads + head) * this.capacity * headDim);
      }
    });
  }

  destroy(): void {
    this.#data = [];
  }
}

const STORAGE = 0x80 | 0x04 | 0x08; // STORAGE | COPY_SRC | COPY_DST, as onnxruntime asks of given buffers

interface Held {
  readonly buffer: GPUBuffer;
  readonly release: () => void;
}

/** On the GPU: caches never leave it; rows are moved by buffer copies. */
export class GpuCache implements KvCache {
  readonly #ort: OrtRuntime;
  readonly #device: GPUDevice;
  readonly #shape: CacheShape;
  readonly #bytes: number;
  #held: Held[] = [];
  rows: number;
  capacity = 0;

  constructor(ort: OrtRuntime, device: GPUDevice, shape: CacheShape, rows: number) {
    this.#ort = ort;
    this.#device = device;
    this.#shape = shape;
    this.#bytes = shape.type === 'float32' ? 4 : 2;
    this.rows = rows;
  }

  feeds(): Feeds {
    const { kvHeads, headDim, type } = this.#shape;
    const dims = [this.rows, kvHeads, this.capacity, headDim];
    // A GPU buffer cannot be empty; an empty CPU tensor costs nothing.
    const empty = type === 'float32' ? new Float32Array(0) : new Uint16Array(0);
    return Object.fromEntries(
      cacheNames(this.#shape).map(({ past }, index) => [past, this.capacity === 0 ? new this.#ort.Tensor(type, empty, dims) : this.#ort.Tensor.fromGpuBuffer(this.#held[index].buffer, { dataType: type, dims })]),
    );
  }

  take(outputs: Feeds): void {
    const names = cacheNames(this.#shape);
    this.capacity = outputs[names[0].present].dims[2];
    this.rows = outputs[names[0].present].dims[0];
    this.#replace(
      names.map(({ present }) => {
        const tensor = outputs[present];
        return { buffer: tensor.gpuBuffer, release: () => tensor.dispose() };
      }),
    );
  }

  rearrange(plan: readonly RowPlan[], capacity: number): void {
    this.#replace(this.#copied(plan, capacity));
    this.rows = plan.length;
    this.capacity = capacity;
  }

  row(row: number, length: number): KvCache {
    const single = new GpuCache(this.#ort, this.#device, this.#shape, 1);
    if (length === 0) return single;
    single.#held = this.#copied([{ from: row, length }], length);
    single.capacity = length;
    return single;
  }

  put(row: number, single: KvCache, length: number): void {
    if (!(single instanceof GpuCache)) throw new TypeError('Both caches must be on the GPU.');
    const { kvHeads, headDim } = this.#shape;
    const position = headDim * this.#bytes;
    const encoder = this.#device.createCommandEncoder({ label: 'put cache row' });
    this.#held.forEach(({ buffer }, index) => {
      for (let head = 0; head < kvHeads; head += 1) {
        encoder.copyBufferToBuffer(single.#held[index].buffer, head * single.capacity * position, buffer, (row * kvHeads + head) * this.capacity * position, length * position);
      }
    });
    this.#device.queue.submit([encoder.finish()]);
  }

  destroy(): void {
    this.#replace([]);
    this.capacity = 0;
  }

  #copied(plan: readonly RowPlan[], capacity: number): Held[] {
    const { kvHeads, headDim, layers } = this.#shape;
    const position = headDim * this.#bytes;
    const encoder = this.#device.createCommandEncoder({ label: 'rearrange cache rows' });
    const next = Array.from({ length: layers * 2 }, (_, index) => {
      const size = Math.max(16, Math.ceil((plan.length * kvHeads * capacity * position) / 16) * 16);
      const buffer = this.#device.createBuffer({ label: 'key/value cache', size, usage: STORAGE });
      plan.forEach(({ from, length }, row) => {
        if (from < 0 || length === 0) return;
        for (let head = 0; head < kvHeads; head += 1) {
          encoder.copyBufferToBuffer(this.#held[index].buffer, (from * kvHeads + head) * this.capacity * position, buffer, (row * kvHeads + head) * capacity * position, length * position);
        }
      });
      return { buffer, release: () => buffer.destroy() };
    });
    this.#device.queue.submit([encoder.finish()]);
    return next;
  }

  #replace(next: Held[]): void {
    for (const { release } of this.#held) release();
    this.#held = next;
  }
}
