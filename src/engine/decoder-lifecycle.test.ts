import { afterAll, describe, expect, it, vi } from 'vitest';
import { BackboneError } from '../backbone/types.ts';
import type { Decoder } from './decoder.ts';
import { LoraGradientAccumulator } from './lora-gradients.ts';
import { trainedAdapters } from './testing/adapters.ts';
import { decoderBench } from './testing/bench.ts';
import { randomBackbone, TINY } from './testing/random-backbone.ts';
import { onesAt, randomSequences } from './testing/sequences.ts';

const open = await decoderBench();
const weights = randomBackbone(TINY, 1);
const adapters = trainedAdapters(TINY, { count: 2, rank: 2, alpha: 3 }, 2);
const sequences = randomSequences(3, [10, 8], TINY.vocabSize, 2);
const vector = onesAt(sequences, [[{ start: 2, end: 9 }], [{ start: 1, end: 5 }]]);
const decoder = await open(weights, { adapters });

afterAll(() => decoder.destroy());

describe('memory', () => {
  it('does not grow over steps of the same size, and is the same after larger and smaller batches', async () => {
    const own = await open(weights, { adapters });
    const step = async (): Promise<void> => {
      await own.adapterGradients(sequences, [vector, vector]);
      await own.logLikelihood(sequences);
    };
    await step();
    const { bytes } = own.memory;
    for (let i = 0; i < 5; i += 1) await step();
    expect(own.memory.bytes).toBe(bytes);
    expect(own.memory.peakBytes).toBeGreaterThan(bytes); // the accumulator came and went
    own.destroy();
    expect(own.memory.bytes).toBe(0);
  });

  it('of a Gram group is freed when it closes', async () => {
    await decoder.logLikelihood(sequences);
    const spans = sequences.map(() => [{ start: 1, end: 4 }]);
    const once = decoder.openGramGroup({ parameterSet: 'full', spanCapacity: 2 });
    await once.add(sequences, spans);
    once.close();
    const { bytes } = decoder.memory;
    const again = decoder.openGramGroup({ parameterSet: 'full', spanCapacity: 2 });
    await again.add(sequences, spans);
    expect(decoder.memory.bytes).toBeGreaterThan(bytes);
    again.close();
    expect(decoder.memory.bytes).toBe(bytes);
  });
});

describe('what a decoder refuses, in a sentence', () => {
  const expectAnswer = async (): Promise<void> => {
    const fresh = await open(weights, { adapters });
    expect(await decoder.adapterGradients(sequences, [vector])).toEqual(await fresh.adapterGradients(sequences, [vector]));
    fresh.destroy();
  };

  it.each([
    ['an empty batch', [], /A batch needs at least one sequence\./],
    ['an empty sequence', [{ tokens: new Uint32Array(0), adapters: new Uint8Array(0) }], /A sequence has no tokens\./],
    ['a sequence longer than the context', [{ tokens: new Uint32Array(65), adapters: new Uint8Array(65) }], /A sequence of 65 tokens exceeds the model's context of 64\./],
    ['a token outside the vocabulary', [{ tokens: Uint32Array.of(1, 53), adapters: new Uint8Array(2) }], /Token 53 is outside the vocabulary of 53\./],
  ])('%s, and answers the next question as if nothing had been', async (_, batch, message) => {
    await expect(decoder.logLikelihood(batch)).rejects.toThrow(message);
    await expect(decoder.adapterGradients(batch, [batch.map(({ tokens }) => new Float32Array(tokens.length).fill(1))])).rejects.toThrow(message);
    await expectAnswer();
  });

  it('a second question while it is at work on the first', async () => {
    const first = decoder.logLikelihood(sequences);
    await expect(decoder.logLikelihood(sequences)).rejects.toThrow(/already at work/);
    expect((await first).map(({ length }) => length)).toEqual([9, 7]);
    await expectAnswer();
  });

  it('gradients of adapters without adapters', async () => {
    const plain = await open(weights);
    await expect(plain.adapterGradients(sequences, [vector])).rejects.toThrow(/need adapters/);
    expect(() => plain.openGramGroup({ parameterSet: 'lora', spanCapacity: 2 })).toThrow(/need adapters/);
    expect(await plain.logLikelihood(sequences)).toHaveLength(2);
    plain.destroy();
  });

  it('heads that are no multiple of 4', async () => {
    await expect(open(randomBackbone({ ...TINY, headDim: 6 }, 1))).rejects.toThrow(BackboneError);
    await expect(open(randomBackbone({ ...TINY, headDim: 6 }, 1))).rejects.toThrow(/Heads of 6 dimensions are not supported/);
  });
});

describe('an error in the middle of a pass', () => {
  const own = open(weights, { adapters });

  // What fails in practice is a buffer that no binding can hold or a device that is lost; here a kernel's recording does.
  it.each([
    ['the forward of the head', (context: Decoder['context']) => vi.spyOn(context.kernels.head, 'statistics')],
    ['the backward of attention', (context: Decoder['context']) => vi.spyOn(context.kernels.attention, 'dq')],
    ['the gradients of the adapters', (context: Decoder['context']) => vi.spyOn(context.kernels.sum, 'record')],
  ])('in %s leaves a decoder that answers as before', async (_, spyOn) => {
    const faulty = await own;
    const { device } = faulty.context.memory;
    const expected = await faulty.adapterGradients(sequences, [vector]);
    const { bytes } = faulty.memory;
    device.pushErrorScope('validation');
    const spy = spyOn(faulty.context).mockImplementationOnce(() => {
      throw new Error('recording failed');
    });
    await expect(faulty.adapterGradients(sequences, [vector])).rejects.toThrow('recording failed');
    spy.mockRestore();
    const again = await faulty.adapterGradients(sequences, [vector]);
    // Work recorded before the error must not be submitted with buffers that have been destroyed since.
    expect((await device.popErrorScope())?.message).toBeUndefined();
    expect(again).toEqual(expected);
    expect(faulty.memory.bytes).toBe(bytes);
  });

  afterAll(async () => (await own).destroy());
});

describe('an accumulator that is used again', () => {
  it('holds zeros after a batch in which nothing is weighted, not the batch before', async () => {
    const accumulator = new LoraGradientAccumulator(decoder.context, 1);
    await decoder.accumulateGradients(sequences, [vector], accumulator);
    expect((await accumulator.read())[0].some((value) => value !== 0)).toBe(true);
    await decoder.accumulateGradients(sequences, [sequences.map(({ tokens }) => new Float32Array(tokens.length))], accumulator);
    expect((await accumulator.read())[0].every((value) => value === 0)).toBe(true);
    accumulator.destroy();
  });
});

describe('weights longer than their sequence', () => {
  it('are ignored beyond its end, in the loss as in the gradient', async () => {
    const longer = vector.map((values) => Float32Array.from([...values, 1, 1]));
    expect(await decoder.adapterGradients(sequences, [longer])).toEqual(await decoder.adapterGradients(sequences, [vector]));
  });
});
