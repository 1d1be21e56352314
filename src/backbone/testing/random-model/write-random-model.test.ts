import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { loadBackbone } from '../../load.ts';
import { folderSource } from '../folder-source.ts';
import { decomposedGraph } from './decomposed-graph.ts';
import { gqaGraph } from './gqa-graph.ts';
import { ModelWeights } from './layer-weights.ts';
import type { Storage } from './products.ts';
import { randomWeights, weightAt } from './random-weights.ts';
import { SHAPES, type ModelShape, type ShapeName } from './shapes.ts';
import { STYLES, writeRandomModel, type RandomModelOptions } from './write-random-model.ts';

const SMALL: ModelShape = { ...SHAPES['qwen2.5-0.5b'], layers: 1, vocabSize: 128, maxPositions: 16, intermediateSize: 64, hiddenSize: 128, heads: 4, kvHeads: 2, headDim: 32 };
const PLAIN: RandomModelOptions = { shape: SMALL, storage: 'q4', style: 'gqa', embedding: 'float', head: 'tied-transpose', accuracyLevel: null, naming: 'rank', chunkBytes: null, seed: 1 };

const root = mkdtempSync(join(tmpdir(), 'write-random-model-'));
afterAll(() => rmSync(root, { recursive: true }));

function write(name: string, options: Partial<RandomModelOptions> = {}): { readonly folder: string; readonly notes: readonly string[] } {
  const folder = join(root, name);
  return { folder, notes: writeRandomModel(folder, { ...PLAIN, ...options }).notes };
}

describe('the random model that is written', () => {
  /** Bytes on the hub's file pages, in 10⁶. The graph itself and what an exporter leaves behind make up the rest. */
  it.each<[ShapeName, Storage, RandomModelOptions['style'], number]>([
    ['qwen2.5-0.5b', 'q4', 'decomposed', 786],
    ['qwen2.5-0.5b', 'q4f16', 'decomposed', 483],
    ['qwen2.5-0.5b', 'fp16', 'decomposed', 997],
    ['qwen2.5-0.5b', 'fp32', 'decomposed', 1990],
    ['qwen2.5-0.5b', 'q4', 'gqa', 777],
    ['qwen2.5-0.5b', 'q4f16', 'gqa', 478],
    ['qwen3-0.6b', 'q4', 'gqa', 919],
  ])('%s %s %s has the published size within 2 per cent', (name, storage, style, published) => {
    const shape = SHAPES[name];
    const builder = (style === 'gqa' ? gqaGraph : decomposedGraph)(shape, { ...PLAIN, storage }, new ModelWeights(1, shape));
    const megabytes = builder.tensors.reduce((sum, { byteLength }) => sum + byteLength, 0) / 1e6;
    expect(Math.abs(megabytes / published - 1)).toBeLessThan(0.02);
  });

  it('depends on the seed alone', () => {
    const bytes = (name: string, seed: number): Buffer => readFileSync(join(write(name, { seed }).folder, 'onnx/model_q4.onnx'));
    const first = bytes('a', 1);
    expect(bytes('b', 1).equals(first)).toBe(true);
    expect(bytes('c', 2).equals(first)).toBe(false);
  });

  it.each(STYLES)('%s: loads, with all projections under the published names', async (style) => {
    const { folder, notes } = write(`names-${style}`, { style });
    const backbone = await loadBackbone(folderSource(folder));
    expect(backbone.config).toMatchObject({ architecture: 'qwen2', layers: 1, vocabSize: 128, ropeTheta: 1e6, tiedEmbedding: true });
    expect(backbone.weights.head).toBe(backbone.weights.embedding);
    expect(backbone.tokenizer).toBeNull();
    expect(notes.join()).toMatch(/No tokenizer was written/);
    const text = readFileSync(join(folder, 'onnx/model_q4.onnx'), 'latin1');
    const parent = style === 'gqa' ? 'attn' : 'self_attn';
    for (const name of ['/model/embed_tokens/Gather', `/model/layers.0/${parent}/q_proj/MatMul_Q4`, `/model/layers.0/${parent}/q_proj/Add`, '/model/layers.0/mlp/down_proj/MatMul_Q4', '/lm_head/MatMul', 'past_key_values.0.key', 'present.0.value']) {
      expect(text).toContain(name);
    }
    expect(text.includes('GroupQueryAttention')).toBe(style === 'gqa');
    expect(text.includes('position_ids')).toBe(style === 'decomposed');
  });

  it('brings Qwen2.5’s tokenizer and chat template where they fit', async () => {
    const { folder } = write('tokenizer', { shape: { ...SMALL, hiddenSize: 32, heads: 1, kvHeads: 1, vocabSize: 151_936 } });
    expect(readdirSync(folder).sort()).toEqual(['config.json', 'generation_config.json', 'onnx', 'tokenizer.json', 'tokenizer_config.json']);
    const { tokenizer } = await loadBackbone(folderSource(folder));
    expect(tokenizer?.vocabSize).toBeGreaterThan(151_000);
    expect(readFileSync(join(folder, 'tokenizer_config.json'), 'utf8')).toContain('You are Qwen, created by Alibaba Cloud');
  });
});

describe('random weights', () => {
  it('are normal, and others for another tensor', () => {
    const weights = randomWeights(1, 'w', 0.5, 2);
    const values = Array.from({ length: 20_000 }, (_, index) => (weightAt(weights, index) - 2) / 0.5);
    const moment = (power: number): number => values.reduce((sum, value) => sum + value ** power, 0) / values.length;
    // Standard errors at 20,000 samples: 0.007, 0.01, 0.035.
    expect(Math.abs(moment(1))).toBeLessThan(0.03);
    expect(Math.abs(moment(2) - 1)).toBeLessThan(0.04);
    expect(Math.abs(moment(4) - 3)).toBeLessThan(0.2);
    const other = randomWeights(1, 'v', 0.5, 2);
    const product = values.reduce((sum, value, index) => sum + value * ((weightAt(other, index) - 2) / 0.5), 0) / values.length;
    expect(Math.abs(product)).toBeLessThan(0.03);
  });
});
