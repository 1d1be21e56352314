import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { moduleName, sliceAdapter, stackAdapters } from '../backbone/adapters.ts';
import { loadBackbone } from '../backbone/load.ts';
import { readAdapter } from '../backbone/peft.ts';
import { openSafetensors, safeTensorDoubles } from '../backbone/safetensors.ts';
import { folderSource } from '../backbone/testing/folder-source.ts';
import { adaptersOf } from '../core/trajectory/tokens.ts';
import { ROLE_CODE } from '../core/trajectory/types.ts';
import { AdapterOptimiser } from '../engine/optimiser.ts';
import { decoderBench } from '../engine/testing/bench.ts';
import { expectClose } from '../gpu/testing/bench.ts';
import { grpoWeights } from './grpo.ts';

const open = await decoderBench();
const schema = z.object({ expected: z.string(), sequences: z.array(z.object({ tokens: z.array(z.number()), roles: z.array(z.number()), advantage: z.number() })) });
const LOSSES = ['reasoning', 'tool'] as const;

describe.each(['qwen2-f32', 'qwen2-q4'])('GRPO weights through the optimiser, %s', (name) => {
  it('give the golden gradients of both losses in both adapters, one sequence a micro-batch', { timeout: 120_000 }, async () => {
    const source = folderSource(`fixtures/golden/${name}`);
    const { config, weights: backbone } = await loadBackbone(source);
    const golden = schema.parse(JSON.parse(await (await source.open('case.json')).text()));
    const expected = await openSafetensors(await source.open(golden.expected), golden.expected);
    const adapters = stackAdapters(config, await Promise.all(LOSSES.map((role) => readAdapter(source, `adapters/${role}`, config))));
    const scored = golden.sequences.map(({ roles, advantage }) => ({
      advantage,
      abilities: Int8Array.from(roles, (role, token) => (token === 0 ? -1 : LOSSES.findIndex((loss) => ROLE_CODE[loss] === role))),
      old: new Float32Array(roles.length).fill(NaN),
    }));
    // The golden convention: on-policy, sums without a divisor, no KL.
    const { weights, clipFraction } = grpoWeights(scored, scored.map(() => ({ policy: null, reference: null })), LOSSES.length, { denominator: 'sum', clipRatio: 0.2, kl: 0 });
    expect(clipFraction).toBe(0);
    const decoder = await open(backbone, { adapters });
    const optimiser = new AdapterOptimiser(decoder, LOSSES.length);
    for (const [row, { tokens, roles }] of golden.sequences.entries()) {
      await optimiser.add([{ tokens: Uint32Array.from(tokens), adapters: adaptersOf(Uint8Array.from(roles), 'paper') }], weights.map((loss) => [loss[row]]));
    }
    const gradients = await optimiser.gradients();
    for (const [index, loss] of LOSSES.entries()) {
      for (const [adapter, into] of LOSSES.entries()) {
        for (const slot of adapters.layout.slots) {
          const { a, b } = sliceAdapter(adapters.layout, slot, gradients[index], adapter);
          for (const [part, values] of [['lora_A', a], ['lora_B', b]] as const) {
            const tensor = `grad.${loss}_loss.${into}_adapter.model.${moduleName(slot.layer, slot.target)}.${part}`;
            expectClose(values, await safeTensorDoubles(expected.tensors.get(tensor)!, tensor), { relative: 1e-4, absolute: 1e-6 }, tensor);
          }
        }
      }
    }
    optimiser.destroy();
    decoder.destroy();
  });
});
