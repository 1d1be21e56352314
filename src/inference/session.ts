import type { InferenceSession, Tensor } from 'onnxruntime-web';
import type { AdapterLayout } from '../backbone/adapters.ts';
import { BackboneError, type BytePatch, type DecoderConfig } from '../backbone/types.ts';
import { CpuCache, GpuCache, type ByteMeter, type CacheShape, type Feeds, type KvCache } from './cache.ts';
import { Decoding, type DecodeRun } from './decode-batch.ts';
import { OWN_FILE } from './graph-skeleton.ts';
import { LOGIT_POSITIONS } from './head.ts';
import { prepareModel } from './model.ts';
import { ADAPTER_IDS, ADAPTER_PARAMETERS } from './routed-graph.ts';
import type { OrtRuntime, RuntimeLoader } from './runtime.ts';
import { checkGaps, checkRuns } from './self-check.ts';
import { sessionFile } from './session-files.ts';
import { LARGE_MODEL, wasmNote } from './session-memory.ts';
import type { DecodeBatch, Provider, RoutedSession, SessionTimings } from './types.ts';

/** Adapters as a session takes them. With `buffer` (WebGPU) the session reads the very buffer that training updates. */
export interface SessionAdapters {
  readonly layout: AdapterLayout;
  readonly values: Float32Array<ArrayBuffer>;
  readonly buffer?: GPUBuffer;
}

export interface SessionOptions {
  /** The .onnx file. */
  readonly graph: Blob;
  /** Its external data files by the names that the graph uses. */
  readonly external?: readonly { readonly path: string; readonly blob: Blob }[];
  /** Bytes that replace those of the files. */
  readonly patches?: readonly BytePatch[];
  readonly config: DecoderConfig;
  readonly adapters: SessionAdapters | null;
  readonly provider: Provider;
  /** For WebGPU: the device that every engine of the page shares. */
  readonly device?: GPUDevice;
  readonly loadRuntime: RuntimeLoader;
}

/**
 * A session of onnxruntime-web over the backbone's file with routed adapters; on WebGPU checked against a known fault.
 * @throws BackboneError when the graph has no place for adapters, or onnxruntime cannot use it
 */
export async function createRoutedSession(options: SessionOptions): Promise<OrtRoutedSession> {
  const { graph, external = [], patches = [], config, adapters, provider, device, loadRuntime } = options;
  if (provider === 'webgpu' && !device) throw new BackboneError('The WebGPU provider needs a graphics device, and there is none.');
  const model = await prepareModel(graph, { layout: adapters?.layout ?? null, hiddenSize: config.hiddenSize, patches });
  const shape: CacheShape = { layers: config.layers, kvHeads: config.kvHeads, headDim: config.headDim, ...model.cache };
  const fileBytes = external.reduce((sum, { blob }) => sum + blob.size, graph.size);
  const memory = provider === 'wasm' ? wasmNote(fileBytes, shape.type) : null;
  const ort = await loadRuntime(provider);
  const session = await createSession(ort, model.bytes, options, fileBytes);
  const routed = new OrtRoutedSession(ort, session, { config, shape, adapters, provider, device: device ?? null, fileBytes });
  routed.notes = [...model.notes, ...(memory === null ? [] : [memory])];
  try {
    await routed.check();
  } catch (error) {
    // Nobody else knows of it, and it holds the weights.
    await routed.destroy().catch(() => undefined);
    throw error;
  }
  return routed;
}

/** onnxruntime copies what it is given before it returns: the files are no longer held then. */
async function createSession(ort: OrtRuntime, model: Uint8Array, { graph, external = [], patches = [], config, provider, device }: SessionOptions, fileBytes: number): Promise<InferenceSession> {
  const files = await Promise.all([sessionFile(OWN_FILE, null, graph, patches), ...external.map(({ path, blob }) => sessionFile(path, path, blob, patches))]);
  try {
    return await ort.InferenceSession.create(model, {
      // `device` is read by the native WebGPU provider, which onnxruntime's types do not know yet.
      executionProviders: provider === 'webgpu' ? [Object.assign({ name: 'webgpu' as const }, { device })] : ['wasm'],
      ...(provider === 'webgpu' ? { preferredOutputLocation: gpuOutputs(config.layers) } : {}),
      externalData: files,
      // A packed copy of every float matrix: 0.5 GB of a 0.5B model's embedding alone (session-memory.ts).
      ...(provider === 'wasm' && fileBytes > LARGE_MODEL ? { extra: { session: { disable_prepacking: '1' } } } : {}),
      logSeverityLevel: 3,
    });
  } catch (error) {
    throw new BackboneError(`onnxruntime-web cannot use the model on its ${provider === 'webgpu' ? 'WebGPU' : 'WebAssembly'} provider (${error instanceof Error ? error.message : String(error)}).`);
  }
}

function gpuOutputs(layers: number): Record<string, 'gpu-buffer'> {
  return Object.fromEntries(Array.from({ length: layers }, (_, layer) => [`present.${layer}.key`, `present.${layer}.value`]).flat().map((name) => [name, 'gpu-buffer']));
}

interface SessionParts {
  readonly config: DecoderConfig;
  readonly shape: CacheShape;
  readonly adapters: SessionAdapters | null;
  readonly provider: Provider;
  readonly device: GPUDevice | null;
  /** Of the graph and its external data, nearly all of which are weights. */
  readonly fileBytes: number;
}

/**
 * On the CPU a run of one row takes 0.24 ms a token on the bundled backbone, a step of 64 rows 0.12 ms and one of 8 rows
 * 0.26 ms; typical observations (45 tokens) are therefore stepped. On WebGPU a run costs the same for one token as for
 * many, so everything longer than one token is a run of its own.
 */
const STEP_LIMIT: Record<Provider, number> = { wasm: 64, webgpu: 1 };

export class OrtRoutedSession implements RoutedSession, DecodeRun {
  readonly provider: Provider;
  readonly vocabSize: number;
  readonly maxPositions: number;
  readonly adapterCount: number;
  readonly baseAdapter: number;
  readonly stepLimit: number;
  readonly cacheType: CacheShape['type'];
  notes: readonly string[] = [];
  /** Tokens of one run at most (self-check.ts). */
  runLimit = Infinity;
  readonly #ort: OrtRuntime;
  readonly #session: InferenceSession;
  readonly #parts: SessionParts;
  /** The GPU buffer that the session made itself, where none was given. */
  #own: GPUBuffer | null = null;
  #parameters: Tensor | null = null;
  readonly #caches: ByteMeter = { bytes: 0 };
  readonly #times = { inputs: 0, kernels: 0, steps: 0, extensions: 0, tokens: 0 };
  #queue: Promise<unknown> = Promise.resolve();

  constructor(ort: OrtRuntime, session: InferenceSession, parts: SessionParts) {
    this.#ort = ort;
    this.#session = session;
    this.#parts = parts;
    this.provider = parts.provider;
    this.vocabSize = parts.config.vocabSize;
    this.maxPositions = parts.config.maxPositions;
    this.adapterCount = parts.adapters?.layout.spec.count ?? 0;
    this.baseAdapter = this.adapterCount;
    this.stepLimit = STEP_LIMIT[parts.provider];
    this.cacheType = parts.shape.type;
    if (parts.adapters) this.#bind(parts.adapters);
  }

  /** Whether the adapters are a buffer that was given, which training updates. */
  get sharesParameters(): boolean {
    return this.provider === 'webgpu' && this.#parts.adapters?.buffer !== undefined;
  }

  get gpuBytes(): number {
    if (this.provider === 'wasm') return 0;
    return this.#parts.fileBytes + (this.#parts.adapters?.values.byteLength ?? 0) + this.#caches.bytes;
  }

  get timings(): SessionTimings {
    return { ...this.#times };
  }

  /** New adapter values; caches that hold tokens are then of the old ones. */
  setParameters(values: Float32Array<ArrayBuffer>): void {
    const { adapters } = this.#parts;
    if (adapters?.values.length !== values.length) throw new RangeError(`${values.length} adapter values for a session of ${adapters?.values.length ?? 0}.`);
    this.#bind({ layout: adapters.layout, values });
  }

  /** Looks for known faults of this provider and of this kind of graph, and works around them. @throws BackboneError when that is impossible */
  async check(): Promise<void> {
    const note = this.provider === 'webgpu' ? await checkRuns(this) : null;
    if (note !== null) this.notes = [...this.notes, note];
    if (this.#parts.shape.present === 'new') await checkGaps(this);
  }

  open(slots: number): DecodeBatch {
    return new Decoding(this, slots);
  }

  async destroy(): Promise<void> {
    await this.#queue;
    await this.#session.release();
    this.#own?.destroy();
    this.#own = null;
  }

  cache(rows: number): KvCache {
    const { device, shape } = this.#parts;
    return device && this.provider === 'webgpu' ? new GpuCache(this.#ort, device, shape, rows, this.#caches) : new CpuCache(this.#ort, shape, rows);
  }

  /**
   * One run: `tokens` and `adapters` [rows, length], written behind each row's `lengths` tokens. The cache takes them in.
   * @returns logits [positions, vocab] at the flattened positions
   */
  run(cache: KvCache, lengths: readonly number[], tokens: readonly number[], adapters: readonly number[], positions: readonly number[]): Promise<Float32Array> {
    // Two overlapping runs of one session crash the page.
    const result = this.#queue.then(() => this.#run(cache, lengths, tokens, adapters, positions));
    this.#queue = result.catch(() => undefined);
    return result;
  }

  async #run(cache: KvCache, lengths: readonly number[], tokens: readonly number[], adapters: readonly number[], positions: readonly number[]): Promise<Float32Array> {
    const begun = performance.now();
    const rows = lengths.length;
    const length = tokens.length / rows;
    // Where only new positions come out (cache-outputs.ts) they are computed behind the capacity, with a gap before them.
    const gapped = this.#parts.shape.present === 'new';
    const total = (gapped ? cache.capacity : Math.max(...lengths)) + length;
    const mask = new BigInt64Array(rows * total);
    lengths.forEach((past, row) => {
      const start = row * total;
      mask.fill(1n, start, start + past + (gapped ? 0 : length));
      if (gapped) mask.fill(1n, start + total - length, start + total);
    });
    const { Tensor: OrtTensor } = this.#ort;
    const integers = (values: readonly number[], dims: readonly number[]): Tensor => new OrtTensor('int64', BigInt64Array.from(values, BigInt), dims);
    const feeds: Feeds = {
      input_ids: integers(tokens, [rows, length]),
      attention_mask: new OrtTensor('int64', mask, [rows, total]),
      [LOGIT_POSITIONS]: integers(positions, [positions.length]),
      ...cache.feeds(),
    };
    if (this.#parameters) {
      feeds[ADAPTER_PARAMETERS] = this.#parameters;
      feeds[ADAPTER_IDS] = integers(adapters, [rows, length]);
    }
    if (this.#session.inputNames.includes('position_ids')) {
      feeds.position_ids = integers(lengths.flatMap((past) => Array.from({ length }, (_, offset) => past + offset)), [rows, length]);
    }
    const ready = performance.now();
    const outputs = await this.#session.run(feeds);
    const { data } = outputs.logits;
    const done = performance.now();
    cache.take(outputs, lengths);
    const floats = data instanceof Float32Array ? data : Float32Array.from(data as ArrayLike<number>);
    this.#times.inputs += ready - begun + performance.now() - done;
    this.#times.kernels += done - ready;
    this.#times.tokens += rows * length;
    if (length === 1) this.#times.steps += 1;
    else this.#times.extensions += 1;
    return floats;
  }

  #bind({ values, buffer }: SessionAdapters): void {
    const { device } = this.#parts;
    const dims = [values.length];
    if (this.provider === 'wasm' || !device) {
      this.#parameters = new this.#ort.Tensor('float32', values, dims);
      return;
    }
    if (!buffer) {
      this.#own ??= device.createBuffer({ label: 'adapters of a session', size: Math.ceil(values.byteLength / 16) * 16, usage: 0x80 | 0x04 | 0x08 });
      device.queue.writeBuffer(this.#own, 0, values);
    }
    this.#parameters = this.#ort.Tensor.fromGpuBuffer(buffer ?? this.#own!, { dataType: 'float32', dims });
  }
}
