import { fromBinary, toBinary } from '@bufbuild/protobuf';
import { ModelProtoSchema, type ModelProto } from 'onnx-buf';
import { beforeAll, describe, expect, it } from 'vitest';
import { prepareModel } from './model.ts';
import { goldenCase, type GoldenCase } from './testing/golden.ts';

let golden: GoldenCase;
beforeAll(async () => {
  golden = await goldenCase('qwen2-f32');
});

async function altered(change: (model: ModelProto) => void): Promise<Uint8Array<ArrayBuffer>> {
  const model = fromBinary(ModelProtoSchema, new Uint8Array(await golden.graph.arrayBuffer()));
  change(model);
  return toBinary(ModelProtoSchema, model);
}

describe('prepareModel', () => {
  it('adds three inputs for any number of adapters, and one without', async () => {
    const file = new Uint8Array(await golden.graph.arrayBuffer());
    const inputs = (bytes: Uint8Array): string[] => fromBinary(ModelProtoSchema, bytes).graph!.input.map(({ name }) => name);
    const before = inputs(file);
    expect(inputs(prepareModel(file, golden.adapters.layout).bytes)).toEqual([...before, 'logit_positions', 'adapter_parameters', 'adapter_ids']);
    expect(inputs(prepareModel(file, null).bytes)).toEqual([...before, 'logit_positions']);
  });

  it.each([
    ['a missing projection', (m: ModelProto) => { for (const node of m.graph!.node) node.name = node.name.replace('up_proj', 'up'); }, /no up_proj of layer 0 .* named/],
    ['a missing head', (m: ModelProto) => { m.graph!.output.splice(0, 1); }, /no product whose output is "logits"/],
    ['attention of another kind', (m: ModelProto) => { for (const node of m.graph!.node) node.opType = node.opType.replace('GroupQueryAttention', 'Attention'); }, /without GroupQueryAttention/],
    ['no cache', (m: ModelProto) => { for (const input of m.graph!.input) input.name = input.name.replace('past', 'former'); }, /no key\/value cache/],
  ])('refuses %s and says what it found', async (_, change, message) => {
    expect(() => prepareModel(new Uint8Array(0), null)).toThrow(/holds no graph/);
    const file = await altered(change);
    expect(() => prepareModel(file, golden.adapters.layout)).toThrow(message);
  });

  it('refuses what is no ONNX file', () => {
    expect(() => prepareModel(new TextEncoder().encode('<!doctype html>'), null)).toThrow(/no ONNX graph|holds no graph/);
  });
});
