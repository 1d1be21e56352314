import { TensorProto_DataType } from 'onnx-buf';
import { floatToHalf } from '../../half-floats.ts';
import { quantileAt, quantileHalves, quantileValues, weightAt, type RandomWeights } from './random-weights.ts';

/** A tensor whose contents are made while they are written. */
export interface StreamedTensor {
  readonly name: string;
  readonly dims: readonly number[];
  readonly dataType: TensorProto_DataType;
  readonly byteLength: number;
  /** The contents in the layout of raw_data, piece by piece; a piece's memory may be used again for the next. */
  chunks(): Iterable<Uint8Array>;
}

export type FloatType = 'float32' | 'float16';

export const DATA_TYPE: Readonly<Record<FloatType, TensorProto_DataType>> = { float32: TensorProto_DataType.FLOAT, float16: TensorProto_DataType.FLOAT16 };

/** Elements or blocks of one piece: at most 4 MB. */
const PIECE = 1 << 20;

export function elements(dims: readonly number[]): number {
  return dims.reduce((product, dim) => product * dim, 1);
}

/** Pieces of `unit` bytes an element; `fill` writes elements [first, first + count). */
function* pieces<T extends ArrayBufferView>(total: number, unit: number, make: (count: number) => T, fill: (piece: T, first: number, count: number) => void, limit = PIECE): Iterable<Uint8Array> {
  const piece = make(Math.min(limit, total));
  for (let first = 0; first < total; first += limit) {
    const count = Math.min(limit, total - first);
    fill(piece, first, count);
    yield new Uint8Array(piece.buffer, piece.byteOffset, count * unit);
  }
}

/** Contents that are in memory already. */
export function storedTensor(name: string, dims: readonly number[], dataType: TensorProto_DataType, bytes: Uint8Array): StreamedTensor {
  return { name, dims, dataType, byteLength: bytes.length, chunks: () => [bytes] };
}

/** Given numbers in a float type. */
export function floatsTensor(name: string, dims: readonly number[], type: FloatType, valueAt: (index: number) => number): StreamedTensor {
  const total = elements(dims);
  const unit = type === 'float32' ? 4 : 2;
  return {
    name, dims, dataType: DATA_TYPE[type], byteLength: total * unit,
    chunks: () => type === 'float32'
      ? pieces(total, unit, (count) => new Float32Array(count), (piece, first, count) => {
          for (let index = 0; index < count; index += 1) piece[index] = valueAt(first + index);
        })
      : pieces(total, unit, (count) => new Uint16Array(count), (piece, first, count) => {
          for (let index = 0; index < count; index += 1) piece[index] = floatToHalf(valueAt(first + index));
        }),
  };
}

export function int64Tensor(name: string, dims: readonly number[], values: readonly number[]): StreamedTensor {
  return storedTensor(name, dims, TensorProto_DataType.INT64, new Uint8Array(BigInt64Array.from(values, BigInt).buffer));
}

type Table = Float32Array | Uint16Array | Int8Array | Uint8Array;

/** Elements [first, first + count) of W [rows, columns], or of its transpose, looked up in a table by quantile. */
function fillByPlace(piece: Table, first: number, count: number, table: Table, key: number, turned: { readonly rows: number; readonly columns: number } | null): void {
  if (!turned) {
    for (let index = 0; index < count; index += 1) piece[index] = table[quantileAt(key, first + index)];
    return;
  }
  const { rows, columns } = turned;
  let column = Math.floor(first / rows);
  let row = first - column * rows;
  let place = row * columns + column;
  for (let index = 0; index < count; index += 1) {
    piece[index] = table[quantileAt(key, place)];
    row += 1;
    place += columns;
    if (row === rows) {
      row = 0;
      column += 1;
      place = column;
    }
  }
}

export interface Matrix {
  readonly weights: RandomWeights;
  /** Output features. */
  readonly rows: number;
  /** Input features. */
  readonly columns: number;
}

/** A float vector or matrix; `turned` stores W [rows, columns] as [columns, rows], which a MatMul's right operand is. */
export function weightsTensor(name: string, { weights, rows, columns }: Matrix, type: FloatType, turned: boolean): StreamedTensor {
  const total = rows * columns;
  const unit = type === 'float32' ? 4 : 2;
  const dims = turned ? [columns, rows] : [rows, columns];
  const make = (count: number): Table => (type === 'float32' ? new Float32Array(count) : new Uint16Array(count));
  return {
    name, dims, dataType: DATA_TYPE[type], byteLength: total * unit,
    chunks() {
      const table = type === 'float32' ? quantileValues(weights) : quantileHalves(weights);
      return pieces(total, unit, make, (piece, first, count) => fillByPlace(piece, first, count, table, weights.key, turned ? { rows, columns } : null));
    },
  };
}

/** A float vector of weights. */
export function vectorTensor(name: string, weights: RandomWeights, length: number, type: FloatType): StreamedTensor {
  return floatsTensor(name, [length], type, (index) => weightAt(weights, index));
}

/**
 * W quantised with one scale, as onnxruntime's quantize_dynamic does: int8 symmetric (−127 … 127, zero point 0), uint8
 * from minimum to maximum. `turned` as above. Three tensors: `NAME_quantized`, `NAME_scale`, `NAME_zero_point`.
 */
export function wholeQuantised(name: string, { weights, rows, columns }: Matrix, type: 'int8' | 'uint8', turned: boolean): readonly [StreamedTensor, StreamedTensor, StreamedTensor] {
  const { mean, std } = weights;
  const values = quantileValues({ key: 0, mean, std });
  const [least, most] = [Math.min(values[0], 0), Math.max(values[values.length - 1], 0)];
  const signed = type === 'int8';
  const scale = Math.fround(signed ? Math.max(-least, most) / 127 : (most - least) / 255);
  const zero = signed ? 0 : Math.round(-least / scale);
  const quantise = (value: number): number => Math.max(signed ? -127 : 0, Math.min(signed ? 127 : 255, Math.round(value / scale) + zero));
  const make = (count: number): Table => (signed ? new Int8Array(count) : new Uint8Array(count));
  const dataType = signed ? TensorProto_DataType.INT8 : TensorProto_DataType.UINT8;
  return [
    {
      name: `${name}_quantized`, dims: turned ? [columns, rows] : [rows, columns], dataType, byteLength: rows * columns,
      chunks() {
        const table = make(values.length).map((_, index) => quantise(values[index]));
        return pieces(rows * columns, 1, make, (piece, first, count) => fillByPlace(piece, first, count, table, weights.key, turned ? { rows, columns } : null));
      },
    },
    floatsTensor(`${name}_scale`, [], 'float32', () => scale),
    storedTensor(`${name}_zero_point`, [], dataType, Uint8Array.of(zero)),
  ];
}
