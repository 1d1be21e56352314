import { expect, it } from 'vitest';
import type { Backbone } from '../backbone/load.ts';
import { referenceLogProbs } from '../backbone/testing/reference-decoder.ts';
import type { DecoderConfig } from '../backbone/types.ts';
import { engineBytes } from '../engine/preflight.ts';
import { unstacked } from '../engine/testing/adapters.ts';
import { decoderBench } from '../engine/testing/bench.ts';
import { randomBackbone, TINY, TINY_QWEN3, type Storage } from '../engine/testing/random-backbone.ts';
import { factsOf } from '../engine/weight-facts.ts';
import { testDevice } from '../gpu/testing/device.ts';
import { checkEngine, type CheckEngine } from './model-check-engine.ts';
import type { ModelCheckEvent, Verdict } from './model-check-events.ts';
import { checkPlan, checkSequence } from './model-check-plan.ts';
import { runModelCheck } from './model-check.ts';
import { RunControl } from './run-control.ts';
import { knownSession } from './testing/fake-check.ts';
import { DEVICE } from './testing/tiny.ts';

const gpu = await testDevice();
const open = await decoderBench();
const REPORT = { provider: 'wasm', measured: [], reason: 'It is the only one.' } as const;
const TOKENS = 24;

/** The check of a random decoder of two layers; log-probabilities to compare with are an f64 reference's. */
async function check(config: DecoderConfig, storage: Storage, change: (engine: CheckEngine) => CheckEngine = (engine) => engine): Promise<{ readonly verdicts: readonly Verdict[]; readonly events: readonly ModelCheckEvent[] }> {
  const weights = randomBackbone(config, 5, storage);
  const graph = { blob: new Blob([]), external: () => Promise.resolve([]), patches: [] };
  const backbone: Backbone = { name: 'random', config, weights, tokenizer: null, quantisation: storage, parameters: 1, sha256: '0', model: { path: 'none', label: storage, reason: '' }, graph };
  const settings = { backbone: 'random', tokens: TOKENS, seed: 3 };
  const { sequence } = checkSequence(config, TOKENS, settings.seed);
  const events: ModelCheckEvent[] = [];
  await runModelCheck(
    settings,
    {
      openDevice: () =>
        Promise.resolve({
          report: DEVICE,
          fault: new Promise<Error>(() => undefined),
          createEngine: async (_, adapters, losses) => change(checkEngine(await open(weights, { adapters }), losses)),
        }),
      loadBackbone: () => Promise.resolve(backbone),
      predict: () => engineBytes(config, factsOf(weights), checkPlan(TOKENS), gpu.capabilities.maxBinding),
      undecodable: () => Promise.resolve(null),
      openSession: async (_, adapters) => {
        const logprobs = await referenceLogProbs(weights, unstacked(adapters, adapters.values), [...sequence.tokens], sequence.adapters);
        return { session: knownSession(config, sequence, logprobs), report: REPORT };
      },
    },
    new RunControl(),
    (event) => events.push(event),
  );
  return { events, verdicts: events.flatMap((event) => (event.type === 'verdict' ? [event.verdict] : [])) };
}

it.each([
  ['Qwen2, 4 bits', TINY, 'q4'],
  ['Qwen3, f16 stored [in, out]', TINY_QWEN3, 'f16'],
] as const)('passes a decoder that is right: %s', async (_, config, storage) => {
  const { verdicts, events } = await check(config, storage);
  expect(events.at(-1)).toMatchObject({ type: 'finished' });
  expect(verdicts.map(({ kind, outcome }) => [kind, outcome])).toEqual([
    ['backward', 'passed'],
    ['differences', 'passed'],
    ['memory', 'passed'],
    ['onnxruntime', 'passed'],
  ]);
  const errors = events.flatMap((event) => (event.type === 'difference' ? [event.difference.error] : []));
  expect(errors).toHaveLength(3);
  expect(Math.max(...errors)).toBeLessThan(5e-3);
  const forward = events.find((event) => event.type === 'measured' && event.measure.phase === 'forward');
  expect(forward).toMatchObject({ measure: { tokens: TOKENS, flops: expect.any(Number) as number } });
});

it('catches a gradient of the first layer that is a twentieth too large, and a forward with other adapters', async () => {
  const larger = await check(TINY, 'f32', (engine) => ({
    ...engine,
    memory: engine.memory,
    work: engine.work,
    backward: async (...given) => {
      const { losses, gradients } = await engine.backward(...given);
      return { losses, gradients: gradients.map((flat) => flat.map((value) => 1.05 * value)) };
    },
  }));
  expect(larger.verdicts.find(({ kind }) => kind === 'differences')?.outcome).toBe('failed');
  const other = await check(TINY, 'f32', (engine) => {
    for (const { b } of engine.layout.slots) engine.write(b, 1);
    return engine;
  });
  expect(other.verdicts.find(({ kind }) => kind === 'onnxruntime')?.outcome).toBe('failed');
});
