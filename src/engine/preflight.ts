import { adapterLayout, type AdapterSpec } from '../backbone/adapters.ts';
import type { DecoderConfig } from '../backbone/types.ts';
import type { ParameterSet } from '../core/gram/types.ts';
import { BUDGETS, type Budgets } from './budgets.ts';
import { keepsGradients } from './gram-group.ts';
import { placedSpans, planPasses, sizeOf, type PlacedSpan } from './gram-plan.ts';
import { LoraGradientAccumulator } from './lora-gradients.ts';
import { nullDecoder, type NullDecoder } from './null-decoder.ts';
import { BATCH_BYTES, recomputes, stepBytes, type StepShape } from './step-memory.ts';
import type { EngineSequence, TokenRange } from './types.ts';
import type { WeightFacts } from './weight-facts.ts';

/**
 * What a model is wanted for. `length`: tokens of one trajectory; `batch`: trajectories of a step, or of a question's
 * group. A step is done in parts of at most `microBatchTokens` (one trajectory at least; default: all together).
 */
export type Plan = AnglePlan | TrainingPlan;

interface PlanSize {
  readonly batch: number;
  readonly length: number;
  readonly microBatchTokens?: number;
}

export interface AnglePlan extends PlanSize {
  readonly purpose: 'angles';
  readonly parameterSet: ParameterSet;
  readonly adapters: AdapterSpec | null;
  /** Spans of each trajectory, of equal length. */
  readonly spans: number;
}

export interface TrainingPlan extends PlanSize {
  readonly purpose: 'training';
  readonly adapters: AdapterSpec;
  readonly losses: number;
}

/** Bytes on the GPU by what they are for. */
export interface GpuBytes {
  readonly layers: number;
  readonly embedding: number;
  readonly adapters: number;
  /** Gradients and moments (training), or the gradients of a group's spans (angles). */
  readonly gradients: number;
  /** Activations and scratch of a step, at their peak. */
  readonly activations: number;
  /** onnxruntime's own copy of the weights and its key/value cache; 0 where it computes on the CPU. */
  readonly session: number;
  readonly total: number;
}

export interface PreflightReport {
  readonly downloadBytes: number | null;
  readonly gpu: GpuBytes | null;
  /** Where the sizes come from. */
  readonly basis: string;
  /** Why it cannot work here, with the number that is missing; empty where nothing stands against it. */
  readonly refusals: readonly string[];
  /** What will be slower or is not known. */
  readonly warnings: readonly string[];
  /** What would fit, or fit better. */
  readonly suggestions: readonly string[];
}

/**
 * What the engine would allocate, by running its own passes on a device that computes nothing (null-device.ts), so that
 * the count cannot drift from the engine. As a formula, with P parameters of all adapters together (padding included):
 *   model     layers + embedding as stored (scales as f32) + 4 · positions · headDim for the rope table
 *   training  + 4P · (1 + losses + 3): values, gradients of each loss, owners and both moments
 *             + stepBytes(tokens and gradient rows of a micro-batch; rows = tokens · losses) + logits (at most 32 MiB)
 *             + 4 · ⌈rows / 128⌉ · the largest A or B, for partial sums of gradients
 *   angles    + 4P for adapters
 *             + the gradients of a group's spans, 4 · spans · parameters, where they take at most 768 MiB (kept), or one
 *             tile of at most 64 MiB (tiled)
 *             + stepBytes(tokens, rows = Σ over spans of their end) + logits + 4 · modules · spans², of a micro-batch of at
 *             most 512 MiB (kept), of a pass of at most 1.5 GiB or of two spans (tiled)
 * stepBytes: step-memory.ts. The arena's size classes add up to an eighth, buffers of other sizes lying idle 128 MiB.
 * @param maxBinding bytes of the largest storage binding
 * @throws TooLarge naming what no binding of the adapter can hold, and the bytes that are missing
 */
export async function engineBytes(config: DecoderConfig, facts: WeightFacts, plan: Plan, maxBinding: number, { maxBuffer = maxBinding, budgets = BUDGETS }: Room = {}): Promise<EngineBytes> {
  const shape: StepShape = { config, adapterWidth: plan.adapters ? adapterLayout(config, plan.adapters).width : 0 };
  return plan.purpose === 'training'
    ? trainingBytes(await nullDecoder(config, facts, { adapters: plan.adapters, maxBinding, maxBuffer, budgets }), plan, shape)
    : angleBytes(config, facts, plan, shape, maxBinding, { maxBuffer, budgets });
}

/** What else an adapter allows, and where the engine works in pieces. */
export interface Room {
  /** Bytes of the largest buffer; default: of the largest binding. */
  readonly maxBuffer?: number;
  readonly budgets?: Budgets;
}

export interface EngineBytes extends Omit<GpuBytes, 'session' | 'total'> {
  readonly peak: number;
  /** Forward-and-backward passes that a group of spans takes; 1 for a training step. */
  readonly passes: number;
  /** Whether activations are recomputed layer by layer. */
  readonly recomputes: boolean;
}

/** Trajectories that are taken together. */
function together({ batch, length, microBatchTokens = Infinity }: Plan): number {
  return Math.max(1, Math.min(batch, Math.floor(microBatchTokens / length)));
}

function sequencesOf(count: number, length: number): EngineSequence[] {
  return Array.from({ length: count }, () => ({ tokens: new Uint32Array(length), adapters: new Uint8Array(length) }));
}

async function trainingBytes({ decoder, layers, embedding, adapters }: NullDecoder, plan: TrainingPlan, shape: StepShape): Promise<EngineBytes> {
  const { memory, adapters: stacked } = decoder.context;
  const before = memory.bytes;
  const sequences = sequencesOf(together(plan), plan.length);
  const ones = sequences.map(({ tokens }) => new Float32Array(tokens.length).fill(1));
  const accumulator = new LoraGradientAccumulator(decoder.context, plan.losses);
  for (const label of ['owners', 'first moment', 'second moment']) memory.create(label, stacked!.layout.size * 4);
  const gradients = memory.bytes - before;
  await decoder.accumulateGradients(sequences, Array.from({ length: plan.losses }, () => ones), accumulator);
  const peak = memory.peakBytes;
  return { layers, embedding, adapters, gradients, activations: peak - before - gradients, peak, passes: 1, recomputes: recomputes(shape, sequences.length * plan.length, decoder.context.budgets.activations) };
}

async function angleBytes(config: DecoderConfig, facts: WeightFacts, plan: AnglePlan, shape: StepShape, maxBinding: number, { maxBuffer, budgets }: Required<Room>): Promise<EngineBytes> {
  const options = { parameterSet: plan.parameterSet, spanCapacity: plan.batch * plan.spans };
  const width = Math.floor((plan.length - 1) / plan.spans);
  const ranges = Array.from({ length: plan.spans }, (_, span): TokenRange => ({ start: 1 + span * width, end: 1 + (span + 1) * width }));
  const all = placedSpans(Array.from({ length: plan.batch }, () => ranges));
  const room = { adapters: plan.adapters, maxBinding, maxBuffer };
  // What a pass is given is planned already: it is not divided again.
  const { decoder, layers, embedding, adapters } = await nullDecoder(config, facts, { ...room, budgets: { ...budgets, gram: Infinity } });
  const { memory } = decoder.context;
  const keeps = keepsGradients(decoder.context, options);
  const planned = (spans: readonly PlacedSpan[], bytes: number) => planPasses(spans, shape, { ...budgets, gram: bytes }, memory.maxBinding, keeps).map((places) => places.map((place) => spans[place]));
  const parts = planned(all, keeps ? Math.min(budgets.gram, BATCH_BYTES) : budgets.gram);
  const before = memory.bytes;
  const group = decoder.openGramGroup(options);
  for (const spans of keeps || parts.length <= MOST_PASSES ? parts : largest(parts, shape)) {
    const members = [...new Set(spans.map(({ sequence }) => sequence))];
    // Of a group whose gradients are tiled each pass stands alone.
    const addTo = keeps ? group : decoder.openGramGroup(options);
    await addTo.add(sequencesOf(members.length, plan.length), members.map((member) => spans.filter(({ sequence }) => sequence === member).map(({ range }) => range)));
  }
  const held = memory.bytes;
  group.close();
  const gradients = held - memory.bytes;
  const peak = memory.peakBytes;
  const tokens = Math.max(...parts.map((spans) => sizeOf(spans).tokens));
  return { layers, embedding, adapters, gradients, activations: peak - before - gradients, peak, passes: keeps ? 1 : parts.length, recomputes: recomputes(shape, tokens, budgets.activations) };
}

/** More passes than these are not all tried out (some milliseconds each): the largest stand for them. */
const MOST_PASSES = 60;

/** Of many passes those that take most: together, in tokens, and in rows. */
function largest(passes: readonly (readonly PlacedSpan[])[], shape: StepShape): readonly (readonly PlacedSpan[])[] {
  const by = (measure: (spans: readonly PlacedSpan[]) => number) => passes.reduce((most, spans) => (measure(spans) > measure(most) ? spans : most));
  return [...new Set([by((spans) => stepBytes(shape, sizeOf(spans))), by((spans) => sizeOf(spans).tokens), by((spans) => sizeOf(spans).rows)])];
}
