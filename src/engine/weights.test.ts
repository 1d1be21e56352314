import { describe, expect, it } from 'vitest';
import { memoryBytes } from '../backbone/lazy-bytes.ts';
import { BackboneError, type BackboneWeights, type WeightMatrix } from '../backbone/types.ts';
import { dequantiseRows } from '../backbone/dequantise.ts';
import { GpuMemory } from '../gpu/buffers.ts';
import { testDevice } from '../gpu/testing/device.ts';
import { randomBackbone, TINY } from './testing/random-backbone.ts';
import { SHARD_ROWS, uploadWeights } from './weights.ts';

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
    await expect(uploadWeights(new GpuMemory(device), odd)).rejects.toThrow(/layer 0 q_proj has 24 columns; 4-bit weights need multiples of 16/);
    const { q } = weights.layers[0];
    await expect(uploadWeights(new GpuMemory(device), withQ(weights, { ...q, columns: 30 }))).rejects.toThrow(/layer 0 q_proj is 32 × 30; sizes that are multiples of 4/);
    await expect(uploadWeights(new GpuMemory(device), { ...weights, embedding: q4 })).rejects.toThrow(/embedding is quantised to 4 bits/);
  });
});
