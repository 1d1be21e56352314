import { describe, expect, it } from 'vitest';
import { memoryBytes } from '../backbone/lazy-bytes.ts';
import { BackboneError, type BackboneWeights, type LazyBytes, type WeightMatrix } from '../backbone/types.ts';
import { dequantiseRows } from '../backbone/dequantise.ts';
import { GpuMemory, type BufferView } from '../gpu/buffers.ts';
import type { GpuQuantisedMatrix } from '../gpu/kernels/matmul.ts';
import { testDevice } from '../gpu/testing/device.ts';
import { randomBackbone, TINY } from './testing/random-backbone.ts';
import { factsOf, reserveWeights } from './weight-facts.ts';
import { SHARD_ROWS, uploadWeights, type TableShard } from './weights.ts';

const { device } = await testDevice();

function withQ(weights: BackboneWeights, q: WeightMatrix): BackboneWeights {
  return { ...weights, layers: weights.layers.map((layer) => ({ ...layer, q })) };
}

describe('weights on the GPU', () => {
  it('a tied head is the embedding’s very buffers, a separate one is not', async () => {
    const tied = await uploadWeights(new GpuMemory(device), randomBackbone(TINY, 1));
    expect(tied.head).toBe(tied.embedding);
    const apart = await uploadWeights(new GpuMemory(device), randomBackbone({ ...TINY, tiedEmbedding: false }, 1));
    expect(apart.head).not.toBe(apart.embedding);
  });

  it('cuts a table that exceeds a binding into shards whose rows join up again', async () => {
    const vocabSize = 3 * SHARD_ROWS + 41;
    const weights = randomBackbone({ ...TINY, vocabSize }, 2);
    const memory = new GpuMemory(device);
    const rowBytes = TINY.hiddenSize * 4;
    Object.assign(memory, { maxBinding: 2.5 * SHARD_ROWS * rowBytes });
    const { embedding } = await uploadWeights(memory, weights);
    expect(embedding.map(({ first, rows }) => [first, rows])).toEqual([
      [0, 2 * SHARD_ROWS],
      [2 * SHARD_ROWS, SHARD_ROWS + 41],
    ]);
    const joined = await Promise.all(embedding.map(async ({ rows, matrix }) => new Float32Array(await memory.read(matrix.data, rows * rowBytes))));
    expect(joined.flatMap((shard) => [...shard])).toEqual([...(await dequantiseRows(weights.embedding))]);
  });

  it('cuts quantised tables too, with their scales and zero points', async () => {
    const vocabSize = 2 * SHARD_ROWS + 41;
    const config = { ...TINY, vocabSize, tiedEmbedding: false };
    const weights = randomBackbone(config, 6, 'q8');
    const memory = new GpuMemory(device);
    Object.assign(memory, { maxBinding: 1.25 * SHARD_ROWS * TINY.hiddenSize });
    const uploaded = await uploadWeights(memory, weights);
    // A row of 8 bits has 32 bytes, one of 4 bits 16.
    expect(uploaded.embedding.map(({ first, rows, matrix }) => [first, rows, matrix.kind])).toEqual([[0, 256, 'q8'], [256, 256, 'q8'], [512, 41, 'q8']]);
    expect(uploaded.head.map(({ first, rows, matrix }) => [first, rows, matrix.kind])).toEqual([[0, 512, 'q4'], [512, 41, 'q4']]);
    const joined = async (shards: readonly TableShard[], part: (matrix: GpuQuantisedMatrix) => BufferView, bytes: number): Promise<number[]> =>
      (await Promise.all(shards.map(async ({ rows, matrix }) => (matrix.kind === 'float' ? [] : [...new Uint8Array(await memory.read(part(matrix), rows * bytes))])))).flat();
    for (const [table, shards, dataBytes, zeroBytes] of [[weights.embedding, uploaded.embedding, 32, 2], [weights.head, uploaded.head, 16, 1]] as const) {
      if (table.kind === 'float') throw new Error('The tables are quantised.');
      expect(await joined(shards, ({ data }) => data, dataBytes)).toEqual([...(await table.data.read())]);
      expect(await joined(shards, ({ scales }) => scales, 8)).toEqual([...(await table.scales.bytes.read())]);
      expect(await joined(shards, ({ zeros }) => zeros!, zeroBytes)).toEqual([...(await table.zeroPoints!.read())]);
    }
  });

  it('puts a layer’s small matrices and vectors into one buffer, at offsets that can be bound, and its bytes where they belong', async () => {
    for (const storage of ['f32', 'f16', 'q4', 'q8'] as const) {
      const weights = randomBackbone(TINY, 9, storage);
      const memory = new GpuMemory(device);
      const [layer] = (await uploadWeights(memory, weights)).layers;
      const matrices = Object.values(layer.matrices);
      const views = [layer.inputNorm, layer.postAttentionNorm, ...Object.values(layer.biases), ...matrices.flatMap((matrix) => (matrix.kind === 'float' ? [matrix.data] : [matrix.data, matrix.scales, ...(matrix.zeros ? [matrix.zeros] : [])]))];
      expect(new Set(views.map(({ buffer }) => buffer)).size, storage).toBe(1);
      expect(views.every(({ offset, size, buffer }) => offset % 256 === 0 && offset + size <= buffer.size)).toBe(true);
      const places = views.map(({ offset, size }) => [offset, offset + size]).sort(([a], [b]) => a - b);
      expect(places.every(([start], index) => index === 0 || start >= places[index - 1][1])).toBe(true);
      const { down } = weights.layers[0];
      const stored = down.kind === 'float' ? down.tensor.bytes : down.data;
      expect(new Uint8Array(await memory.read(layer.matrices.down_proj.data, stored.byteLength))).toEqual(await stored.read());
    }
  });

  it('takes the bytes that its facts foretell, of every storage', async () => {
    for (const storage of ['f32', 'f16', 'q4', 'q8'] as const) {
      const config = { ...TINY, vocabSize: 2 * SHARD_ROWS + 41, tiedEmbedding: false };
      const weights = randomBackbone(config, 7, storage);
      // A head stored [hidden, vocabulary] is turned round; one matrix of 8 bits among the others.
      const head = weights.head.kind === 'float' ? { ...weights.head, transposed: true } : weights.head;
      const mixed = { ...weights, head, layers: weights.layers.map((layer, index) => (index === 1 ? { ...layer, down: randomBackbone(config, 7, 'q8').layers[1].down } : layer)) };
      const [real, told] = [new GpuMemory(device), new GpuMemory(device)];
      for (const memory of [real, told]) Object.assign(memory, { maxBinding: 1.5 * SHARD_ROWS * TINY.hiddenSize * 4 });
      const uploaded = await uploadWeights(real, mixed);
      const reserved = reserveWeights(told, config, factsOf(mixed));
      expect(told.bytes).toBe(real.bytes);
      const shape = ({ embedding, head: heads }: typeof uploaded) => [...embedding, ...heads].map(({ first, rows, matrix: { kind, out, data } }) => [first, rows, kind, out, data.size]);
      expect(shape(reserved)).toEqual(shape(uploaded));
    }
  });

  it('reads a table by slices of 32 MiB, each before the next', async () => {
    const [rows, columns] = [151_936, 128];
    const reads: number[] = [];
    const bytes: LazyBytes = {
      byteLength: rows * columns * 4,
      place: null,
      read: (start = 0, end = rows * columns * 4) => {
        reads.push(end - start);
        return Promise.resolve(new Uint8Array(end - start).fill(start / 2 ** 25));
      },
    };
    const config = { ...TINY, vocabSize: rows, hiddenSize: columns, heads: 4, headDim: 32, layers: 0 };
    const weights: BackboneWeights = { ...randomBackbone({ ...config, vocabSize: 8 }, 8), config, layers: [] };
    const embedding: WeightMatrix = { kind: 'float', rows, columns, transposed: false, tensor: { storage: 'f32', shape: [rows, columns], bytes } };
    const memory = new GpuMemory(device);
    const { embedding: [shard] } = await uploadWeights(memory, { ...weights, embedding, head: embedding });
    expect(Math.max(...reads)).toBe(32 * 2 ** 20);
    expect(reads.reduce((sum, read) => sum + read, 0)).toBe(rows * columns * 4);
    const at = new Uint8Array(await memory.read({ ...shard.matrix.data, offset: 2 ** 25 - 4 }, 8));
    expect([...at]).toEqual([0, 0, 0, 0, 1, 1, 1, 1]);
    memory.destroy(shard.matrix.data);
  });

  it('turns round a table that its file stores [hidden, vocabulary]', async () => {
    const weights = randomBackbone(TINY, 3);
    const values = await dequantiseRows(weights.embedding);
    const { rows, columns } = weights.embedding;
    const turned = Float32Array.from({ length: values.length }, (_, i) => values[(i % rows) * columns + Math.floor(i / rows)]);
    const tensor = { storage: 'f32', shape: [columns, rows], bytes: memoryBytes(new Uint8Array(turned.buffer), 'turned') } as const;
    const memory = new GpuMemory(device);
    const { embedding } = await uploadWeights(memory, { ...weights, embedding: { kind: 'float', rows, columns, transposed: true, tensor } });
    expect(new Float32Array(await memory.read(embedding[0].matrix.data, values.length * 4))).toEqual(values);
  });

  it('says which matrix has a shape that the kernels do not take', async () => {
    const weights = randomBackbone(TINY, 4);
    const q4 = randomBackbone(TINY, 4, 'q4').layers[0].q;
    const odd = withQ(weights, { ...q4, columns: 24 });
    await expect(uploadWeights(new GpuMemory(device), odd)).rejects.toThrow(BackboneError);
    await expect(uploadWeights(new GpuMemory(device), odd)).rejects.toThrow(/layer 0 q_proj has 24 columns; quantised weights need multiples of 16/);
    const { q } = weights.layers[0];
    await expect(uploadWeights(new GpuMemory(device), withQ(weights, { ...q, columns: 30 }))).rejects.toThrow(/layer 0 q_proj has 30 columns; float weights need multiples of 4/);
    await expect(uploadWeights(new GpuMemory(device), withQ(weights, { ...q, rows: 30 }))).rejects.toThrow(/layer 0 q_proj is 30 × 32; float weights need multiples of 4/);
  });
});
