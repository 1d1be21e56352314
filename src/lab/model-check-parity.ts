import type { BackboneWeights, Rounding } from '../backbone/types.ts';
import type { EngineSequence } from '../engine/types.ts';
import type { RoutedSession } from '../inference/types.ts';

/** Nats a token. Plain f32 arithmetic in another order gives 1e-6 to 1e-5; f16 activations have 11 bits. */
const TOLERANCE = { f32: 1e-3, f16: 0.05 } as const;

const ROUNDED: Readonly<Record<Exclude<Rounding, 'never'>, string>> = {
  always: 'Its products round their inputs to 8 bits in onnxruntime',
  allowed: 'Its 4-bit products allow onnxruntime to round their inputs to 8 bits (accuracy level 4)',
};

/** How near onnxruntime must come, and why. */
export function parityTolerance({ layers, embedding, activationsRounded: rounded }: BackboneWeights): { readonly tolerance: number | null; readonly basis: string } {
  if (rounded !== 'never') return { tolerance: null, basis: `${ROUNDED[rounded]}, which the engine does not do: differences are told, not judged.` };
  const half = [layers[0].q, embedding].some((matrix) => (matrix.kind === 'float' ? matrix.tensor : matrix.scales).storage === 'f16');
  return half
    ? { tolerance: TOLERANCE.f16, basis: 'The graph computes in float16, the engine in float32.' }
    : { tolerance: TOLERANCE.f32, basis: 'Both compute in float32.' };
}

/** log π of one token from logits [vocab], in f64. */
export function logProbability(logits: Float32Array, token: number): number {
  let top = -Infinity;
  for (const value of logits) top = Math.max(top, value);
  let sum = 0;
  for (const value of logits) sum += Math.exp(value - top);
  return logits[token] - top - Math.log(sum);
}

/**
 * log π of each next token [tokens − 1] by a session: token by token on its cache, as rollouts decode, and the last one
 * again after all of the tokens in one run, as prompts are encoded.
 */
export async function sessionLogprobs(
  session: RoutedSession,
  { tokens, adapters }: EngineSequence,
  onStep: (done: number, total: number) => Promise<void>,
): Promise<{ readonly stepped: Float64Array; readonly encoded: number }> {
  const last = tokens.length - 1;
  const batch = session.open(1);
  try {
    const stepped = new Float64Array(last);
    for (let position = 0; position < last; position += 1) {
      const logits = await batch.step([{ slot: 0, token: tokens[position], adapter: adapters[position] }]);
      stepped[position] = logProbability(logits, tokens[position + 1]);
      await onStep(position + 1, last);
    }
    batch.clear(0);
    const logits = await batch.extend(0, tokens.subarray(0, last), adapters.subarray(0, last));
    return { stepped, encoded: logProbability(logits, tokens[last]) };
  } finally {
    batch.destroy();
  }
}

/** The largest and the mean |Δ log π|; what is not a number on one side is the largest difference there is. */
export function compareLogprobs(engine: Float32Array, { stepped, encoded }: { readonly stepped: Float64Array; readonly encoded: number }): { readonly max: number; readonly mean: number } {
  const differences = [...stepped, encoded].map((value, index) => Math.abs(value - engine[Math.min(index, engine.length - 1)])).map((difference) => (Number.isNaN(difference) ? Infinity : difference));
  return { max: Math.max(...differences), mean: differences.reduce((sum, difference) => sum + difference, 0) / differences.length };
}
