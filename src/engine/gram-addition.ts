import type { EngineContext } from './context.ts';
import type { GramAccumulator } from './gram-group.ts';
import { placedSpans, planPasses, type PlacedSpan } from './gram-plan.ts';
import { lossesOf } from './losses.ts';
import { backwardRows, packFor, spanVectors } from './packing.ts';
import { backwardPass } from './pass.ts';
import type { EngineSequence, GramAddition, GramSteering, TokenRange } from './types.ts';

/** Sequences with their spans, listed sequence by sequence. */
export interface SpansToAdd {
  readonly sequences: readonly EngineSequence[];
  readonly spans: readonly (readonly TokenRange[])[];
}

/**
 * Adds spans to a group in as many passes as its budget asks for (gram-plan.ts). Whatever their number every inner
 * product is exact: a pass has whole spans, and each pair of spans is in some pass.
 * @throws RangeError for more spans than the group was opened for; the signal's reason once it is aborted
 */
export async function addSpans(context: EngineContext, accumulator: GramAccumulator, modules: number, { sequences, spans }: SpansToAdd, { onProgress, signal }: GramSteering = {}): Promise<GramAddition> {
  const placed = placedSpans(spans);
  const added = placed.length;
  const before = accumulator.size;
  const size = before + added;
  if (added === 0) return { losses: new Float64Array(0), size, values: new Float64Array(0) };
  accumulator.admit(added);
  const { config, adapters, budgets, memory } = context;
  const passes = planPasses(placed, { config, adapterWidth: adapters?.layout.width ?? 0 }, budgets, memory.maxBinding, accumulator.keeps);
  const losses = new Float64Array(added);
  const values = new Float64Array(modules * added * size);
  for (const [index, places] of passes.entries()) {
    signal?.throwIfAborted();
    // Where gradients are kept a pass also meets all spans before it.
    const met = accumulator.size;
    const pass = await interruptible(context, signal, () => onePass(context, accumulator, modules, sequences, places.map((place) => placed[place])));
    if (accumulator.keeps) accumulator.size += places.length;
    places.forEach((place, row) => {
      losses[place] = pass.losses[row];
    });
    const columns = [...Array.from({ length: met }, (_, column) => column), ...places.map((place) => before + place)];
    for (let module = 0; module < modules; module += 1) {
      places.forEach((place, row) =>
        columns.forEach((column, at) => {
          const value = pass.values[(module * places.length + row) * columns.length + at];
          values[(module * added + place) * size + column] = value;
          if (column >= before) values[(module * added + column - before) * size + before + place] = value;
        }),
      );
    }
    await onProgress?.(index + 1, passes.length);
  }
  accumulator.size = size;
  return { losses, size, values };
}

/** The work, given up between two submits once the signal is aborted. */
async function interruptible<Value>({ recorder }: EngineContext, signal: AbortSignal | undefined, work: () => Promise<Value>): Promise<Value> {
  recorder.signal = signal ?? null;
  try {
    return await work();
  } finally {
    recorder.signal = null;
  }
}

/** One forward and backward over some spans; K [modules, spans, what the accumulator holds + spans]. */
async function onePass(context: EngineContext, accumulator: GramAccumulator, modules: number, sequences: readonly EngineSequence[], placed: readonly PlacedSpan[]): Promise<{ losses: Float64Array; values: Float32Array }> {
  const { arena, memory, recorder, config } = context;
  const part = neededOf(sequences, placed);
  const vectors = spanVectors(part.sequences, part.spans);
  const all = accumulator.size + vectors.length;
  const batch = packFor(config, part.sequences);
  const rows = backwardRows(batch, vectors);
  const k = arena.floats('K', modules * vectors.length * all);
  recorder.clear(k);
  const logprobs = await backwardPass(context, { batch, rows, kept: [k], sinkFor: (segments) => (gradient) => accumulator.add(gradient, segments, vectors.length, k) });
  const values = new Float32Array(await memory.read(k, modules * vectors.length * all * 4));
  arena.release(k);
  return { losses: lossesOf(batch, vectors, rows, logprobs), values };
}

/** The sequences that the spans stand in, up to the end of the last one: what follows cannot change them. */
function neededOf(sequences: readonly EngineSequence[], placed: readonly PlacedSpan[]): SpansToAdd {
  const bySequence = new Map<number, TokenRange[]>();
  for (const { sequence, range } of placed) bySequence.set(sequence, [...(bySequence.get(sequence) ?? []), range]);
  const entries = [...bySequence];
  return {
    sequences: entries.map(([sequence, ranges]) => {
      const end = Math.max(1, ...ranges.map((range) => range.end));
      const { tokens, adapters } = sequences[sequence];
      return { tokens: tokens.subarray(0, end), adapters: adapters.subarray(0, end) };
    }),
    spans: entries.map(([, ranges]) => ranges),
  };
}
