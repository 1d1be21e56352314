import { floatValues } from '../backbone/dequantise.ts';
import { BackboneError, type BackboneWeights, type FloatTensor, type WeightMatrix } from '../backbone/types.ts';
import type { Target } from '../core/gram/types.ts';
import type { BufferView, GpuMemory } from '../gpu/buffers.ts';
import type { GpuMatrix } from '../gpu/kernels/matmul.ts';

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

/** Shards begin at multiples of this many rows, so that any block of the vocabulary starts at an aligned offset. */
export const SHARD_ROWS = 256;

/** The frozen weights on the GPU as their file stores them: 4-bit data unchanged, f16 tables in pairs. */
export async function uploadWeights(memory: GpuMemory, weights: BackboneWeights): Promise<GpuWeights> {
  const vector = async (label: string, tensor: FloatTensor): Promise<BufferView> => memory.upload(label, await floatValues(tensor));
  const embedding = await uploadTable(memory, 'embedding', weights.embedding);
  const head = weights.head === weights.embedding ? embedding : await uploadTable(memory, 'head', weights.head);
  if (embedding.some(({ matrix }) => matrix.kind === 'q4')) {
    throw new BackboneError('The token embedding is quantised to 4 bits; only f32 and f16 embeddings can be read so far.');
  }
  const layers: GpuLayer[] = [];
  for (const [index, layer] of weights.layers.entries()) {
    const name = (part: string): string => `layer ${index} ${part}`;
    const optional = async (part: string, tensor: FloatTensor | null) => (tensor ? await vector(name(part), tensor) : null);
    const [q, k, v] = [await optional('q bias', layer.qBias), await optional('k bias', layer.kBias), await optional('v bias', layer.vBias)];
    layers.push({
      inputNorm: await vector(name('input norm'), layer.inputNorm),
      postAttentionNorm: await vector(name('post-attention norm'), layer.postAttentionNorm),
      qNorm: await optional('q norm', layer.qNorm),
      kNorm: await optional('k norm', layer.kNorm),
      matrices: {
        q_proj: await uploadMatrix(memory, name('q_proj'), layer.q),
        k_proj: await uploadMatrix(memory, name('k_proj'), layer.k),
        v_proj: await uploadMatrix(memory, name('v_proj'), layer.v),
        o_proj: await uploadMatrix(memory, name('o_proj'), layer.o),
        gate_proj: await uploadMatrix(memory, name('gate_proj'), layer.gate),
        up_proj: await uploadMatrix(memory, name('up_proj'), layer.up),
        down_proj: await uploadMatrix(memory, name('down_proj'), layer.down),
      },
      biases: { ...(q && { q_proj: q }), ...(k && { k_proj: k }), ...(v && { v_proj: v }) },
    });
  }
  return { embedding, head, finalNorm: await vector('final norm', weights.finalNorm), layers };
}

async function uploadMatrix(memory: GpuMemory, label: string, matrix: WeightMatrix): Promise<GpuMatrix> {
  const { rows: out, columns } = matrix;
  if (matrix.kind === 'q4') {
    if (columns % 16 !== 0) throw new BackboneError(`${label} has ${columns} columns; 4-bit weights need multiples of 16.`);
    return {
      kind: 'q4',
      out,
      in: columns,
      block: matrix.block,
      data: memory.upload(label, await matrix.data.read()),
      scales: memory.upload(`${label} scales`, await floatValues(matrix.scales)),
      zeros: matrix.zeroPoints ? memory.upload(`${label} zero points`, await matrix.zeroPoints.read()) : null,
    };
  }
  if (columns % 4 !== 0 || out % 4 !== 0) throw new BackboneError(`${label} is ${out} × ${columns}; sizes that are multiples of 4 are supported.`);
  const half = matrix.tensor.storage === 'f16';
  return { kind: 'float', out, in: columns, half, transposed: matrix.transposed, data: memory.upload(label, await matrix.tensor.bytes.read()) };
}

/** A [vocabulary, hidden] table in shards of at most one binding. */
async function uploadTable(memory: GpuMemory, label: string, matrix: WeightMatrix): Promise<readonly TableShard[]> {
  const { rows, columns } = matrix;
  if (matrix.kind === 'q4') return [{ first: 0, rows, matrix: await uploadMatrix(memory, label, matrix) }];
  if (columns % 4 !== 0) throw new BackboneError(`${label} rows have ${columns} entries; multiples of 4 are supported.`);
  if (matrix.transposed) {
    const data = transpose(await floatValues(matrix.tensor), columns, rows);
    return [{ first: 0, rows, matrix: { kind: 'float', out: rows, in: columns, half: false, transposed: false, data: memory.upload(label, data) } }];
  }
  const half = matrix.tensor.storage === 'f16';
  const rowBytes = columns * (half ? 2 : 4);
  const most = Math.max(SHARD_ROWS, Math.floor(memory.maxBinding / rowBytes / SHARD_ROWS) * SHARD_ROWS);
  const shards: TableShard[] = [];
  for (let first = 0; first < rows; first += most) {
    const count = Math.min(most, rows - first);
    const data = memory.upload(`${label} ${first}`, await matrix.tensor.bytes.read(first * rowBytes, (first + count) * rowBytes));
    shards.push({ first, rows: count, matrix: { kind: 'float', out: count, in: columns, half, transposed: false, data } });
  }
  return shards;
}

/** [rows, columns] → [columns, rows]. */
function transpose(data: Float32Array, rows: number, columns: number): Float32Array<ArrayBuffer> {
  const result = new Float32Array(data.length);
  for (let row = 0; row < rows; row += 1) {
    for (let column = 0; column < columns; column += 1) result[column * rows + row] = data[row * columns + column]!;
  }
  return result;
}
