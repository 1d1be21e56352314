import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { folderSource } from '../backbone/testing/folder-source.ts';
import type { Variant } from '../backbone/hub/variants.ts';
import type { RemoteModel } from '../backbone/hub/types.ts';
import type { Plan } from '../engine/preflight.ts';
import { filesOfSource, preflightModel, remoteFiles, type PreflightQuestion } from './model-preflight.ts';

const CONFIG = {
  model_type: 'qwen2',
  vocab_size: 151_936,
  hidden_size: 896,
  num_hidden_layers: 24,
  num_attention_heads: 14,
  num_key_value_heads: 2,
  intermediate_size: 4864,
  max_position_embeddings: 32_768,
  rms_norm_eps: 1e-6,
  rope_theta: 1_000_000,
  tie_word_embeddings: true,
};
const TRAINING: Plan = { purpose: 'training', batch: 4, length: 512, adapters: { count: 2, rank: 8, alpha: 16 }, losses: 2 };
const LARGE = { shaderF16: true, maxBinding: 2 ** 31, maxBuffer: 2 ** 32 };

/** A model whose server does not tell sizes, so that config.json and the file's name are all there is. */
async function told(path: string, plan: Plan, device: PreflightQuestion['device']) {
  const file = { path, size: null, sha256: null, gitOid: null };
  const model: RemoteModel = { kind: 'address', name: 'qwen', root: 'https://example.test/qwen/', revision: null, commit: null, files: [file] };
  const variant: Variant = { path, label: 'q4', refused: null, files: [file], bytes: null };
  const fetcher = () => Promise.resolve(new Response(JSON.stringify(CONFIG)));
  return preflightModel({ variant, plan, device }, remoteFiles(model, variant, { fetcher, token: null }));
}

describe('a model on a server', () => {
  it('is told by its parts, without a refusal where it fits', async () => {
    const { gpu, refusals, suggestions } = await told('onnx/model_q4.onnx', TRAINING, LARGE);
    expect(refusals).toEqual([]);
    expect(suggestions).toEqual([]);
    expect(gpu!.total).toBe(gpu!.layers + gpu!.embedding + gpu!.adapters + gpu!.gradients + gpu!.activations + gpu!.session);
    expect(gpu!.embedding).toBe(151_936 * 896 * 4);
  });

  it('says that activations are recomputed where they exceed what is kept', async () => {
    const recomputed = /recomputed layer by layer/;
    expect((await told('onnx/model_q4.onnx', TRAINING, LARGE)).warnings.some((text) => recomputed.test(text))).toBe(true);
    expect((await told('onnx/model_q4.onnx', { ...TRAINING, batch: 1, length: 256 }, LARGE)).warnings.some((text) => recomputed.test(text))).toBe(false);
  });

  it('says how many passes a question’s spans take', async () => {
    const plan: Plan = { purpose: 'angles', batch: 8, length: 1024, parameterSet: 'full', adapters: null, spans: 4 };
    const { warnings, refusals } = await told('onnx/model_q4.onnx', plan, LARGE);
    expect(refusals).toEqual([]);
    expect(warnings.find((text) => text.includes('passes'))).toMatch(/The spans of one question take \d+ passes, as only .* fit at a time/);
    expect((await told('onnx/model_q4.onnx', { ...plan, batch: 2, length: 256 }, LARGE)).warnings.some((text) => text.includes('passes'))).toBe(false);
  });

  it.each([
    ['maxStorageBufferBindingSize', { shaderF16: true, maxBinding: 2 ** 27, maxBuffer: 2 ** 28 }],
    ['maxBufferSize', { shaderF16: true, maxBinding: 2 ** 31, maxBuffer: 2 ** 27 }],
  ] as const)('is refused with the bytes that %s is short of, and told what would fit', async (limit, device) => {
    const { refusals, suggestions, gpu } = await told('onnx/model_q4.onnx', { ...TRAINING, batch: 1, length: 8192 }, device);
    expect(gpu).toBeNull();
    const [, needs, allowed, named, missing] = /needs (\d+) bytes in one binding; this adapter allows (\d+) \((\w+)\), (\d+) too few/.exec(refusals[0])!;
    expect([named, Number(allowed)]).toEqual([limit, 2 ** 27]);
    expect(Number(missing)).toBe(Number(needs) - 2 ** 27);
    expect(suggestions).toEqual(['1 trajectory of 4096 tokens would fit.']);
  });

  it('is told to be taken in 4 bits where half floats cannot be computed with, or nothing fits', async () => {
    const { warnings, suggestions } = await told('onnx/model_q4f16.onnx', TRAINING, { ...LARGE, shaderF16: false });
    expect(warnings.join(' ')).toMatch(/no shader-f16/);
    expect(suggestions[0]).toMatch(/model_q4\.onnx/);
    const small = await told('onnx/model_fp16.onnx', TRAINING, { shaderF16: true, maxBinding: 2 ** 22, maxBuffer: 2 ** 28 });
    expect(small.refusals[0]).toMatch(/too few/);
    expect(small.suggestions.join(' ')).toMatch(/No shorter or smaller batch fits.*model_q4\.onnx/);
  });
});

it('reads a folder as it reads a server, and says what it would cost', async () => {
  const source = folderSource(fileURLToPath(new URL('../../public/models/seesaw-tiny', import.meta.url)));
  const { variant, files } = await filesOfSource(source);
  expect(variant.path).toBe('onnx/model_q4.onnx');
  const report = await preflightModel({ variant, plan: { ...TRAINING, batch: 1, length: 64 }, device: LARGE }, files);
  expect(report.refusals).toEqual([]);
  expect(report.basis).toMatch(/nodes at the beginning of the graph/);
  // 542,176 parameters, 4 bits and a float32 embedding: a few megabytes with the activations of 64 tokens.
  expect(report.gpu!.total).toBeGreaterThan(1e6);
  expect(report.gpu!.total).toBeLessThan(2e7);
  const long = await preflightModel({ variant, plan: { ...TRAINING, batch: 1, length: 8192 }, device: LARGE }, files);
  expect(long.warnings.join(' ')).toMatch(/context ends at 4096 tokens/);
});

it('says what a session on the CPU would take, and refuses what none can hold where there is no other', async () => {
  const file = { path: 'onnx/model_fp16.onnx', size: 3.2e9, sha256: null, gitOid: null };
  const variant: Variant = { path: file.path, label: 'fp16', refused: null, files: [file], bytes: null };
  const files = { config: () => Promise.resolve(JSON.stringify(CONFIG)), graph: () => Promise.resolve(null) };
  expect((await preflightModel({ variant, plan: TRAINING, device: LARGE }, files)).warnings.join(' ')).toMatch(/Rollouts: On the CPU the model would take about 10\.9 GB/);
  expect((await preflightModel({ variant, plan: TRAINING, device: null }, files)).refusals.join(' ')).toMatch(/10\.9 GB/);
});
