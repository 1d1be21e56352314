import { readLeadingNodes, type OnnxNode } from '../backbone/onnx-file.ts';
import type { BackboneWeights } from '../backbone/types.ts';
import type { EngineSequence } from '../engine/types.ts';
import type { RoutedSession } from '../inference/types.ts';

/** Nodes of real exports take 0.5 to 2 MB and stand before the weights. */
const NODE_BYTES = 16 * 2 ** 20;

/** Nats a token. Plain f32 arithmetic in another order gives 1e-6 to 1e-5; f16 activations have 11 bits. */
const TOLERANCE = { f32: 1e-3, f16: 0.05 } as const;

/** Rounds activations to 8 bits whatever the device. */
const ROUNDING = new Set(['DynamicQuantizeLinear', 'MatMulInteger', 'DynamicQuantizeMatMul', 'MatMulIntegerToFloat', 'QLinearMatMul']);
/** MatMulNBits: "4: the activations are int8". */
const INT8_ACCURACY = 4;

export interface GraphFacts {
  /** Null where nothing rounds activations. */
  readonly rounding: string | null;
  /** Why rows cannot be decoded with it, in a sentence; null where they can. */
  readonly undecodable: string | null;
}

/** What in a graph rounds activations to 8 bits; null for none. */
export function roundingOf(nodes: readonly OnnxNode[]): string | null {
  const rounding = nodes.find(({ op, attributes }) => ROUNDING.has(op) || (op === 'MatMulNBits' && attributes.get('accuracy_level')?.i === INT8_ACCURACY));
  if (!rounding) return null;
  return rounding.op === 'MatMulNBits' ? 'MatMulNBits asks for 8-bit activations (accuracy_level 4)' : `${rounding.op} rounds activations to 8 bits`;
}

export async function readRounding(graph: Blob): Promise<string | null> {
  return roundingOf(await readLeadingNodes(graph, NODE_BYTES));
}

/** How near onnxruntime must come, and why. */
export function parityTolerance({ layers, embedding }: BackboneWeights, { rounding }: Pick<GraphFacts, 'rounding'>): { readonly tolerance: number | null; readonly basis: string } {
  if (rounding !== null) return { tolerance: null, basis: `${rounding}, which the engine does not do: differences are told, not judged.` };
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
