import { floatValues, rowMajorBytes } from '../backbone/dequantise.ts';
import { BackboneError, type BackboneWeights, type FloatTensor, type LayerWeights, type LazyBytes, type WeightMatrix } from '../backbone/types.ts';
import type { Target } from '../core/gram/types.ts';
import type { BufferMaker, BufferView, GpuMemory } from '../gpu/buffers.ts';
import type { GpuMatrix } from '../gpu/kernels/matmul.ts';
import { rowBytes, rowRanges, shardRanges, storageOf, type RowRange } from './matrix-storage.ts';

export { SHARD_ROWS } from './matrix-storage.ts';

/** Rows first … first + rows − 1 of a table of the vocabulary, at most one binding large. */
export interface TableShard {
  readonly first: number;
  readonly rows: number;
  readonly matrix: GpuMatrix;
}

export interface GpuLayer {
  readonly inputNorm: BufferView;
  readonly postAttentionNorm: BufferView;
  readonly qNorm: BufferView | null;
  readonly kNorm: BufferView | null;
  readonly matrices: Readonly<Record<Target, GpuMatrix>>;
  readonly biases: Readonly<Partial<Record<Target, BufferView>>>;
}

export interface GpuWeights {
  readonly embedding: readonly TableShard[];
  readonly head: readonly TableShard[];
  readonly finalNorm: BufferView;
  readonly layers: readonly GpuLayer[];
}

/** A table is read by slices of about this many bytes, each written to the GPU before the next is read. */
const SLICE_BYTES = 32 * 2 ** 20;

/** Bytes of every buffer that a layer takes. */
function sizesOf({ inputNorm, postAttentionNorm, qNorm, kNorm, qBias, kBias, vBias, ...matrices }: LayerWeights): number[] {
  const vectors = [inputNorm, postAttentionNorm, qNorm, kNorm, qBias, kBias, vBias].filter((tensor) => tensor !== null);
  return [
    ...vectors.map(({ shape }) => 4 * shape.reduce((product, size) => product * size, 1)),
    ...Object.values(matrices).flatMap((matrix) => Object.values(rowBytes(matrix.columns, storageOf(matrix))).map((bytes: number) => matrix.rows * bytes)).filter((bytes) => bytes > 0),
  ];
}

/** The frozen weights on the GPU as their file stores them: quantised data unchanged, f16 tables in pairs. */
export async function uploadWeights(memory: GpuMemory, weights: BackboneWeights): Promise<GpuWeights> {
  const vector = async (label: string, tensor: FloatTensor, place: BufferMaker = memory): Promise<BufferView> => memory.upload(label, await floatValues(tensor), place);
  const embedding = await uploadTable(memory, 'embedding', weights.embedding);
  const head = weights.head === weights.embedding ? embedding : await uploadTable(memory, 'head', weights.head);
  const layers: GpuLayer[] = [];
  for (const [index, layer] of weights.layers.entries()) {
    const name = (part: string): string => `layer ${index} ${part}`;
    const place = memory.pack(name('weights'), sizesOf(layer));
    const optional = async (part: string, tensor: FloatTensor | null) => (tensor ? await vector(name(part), tensor, place) : null);
    const [q, k, v] = [await optional('q bias', layer.qBias), await optional('k bias', layer.kBias), await optional('v bias', layer.vBias)];
    layers.push({
      inputNorm: await vector(name('input norm'), layer.inputNorm, place),
      postAttentionNorm: await vector(name('post-attention norm'), layer.postAttentionNorm, place),
      qNorm: await optional('q norm', layer.qNorm),
      kNorm: await optional('k norm', layer.kNorm),
      matrices: {
        q_proj: await uploadMatrix(memory, place, name('q_proj'), layer.q),
        k_proj: await uploadMatrix(memory, place, name('k_proj'), layer.k),
        v_proj: await uploadMatrix(memory, place, name('v_proj'), layer.v),
        o_proj: await uploadMatrix(memory, place, name('o_proj'), layer.o),
        gate_proj: await uploadMatrix(memory, place, name('gate_proj'), layer.gate),
        up_proj: await uploadMatrix(memory, place, name('up_proj'), layer.up),
        down_proj: await uploadMatrix(memory, place, name('down_proj'), layer.down),
      },
      biases: { ...(q && { q_proj: q }), ...(k && { k_proj: k }), ...(v && { v_proj: v }) },
    });
    // Dawn keeps a copy of what is written until the queue has taken it.
    await memory.device.queue.onSubmittedWorkDone();
  }
  return { embedding, head, finalNorm: await vector('final norm', weights.finalNorm), layers };
}

/** Rows [first, first + rows) of bytes that hold `width` a row, by slices. */
async function uploadRows(memory: GpuMemory, place: BufferMaker, label: string, bytes: LazyBytes, width: number, { first, rows }: RowRange): Promise<BufferView> {
  const view = place.create(label, rows * width);
  const slices = rowRanges(rows, SLICE_BYTES / width);
  for (const slice of slices) {
    const from = first + slice.first;
    const offset = view.offset + slice.first * width;
    memory.write({ ...view, offset }, await bytes.read(from * width, (from + slice.rows) * width));
    // Dawn keeps a copy of what is written until the queue has taken it.
    if (slices.length > 1) await memory.device.queue.onSubmittedWorkDone();
  }
  return view;
}

/** Numbers, scales (as f32) and zero points of some rows of a matrix, as its file stores them. */
async function uploadPart(memory: GpuMemory, place: BufferMaker, label: string, matrix: WeightMatrix, range: RowRange): Promise<GpuMatrix> {
  const { columns } = matrix;
  const width = rowBytes(columns, storageOf(matrix));
  if (matrix.kind === 'float') {
    const half = matrix.tensor.storage === 'f16';
    return { kind: 'float', out: range.rows, in: columns, half, transposed: false, data: await uploadRows(memory, place, label, rowMajorBytes(matrix), width.data, range) };
  }
  const { kind, block, data, scales, zeroPoints } = matrix;
  const blocks = columns / block;
  return {
    kind,
    out: range.rows,
    in: columns,
    block,
    data: await uploadRows(memory, place, label, data, width.data, range),
    scales: memory.upload(`${label} scales`, await floatValues(scales, range.first * blocks, (range.first + range.rows) * blocks), place),
    zeros: zeroPoints && (await uploadRows(memory, place, `${label} zero points`, zeroPoints, width.zeros, range)),
  };
}

function checkColumns(label: string, { kind, columns }: WeightMatrix): void {
  const unit = kind === 'float' ? 4 : 16;
  if (columns % unit !== 0) throw new BackboneError(`${label} has ${columns} columns; ${kind === 'float' ? 'float' : 'quantised'} weights need multiples of ${unit}.`);
}

async function uploadMatrix(memory: GpuMemory, place: BufferMaker, label: string, matrix: WeightMatrix): Promise<GpuMatrix> {
  const { rows, columns } = matrix;
  checkColumns(label, matrix);
  if (matrix.kind !== 'float') return uploadPart(memory, place, label, matrix, { first: 0, rows });
  if (rows % 4 !== 0) throw new BackboneError(`${label} is ${rows} × ${columns}; float weights need multiples of 4.`);
  const { transposed, tensor } = matrix;
  // As it is stored: the kernels read either order.
  const [lines, width] = transposed ? [columns, rows] : [rows, columns];
  const half = tensor.storage === 'f16';
  return { kind: 'float', out: rows, in: columns, half, transposed, data: await uploadRows(memory, place, label, tensor.bytes, width * (half ? 2 : 4), { first: 0, rows: lines }) };
}

/** A [vocabulary, hidden] table in shards of at most one binding; one that is stored [hidden, vocabulary] is turned round slice by slice. */
async function uploadTable(memory: GpuMemory, label: string, matrix: WeightMatrix): Promise<readonly TableShard[]> {
  const { rows, columns } = matrix;
  checkColumns(label, matrix);
  const shards: TableShard[] = [];
  for (const range of shardRanges(rows, columns, storageOf(matrix), memory.maxBinding)) {
    shards.push({ ...range, matrix: await uploadPart(memory, memory, `${label} ${range.first}`, matrix, range) });
  }
  return shards;
}
