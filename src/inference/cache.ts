import type { Tensor } from 'onnxruntime-web';
import type { OrtRuntime } from './runtime.ts';

/** Shape of a model's key/value cache: `layers` × {key, value} tensors [rows, kvHeads, capacity, headDim]. */
export interface CacheShape {
  readonly layers: number;
  readonly kvHeads: number;
  readonly headDim: number;
  readonly type: 'float32' | 'float16';
  /** What the outputs `present.*` hold: past and new positions in a row's own order, or the new ones alone (cache-outputs.ts). */
  readonly present: 'whole' | 'new';
}

/** Room that is made at once when rows grow in place, positions. */
export const GROWTH = 16;

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
  /** A run's outputs `present.*` become the cache, or go behind each row's `lengths` positions, for which room is made. */
  take(outputs: Feeds, lengths: readonly number[]): void;
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

function floatBits({ data }: Tensor, name: string): Halves {
  if (data instanceof Float32Array) return data;
  // Where the engine has Float16Array onnxruntime gives one; its bits are what is kept.
  if (ArrayBuffer.isView(data)) return new Uint16Array(data.buffer, data.byteOffset, data.byteLength / 2);
  throw new TypeError(`${name} is no floating-point tensor.`);
}

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

  take(outputs: Feeds, lengths: readonly number[]): void {
    const names = cacheNames(this.#shape);
    const [rows, heads, positions, width] = outputs[names[0].present].dims;
    const data = names.map(({ present }) => floatBits(outputs[present], present));
    if (this.#shape.present === 'whole') {
      this.rows = rows;
      this.capacity = positions;
      this.#data = data;
      return;
    }
    this.#reserve(lengths, positions);
    this.#data.forEach((held, index) => {
      lengths.forEach((length, row) => {
        for (let head = 0; head < heads; head += 1) {
          const block = row * heads + head;
          held.set(data[index].subarray(block * positions * width, (block + 1) * positions * width), (block * this.capacity + length) * width);
        }
      });
    });
  }

  #reserve(lengths: readonly number[], added: number): void {
    const needed = Math.max(...lengths) + added;
    if (needed > this.capacity) this.rearrange(lengths.map((length, from) => ({ from, length })), needed + GROWTH);
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
  readonly bytes: number;
  readonly release: () => void;
}

/** Bytes of all caches of a session that are alive. */
export interface ByteMeter {
  bytes: number;
}

/** On the GPU: caches never leave it; rows are moved by buffer copies. */
export class GpuCache implements KvCache {
  readonly #ort: OrtRuntime;
  readonly #device: GPUDevice;
  readonly #shape: CacheShape;
  readonly #bytes: number;
  readonly #meter: ByteMeter;
  #held: Held[] = [];
  rows: number;
  capacity = 0;

  constructor(ort: OrtRuntime, device: GPUDevice, shape: CacheShape, rows: number, meter: ByteMeter) {
    this.#meter = meter;
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

  take(outputs: Feeds, lengths: readonly number[]): void {
    const names = cacheNames(this.#shape);
    const [rows, , positions] = outputs[names[0].present].dims;
    if (this.#shape.present === 'new') {
      this.#append(names.map(({ present }) => outputs[present]), lengths, positions);
      return;
    }
    this.rows = rows;
    this.capacity = positions;
    this.#replace(
      names.map(({ present }) => {
        const tensor = outputs[present];
        return { buffer: tensor.gpuBuffer, bytes: tensor.dims.reduce((product, dim) => product * dim, this.#bytes), release: () => tensor.dispose() };
      }),
    );
  }

  #append(added: readonly Tensor[], lengths: readonly number[], positions: number): void {
    const needed = Math.max(...lengths) + positions;
    if (needed > this.capacity) this.rearrange(lengths.map((length, from) => ({ from, length })), needed + GROWTH);
    const { kvHeads, headDim } = this.#shape;
    const position = headDim * this.#bytes;
    const encoder = this.#device.createCommandEncoder({ label: 'append to cache rows' });
    added.forEach((tensor, index) => {
      lengths.forEach((length, row) => {
        for (let head = 0; head < kvHeads; head += 1) {
          const block = row * kvHeads + head;
          encoder.copyBufferToBuffer(tensor.gpuBuffer, block * positions * position, this.#held[index].buffer, (block * this.capacity + length) * position, positions * position);
        }
      });
    });
    this.#device.queue.submit([encoder.finish()]);
    for (const tensor of added) tensor.dispose();
  }

  rearrange(plan: readonly RowPlan[], capacity: number): void {
    this.#replace(this.#copied(plan, capacity));
    this.rows = plan.length;
    this.capacity = capacity;
  }

  row(row: number, length: number): KvCache {
    const single = new GpuCache(this.#ort, this.#device, this.#shape, 1, this.#meter);
    if (length === 0) return single;
    single.#replace(this.#copied([{ from: row, length }], length));
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
      return { buffer, bytes: size, release: () => buffer.destroy() };
    });
    this.#device.queue.submit([encoder.finish()]);
    return next;
  }

  #replace(next: Held[]): void {
    for (const { bytes, release } of this.#held) {
      release();
      this.#meter.bytes -= bytes;
    }
    for (const { bytes } of next) this.#meter.bytes += bytes;
    this.#held = next;
  }
}
