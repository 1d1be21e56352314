import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readAdapter, writeAdapter } from './peft.ts';
import { openSafetensors, safeTensorDoubles, safeTensorFloats, writeSafetensors } from './safetensors.ts';
import { filesSource } from './sources.ts';
import type { BackboneSource, DecoderConfig, LoraAdapter } from './types.ts';

const CONFIG: DecoderConfig = {
  architecture: 'qwen2', vocabSize: 10, hiddenSize: 8, layers: 2, heads: 2, kvHeads: 1, headDim: 4, intermediateSize: 16,
  ropeTheta: 1e4, rmsNormEps: 1e-6, tiedEmbedding: true, maxPositions: 32,
};
const ADAPTER: LoraAdapter = {
  rank: 2,
  alpha: 4,
  modules: new Map([
    ['layers.1.self_attn.k_proj', { a: Float32Array.from({ length: 16 }, (_, i) => i), b: Float32Array.from({ length: 8 }, (_, i) => -i), inFeatures: 8, outFeatures: 4 }],
    ['layers.0.mlp.down_proj', { a: Float32Array.from({ length: 32 }, (_, i) => i / 7), b: new Float32Array(16), inFeatures: 16, outFeatures: 8 }],
  ]),
};

function sourceOf(config: string, weights: Uint8Array<ArrayBuffer>): BackboneSource {
  return filesSource('test', [
    { path: 'a/adapter_config.json', blob: new Blob([config]) },
    { path: 'a/adapter_model.safetensors', blob: new Blob([weights]) },
  ]);
}

describe('safetensors', () => {
  it('reads back what it writes, aligned to 8 bytes', async () => {
    const tensor = fc.record({ name: fc.string({ minLength: 1 }).filter((name) => name !== '__metadata__' && name !== '__proto__'), values: fc.array(fc.float({ noNaN: true }), { maxLength: 9 }) });
    await fc.assert(
      fc.asyncProperty(fc.uniqueArray(tensor, { selector: ({ name }) => name }), async (tensors) => {
        const file = writeSafetensors(new Map(tensors.map(({ name, values }) => [name, { shape: [values.length], values: Float32Array.from(values) }])), { format: 'pt' });
        expect(new DataView(file.buffer).getUint32(0, true) % 8).toBe(0);
        const { tensors: read, metadata } = await openSafetensors(new Blob([file]));
        expect(metadata).toEqual({ format: 'pt' });
        expect(read.size).toBe(tensors.length);
        for (const { name, values } of tensors) expect([...(await safeTensorFloats(read.get(name)!, name))]).toEqual(values);
      }),
    );
  });

  it('converts float16, bfloat16 and float64', async () => {
    const header = '{"h":{"dtype":"F16","shape":[1],"data_offsets":[0,2]},"b":{"dtype":"BF16","shape":[1],"data_offsets":[2,4]}}';
    const file = new Blob([Uint8Array.of(header.length, 0, 0, 0, 0, 0, 0, 0), header, Uint8Array.of(0, 0x3c, 0x40, 0xc0)]);
    const { tensors } = await openSafetensors(file);
    expect((await safeTensorFloats(tensors.get('h')!, 'h'))[0]).toBe(1);
    expect((await safeTensorFloats(tensors.get('b')!, 'b'))[0]).toBe(-3);
    const doubles = writeSafetensors(new Map([['d', { shape: [1], values: Float64Array.of(Math.PI) }]]));
    const opened = await openSafetensors(new Blob([doubles]));
    expect((await safeTensorDoubles(opened.tensors.get('d')!, 'd'))[0]).toBe(Math.PI);
  });

  it.each([
    ['too short', new Blob(['abc']), /has 3 bytes/],
    ['a web page', new Blob(['<!doctype html>']), /truncated or not a safetensors/],
    ['a cut file', new Blob([writeSafetensors(new Map([['x', { shape: [4], values: new Float32Array(4) }]])).subarray(0, -1)]), /truncated/],
  ])('refuses %s', async (_name, blob, message) => {
    await expect(openSafetensors(blob)).rejects.toThrow(message);
  });
});

describe('PEFT adapters', () => {
  const { config, weights } = writeAdapter(ADAPTER, 'test');

  it('come back from their two files, the same bytes twice', async () => {
    const read = await readAdapter(sourceOf(config, weights), 'a', CONFIG);
    expect(read.rank).toBe(2);
    expect(read.alpha).toBe(4);
    expect([...read.modules.keys()].sort()).toEqual(['layers.0.mlp.down_proj', 'layers.1.self_attn.k_proj']);
    expect(read.modules.get('layers.1.self_attn.k_proj')).toEqual(ADAPTER.modules.get('layers.1.self_attn.k_proj'));
    expect(writeAdapter(read, 'test').weights).toEqual(weights);
  });

  it('read keys with an adapter name in them', async () => {
    const named = writeSafetensors(
      new Map(
        [['A', [2, 8]], ['B', [4, 2]]].map(([half, shape]) => [`base_model.model.model.layers.0.self_attn.v_proj.lora_${half as string}.default.weight`, { shape: shape as number[], values: new Float32Array(half === 'A' ? 16 : 8) }]),
      ),
    );
    expect((await readAdapter(sourceOf(config, named), 'a', CONFIG)).modules.has('layers.0.self_attn.v_proj')).toBe(true);
  });

  it.each<[string, Record<string, unknown>, RegExp]>([
    ['rslora', { use_rslora: true }, /use_rslora/],
    ['dora', { use_dora: true }, /use_dora/],
    ['ranks by module', { rank_pattern: { q_proj: 4 } }, /rank_pattern/],
    ['alphas by module', { alpha_pattern: { q_proj: 4 } }, /alpha_pattern/],
    ['another method', { peft_type: 'IA3' }, /"IA3"/],
    ['trained biases', { bias: 'all' }, /trained biases/],
    ['saved modules', { modules_to_save: ['lm_head'] }, /modules_to_save \(lm_head\)/],
    ['another rank', { r: 3 }, /has shape \[.*rank 3 needs/],
  ])('refuses %s', async (_name, changes, message) => {
    const changed = JSON.stringify({ ...(JSON.parse(config) as Record<string, unknown>), ...changes });
    await expect(readAdapter(sourceOf(changed, weights), 'a', CONFIG)).rejects.toThrow(message);
  });

  it.each<[string, string, RegExp]>([
    ['a key of another model', 'base_model.model.transformer.h.0.attn.lora_A.weight', /expected are keys like/],
    ['a layer that is not there', 'base_model.model.model.layers.7.self_attn.q_proj.lora_A.weight', /no projection of this model/],
    ['half a module', 'base_model.model.model.layers.0.self_attn.q_proj.lora_A.weight', /only lora_A/],
  ])('refuses %s', async (_name, key, message) => {
    const file = writeSafetensors(new Map([[key, { shape: [2, 8], values: new Float32Array(16) }]]));
    await expect(readAdapter(sourceOf(config, file), 'a', CONFIG)).rejects.toThrow(message);
  });
});
