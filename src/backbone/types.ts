/** Every name a published config may give; the rest of its keys are ignored. Both architectures are decoders. */
export interface DecoderConfig {
  readonly architecture: 'qwen2' | 'qwen3';
  readonly vocabSize: number;
  readonly hiddenSize: number;
  readonly layers: number;
  readonly heads: number;
  readonly kvHeads: number;
  readonly headDim: number;
  readonly intermediateSize: number;
  readonly ropeTheta: number;
  readonly rmsNormEps: number;
  readonly tiedEmbedding: boolean;
  readonly maxPositions: number;
}

/** Where bytes stand in a model's files. */
export interface BytePlace {
  /** Null: the graph's own file; else an external data file, by the path that the graph names. */
  readonly file: string | null;
  readonly offset: number;
}

/** Bytes that stand instead of those of a model's file, for the engine as for onnxruntime (added tokens' embedding rows). */
export interface BytePatch extends BytePlace {
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** Bytes of an initialiser, read only when asked (a slice of a Blob). */
export interface LazyBytes {
  readonly byteLength: number;
  /** Null where they stand in no file as they are read: made in memory, or written as numbers of another width. */
  readonly place: BytePlace | null;
  /** Reads [start, end), the whole by default. @throws BackboneError when the file is shorter than its header says. */
  read(start?: number, end?: number): Promise<Uint8Array<ArrayBuffer>>;
}

/** Bytes that are read by slices: a Blob, or a file on a server of which only the beginning is wanted. */
export interface Sliceable {
  readonly size: number;
  slice(start: number, end: number): { arrayBuffer(): Promise<ArrayBuffer> };
}

/** A float vector or matrix, row-major. */
export interface FloatTensor {
  readonly storage: 'f32' | 'f16';
  readonly shape: readonly number[];
  readonly bytes: LazyBytes;
}

/** A float matrix W [rows = out, columns = in]. `transposed`: stored [in, out], as the right operand of an ONNX MatMul is. */
export interface FloatMatrix {
  readonly kind: 'float';
  readonly rows: number;
  readonly columns: number;
  readonly transposed: boolean;
  readonly tensor: FloatTensor;
}

/**
 * A matrix W [rows = out, columns = in] of 4 or 8 bits, laid out as MatMulNBits has it, whatever operator its file uses:
 * value = (q − zero)·scale, blocks along the columns.
 * `block`: a power of two from 16 on that divides the columns, or all the columns where each row has one scale.
 * `data` uint8 [rows, columns/block, block·bits/8], low nibble = even column.
 * `scales` (f32 or f16) [rows · columns/block].
 * `zeroPoints` uint8 [rows, ⌈columns/block · bits/8⌉], packed the same way; null: 8 (4 bits) or 128 (8 bits).
 */
export interface QuantisedMatrix {
  readonly kind: 'q4' | 'q8';
  readonly rows: number;
  readonly columns: number;
  readonly block: number;
  readonly data: LazyBytes;
  readonly scales: FloatTensor;
  readonly zeroPoints: LazyBytes | null;
}

export type WeightMatrix = FloatMatrix | QuantisedMatrix;

/** Bits of a quantised number. */
export function bitsOf({ kind }: { readonly kind: QuantisedMatrix['kind'] }): 4 | 8 {
  return kind === 'q4' ? 4 : 8;
}

export interface LayerWeights {
  readonly inputNorm: FloatTensor;
  readonly postAttentionNorm: FloatTensor;
  readonly q: WeightMatrix;
  readonly k: WeightMatrix;
  readonly v: WeightMatrix;
  readonly o: WeightMatrix;
  readonly gate: WeightMatrix;
  readonly up: WeightMatrix;
  readonly down: WeightMatrix;
  /** Qwen2's projection biases; null for Qwen3. */
  readonly qBias: FloatTensor | null;
  readonly kBias: FloatTensor | null;
  readonly vBias: FloatTensor | null;
  /** Qwen3's per-head norms [headDim]; null for Qwen2. */
  readonly qNorm: FloatTensor | null;
  readonly kNorm: FloatTensor | null;
}

/**
 * Whether onnxruntime rounds what goes into the graph's matrix products to 8 bits: `always` by MatMulInteger and its kin;
 * `allowed` by MatMulNBits with accuracy level 4, which some of its providers use. The engine multiplies unrounded
 * numbers, so that its log-probabilities differ then.
 */
export type Rounding = 'never' | 'allowed' | 'always';

export interface BackboneWeights {
  readonly config: DecoderConfig;
  /** [vocab, hidden]. */
  readonly embedding: WeightMatrix;
  /** [vocab, hidden]; the very same object as `embedding` where the head is tied. */
  readonly head: WeightMatrix;
  readonly finalNorm: FloatTensor;
  readonly layers: readonly LayerWeights[];
  readonly activationsRounded: Rounding;
}

/** One adapter as PEFT stores it: `modules["layers.N.self_attn.q_proj"]` → A [r, in] and B [out, r], row-major f32. */
export interface LoraAdapter {
  readonly rank: number;
  readonly alpha: number;
  readonly modules: ReadonlyMap<string, { readonly a: Float32Array; readonly b: Float32Array; readonly inFeatures: number; readonly outFeatures: number }>;
}

/** Everything about a model that fails with a sentence for the user. */
export class BackboneError extends Error {
  override readonly name = 'BackboneError';
}

/** Where a model's files come from: bundled, a folder, a set of dropped files. Paths are relative ("onnx/model_q4.onnx"). */
export interface BackboneSource {
  readonly name: string;
  list(): Promise<readonly string[]>;
  /** @throws BackboneError naming the path when it is missing. */
  open(path: string): Promise<Blob>;
}
