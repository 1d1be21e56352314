import type { AdapterLayout } from '../backbone/adapters.ts';
import type { Decoder } from '../engine/decoder.ts';
import { AdapterOptimiser } from '../engine/optimiser.ts';
import type { WeightVector } from '../engine/packing.ts';
import type { EngineSequence } from '../engine/types.ts';

/** The engine as a check uses it. */
export interface CheckEngine {
  readonly layout: AdapterLayout;
  /** Bytes held on the GPU now and at most so far. */
  readonly memory: { readonly bytes: number; readonly peakBytes: number };
  /** Floating-point operations dispatched so far, and the longest submit so far. */
  readonly work: { readonly flops: number; readonly longestMs: number };
  /** log π of each next token [T − 1], nats. */
  logprobs(sequence: EngineSequence): Promise<Float32Array>;
  /** −Σ w·log π of each vector, and its gradients as flat vectors. */
  backward(sequence: EngineSequence, vectors: readonly WeightVector[]): Promise<{ readonly losses: Float64Array; readonly gradients: readonly Float32Array[] }>;
  /** Sets one entry of the adapters' flat vector. */
  write(index: number, value: number): void;
  destroy(): void;
}

/** A decoder with everything that training its adapters holds: gradients of each loss, owners and moments. */
export function checkEngine(decoder: Decoder, losses: number): CheckEngine {
  const { context } = decoder;
  const { adapters, memory, recorder } = context;
  if (!adapters) throw new Error('A check needs adapters.');
  const optimiser = new AdapterOptimiser(decoder, losses);
  return {
    layout: adapters.layout,
    memory,
    get work() {
      return { flops: recorder.totalFlops, longestMs: recorder.longestMs };
    },
    logprobs: async (sequence) => (await decoder.logLikelihood([sequence]))[0],
    async backward(sequence, vectors) {
      const { losses: values } = await optimiser.add([sequence], vectors);
      return { losses: values, gradients: await optimiser.gradients() };
    },
    write(index, value) {
      const { parameters } = adapters;
      recorder.submit(); // a write takes effect at once: see `upload` in engine/pass.ts
      memory.write({ ...parameters, offset: parameters.offset + 4 * index, size: 4 }, Float32Array.of(value));
    },
    destroy() {
      optimiser.destroy();
      decoder.destroy();
    },
  };
}
