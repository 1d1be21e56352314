import { fromBinary, toBinary } from '@bufbuild/protobuf';
import { ModelProtoSchema, TensorProto_DataLocation, type ModelProto } from 'onnx-buf';
import { beforeAll, describe, expect, it } from 'vitest';
import { LARGE_BYTES, OWN_FILE, readSkeleton } from './graph-skeleton.ts';
import { prepareModel } from './model.ts';
import { goldenCase, type GoldenCase } from './testing/golden.ts';

let golden: GoldenCase;
let hiddenSize: number;
beforeAll(async () => {
  golden = await goldenCase('qwen2-f32');
  ({ hiddenSize } = golden.backbone.config);
});

async function altered(change: (model: ModelProto) => void): Promise<Blob> {
  const model = fromBinary(ModelProtoSchema, new Uint8Array(await golden.graph.arrayBuffer()));
  change(model);
  return new Blob([toBinary(ModelProtoSchema, model)]);
}

describe('readSkeleton', () => {
  it('leaves every large initialiser where it stands in the file, and nothing else', async () => {
    const file = new Uint8Array(await golden.graph.arrayBuffer());
    const whole = fromBinary(ModelProtoSchema, file);
    const skeleton = await readSkeleton(golden.graph, [], 4096);
    const tensors = new Map(skeleton.graph!.initializer.map((tensor) => [tensor.name, tensor]));
    expect(tensors.size).toBe(whole.graph!.initializer.length);
    let left = 0;
    for (const tensor of whole.graph!.initializer) {
      const other = tensors.get(tensor.name)!;
      if (tensor.rawData.length < 4096) {
        expect(other).toEqual(tensor);
        continue;
      }
      left += 1;
      const place = Object.fromEntries(other.externalData.map(({ key, value }) => [key, value]));
      expect(other.dataLocation).toBe(TensorProto_DataLocation.EXTERNAL);
      expect([other.dims, other.dataType, other.rawData.length, place.location]).toEqual([tensor.dims, tensor.dataType, 0, OWN_FILE]);
      expect(file.slice(Number(place.offset), Number(place.offset) + Number(place.length))).toEqual(tensor.rawData);
    }
    expect(left).toBeGreaterThan(10);
    skeleton.graph!.initializer = whole.graph!.initializer;
    expect(skeleton).toEqual(whole);
  });

  it('patches what it reads', async () => {
    const small = golden.backbone.weights.finalNorm.bytes;
    const bytes = Uint8Array.of(1, 2, 3, 4);
    const skeleton = await readSkeleton(golden.graph, [{ ...small.place!, bytes }]);
    const changed = skeleton.graph!.initializer.filter(({ rawData }) => rawData.length === small.byteLength && rawData.slice(0, 4).every((byte, index) => byte === bytes[index]));
    expect(small.byteLength).toBeLessThan(LARGE_BYTES);
    expect(changed).toHaveLength(1);
  });
});

describe('prepareModel', () => {
  it('adds three inputs for any number of adapters, and one without', async () => {
    const inputs = (bytes: Uint8Array): string[] => fromBinary(ModelProtoSchema, bytes).graph!.input.map(({ name }) => name);
    const before = inputs(new Uint8Array(await golden.graph.arrayBuffer()));
    expect(inputs((await prepareModel(golden.graph, { layout: golden.adapters.layout, hiddenSize })).bytes)).toEqual([...before, 'logit_positions', 'adapter_parameters', 'adapter_ids']);
    expect(inputs((await prepareModel(golden.graph, { layout: null, hiddenSize })).bytes)).toEqual([...before, 'logit_positions']);
  });

  it.each([
    ['a missing projection', (m: ModelProto) => { for (const node of m.graph!.node) node.name = node.name.replace('up_proj', 'up'); }, /no up_proj of layer 0 .* named/],
    ['a missing head', (m: ModelProto) => { m.graph!.output.splice(0, 1); }, /no product whose output is "logits"/],
    ['a cache that another operator makes', (m: ModelProto) => { for (const node of m.graph!.node) node.opType = node.opType.replace('GroupQueryAttention', 'Attention'); }, /position_ids|by Attention/],
    ['no cache', (m: ModelProto) => { for (const input of m.graph!.input) input.name = input.name.replace('past', 'former'); }, /no key\/value cache/],
  ])('refuses %s and says what it found', async (_, change, message) => {
    await expect(prepareModel(await altered(change), { layout: golden.adapters.layout, hiddenSize })).rejects.toThrow(message);
  });

  it('refuses what is no ONNX file', async () => {
    for (const file of ['<!doctype html>', '']) await expect(prepareModel(new Blob([file]), { layout: null, hiddenSize })).rejects.toThrow(/this is not|holds no graph|truncated/);
  });
});
