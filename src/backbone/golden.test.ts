import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { loadBackbone } from './load.ts';
import { readAdapter } from './peft.ts';
import { openSafetensors, safeTensorDoubles } from './safetensors.ts';
import { folderSource } from './testing/folder-source.ts';
import { referenceLogProbs } from './testing/reference-decoder.ts';

const caseFile = z.object({ sequences: z.array(z.object({ tokens: z.array(z.number()), roles: z.array(z.number()) })) });

const EXPECTED = {
  'qwen2-f32': { quantisation: 'float32', tied: true, parameters: 97 * 64 + 2 * (64 * 64 * 2 + 32 * 64 * 2 + 3 * 96 * 64 + 2 * 64 + 64 + 32 + 32) + 64 },
  'qwen2-q4': { quantisation: '4 bits in blocks of 32, float32 embedding', tied: false, parameters: null },
  'qwen2-q4-zp': { quantisation: '4 bits in blocks of 32 with zero points, float32 embedding', tied: true, parameters: null },
  'qwen3-f32': { quantisation: 'float32', tied: false, parameters: null },
} as const;

/**
 * The golden log-probabilities come from an independent implementation. A plain double-precision forward pass over what
 * was loaded must give them: it shows dequantisation, transposition, bias, norm and adapter order all at once.
 */
describe.each(Object.entries(EXPECTED))('golden case %s', (name, { quantisation, tied, parameters }) => {
  const source = folderSource(`fixtures/golden/${name}`);

  it('loads every weight and its adapters, and gives the golden log-probabilities', async () => {
    const backbone = await loadBackbone(source);
    expect(backbone.quantisation).toBe(quantisation);
    expect(backbone.weights.head === backbone.weights.embedding).toBe(tied);
    expect(backbone.tokenizer).toBeNull();
    expect(backbone.sha256).toMatch(/^[0-9a-f]{64}$/);
    if (parameters !== null) expect(backbone.parameters).toBe(parameters);

    const adapters = [await readAdapter(source, 'adapters/reasoning', backbone.config), await readAdapter(source, 'adapters/tool', backbone.config)];
    const { sequences } = caseFile.parse(JSON.parse(readFileSync(`fixtures/golden/${name}/case.json`, 'utf8')));
    const expected = await openSafetensors(await source.open('expected.safetensors'));
    for (const [index, { tokens, roles }] of sequences.entries()) {
      // Equation 2: the adapter at a position is the role of the token it predicts.
      const routes = Uint8Array.from(tokens, (_, p) => (roles[p + 1] === 2 && roles[p] !== 0 && roles[p] !== 3 ? 1 : 0));
      const golden = await safeTensorDoubles(expected.tensors.get(`logprobs.${index}`)!, 'logprobs');
      const values = await referenceLogProbs(backbone.weights, adapters, tokens, routes);
      const error = Math.max(...values.map((value, t) => Math.abs(value - golden[t])));
      expect(error).toBeLessThan(1e-5);
    }
  });
});

describe('the bundled backbone', () => {
  it('loads, with its tokenizer', async () => {
    const backbone = await loadBackbone(folderSource('public/models/seesaw-tiny'));
    expect(backbone.config.architecture).toBe('qwen2');
    expect(backbone.tokenizer?.vocabSize).toBe(backbone.config.vocabSize);
    expect(backbone.model.path).toBe('onnx/model_q4.onnx');
    expect(backbone.parameters).toBeGreaterThan(400_000);
  });
});
