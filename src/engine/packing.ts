import type { DecoderConfig } from '../backbone/types.ts';
import type { EngineSequence, TokenRange } from './types.ts';

/** Four u32 a row, as every kernel reads them: token, first token of its sequence, end (see each use), segment. */
export const ROW_WORDS = 4;

/** A batch of sequences of unequal length, one behind the other, without padding. */
export interface PackedBatch {
  readonly tokens: Uint32Array<ArrayBuffer>;
  readonly adapters: Uint32Array<ArrayBuffer>;
  /** Per token: token, sequence start, sequence end, sequence index. */
  readonly rowInfo: Uint32Array<ArrayBuffer>;
  /** First token of each sequence, and the total at the end. */
  readonly starts: readonly number[];
}

/** @throws RangeError for an empty batch or sequence. */
export function packSequences(sequences: readonly EngineSequence[]): PackedBatch {
  const starts = [0];
  for (const { tokens } of sequences) {
    if (tokens.length === 0) throw new RangeError('A sequence has no tokens.');
    starts.push(starts[starts.length - 1] + tokens.length);
  }
  const total = starts[sequences.length];
  if (total === 0) throw new RangeError('A batch needs at least one sequence.');
  const tokens = new Uint32Array(total);
  const adapters = new Uint32Array(total);
  const rowInfo = new Uint32Array(total * ROW_WORDS);
  sequences.forEach((sequence, index) => {
    const start = starts[index];
    const end = starts[index + 1];
    tokens.set(sequence.tokens, start);
    adapters.set(sequence.adapters, start);
    for (let token = start; token < end; token += 1) rowInfo.set([token, start, end, index], token * ROW_WORDS);
  });
  return { tokens, adapters, rowInfo, starts };
}

/** @throws RangeError for what this model cannot read. */
export function packFor({ maxPositions, vocabSize }: Pick<DecoderConfig, 'maxPositions' | 'vocabSize'>, sequences: readonly EngineSequence[]): PackedBatch {
  for (const { tokens } of sequences) {
    if (tokens.length > maxPositions) throw new RangeError(`A sequence of ${tokens.length} tokens exceeds the model's context of ${maxPositions}.`);
    const largest = tokens.reduce((a, b) => Math.max(a, b), 0);
    if (largest >= vocabSize) throw new RangeError(`Token ${largest} is outside the vocabulary of ${vocabSize}.`);
  }
  return packSequences(sequences);
}

/** Loss weights over target tokens: `weights[i][t]` multiplies −log π of token t of sequence i (index 0 is ignored). */
export type WeightVector = readonly Float32Array[];

/**
 * The rows of one backward pass for several weight vectors over one forward. A *stream* is one vector's part in one
 * sequence: a row for every position from the sequence's start to the last one whose prediction the vector weights (no
 * gradient reaches later positions). A *segment* is one vector's consecutive rows.
 */
export interface BackwardRows {
  readonly rows: number;
  /** Per row: token, sequence start, end of its stream (row index), segment. */
  readonly rowInfo: Uint32Array<ArrayBuffer>;
  /** Per segment: first row, end row. */
  readonly segments: Uint32Array<ArrayBuffer>;
  /** Positions whose prediction is in some loss, ascending, and the token each predicts. */
  readonly lossPositions: Uint32Array<ArrayBuffer>;
  readonly lossTargets: Uint32Array<ArrayBuffer>;
  /** Per row: index into lossPositions (0xffffffff: none) and the vector's weight there. */
  readonly lossSource: Uint32Array<ArrayBuffer>;
  readonly lossWeight: Float32Array<ArrayBuffer>;
}

const NO_LOSS = 0xffffffff;

export function backwardRows(batch: PackedBatch, vectors: readonly WeightVector[]): BackwardRows {
  const streams = vectors.flatMap((vector, segment) => streamsOf(batch, vector, segment));
  const rows = streams.reduce((sum, { length }) => sum + length, 0);
  const { positions, index } = lossPositionsOf(batch, vectors);
  const rowInfo = new Uint32Array(rows * ROW_WORDS);
  const lossSource = new Uint32Array(rows).fill(NO_LOSS);
  const lossWeight = new Float32Array(rows);
  const segments = new Uint32Array(vectors.length * 2);
  let row = 0;
  let segment = -1;
  for (const stream of streams) {
    for (; segment < stream.segment; ) {
      segment += 1;
      segments.set([row, row], segment * 2);
    }
    const end = row + stream.length;
    for (let position = 0; position < stream.length; position += 1, row += 1) {
      const token = stream.start + position;
      rowInfo.set([token, stream.start, end, stream.segment], row * ROW_WORDS);
      const weight = stream.weights[position + 1] ?? 0;
      if (weight !== 0) {
        lossSource[row] = index.get(token)!;
        lossWeight[row] = weight;
      }
    }
    segments[stream.segment * 2 + 1] = row;
  }
  for (segment += 1; segment < vectors.length; segment += 1) segments.set([row, row], segment * 2);
  return {
    rows,
    rowInfo,
    segments,
    lossPositions: positions,
    lossTargets: Uint32Array.from(positions, (position) => batch.tokens[position + 1]),
    lossSource,
    lossWeight,
  };
}

interface Stream {
  readonly start: number;
  readonly length: number;
  readonly segment: number;
  readonly weights: Float32Array;
}

function streamsOf(batch: PackedBatch, vector: WeightVector, segment: number): Stream[] {
  return vector.flatMap((weights, sequence) => {
    const start = batch.starts[sequence];
    let last = Math.min(weights.length, batch.starts[sequence + 1] - start) - 1;
    while (last > 0 && weights[last] === 0) last -= 1;
    return last > 0 ? [{ start, length: last, segment, weights }] : [];
  });
}

function lossPositionsOf(batch: PackedBatch, vectors: readonly WeightVector[]): { positions: Uint32Array<ArrayBuffer>; index: Map<number, number> } {
  const used = new Set<number>();
  for (const vector of vectors) {
    vector.forEach((weights, sequence) => {
      const start = batch.starts[sequence];
      const length = batch.starts[sequence + 1] - start;
      for (let target = 1; target < length; target += 1) {
        if ((weights[target] ?? 0) !== 0) used.add(start + target - 1);
      }
    });
  }
  const positions = Uint32Array.from(used).sort();
  return { positions, index: new Map(Array.from(positions, (position, at) => [position, at])) };
}

/** Every position that predicts a token of its own sequence: what a plain log-likelihood needs. */
export function allPredictions(batch: PackedBatch): { positions: Uint32Array<ArrayBuffer>; targets: Uint32Array<ArrayBuffer> } {
  const positions: number[] = [];
  for (let sequence = 0; sequence + 1 < batch.starts.length; sequence += 1) {
    for (let token = batch.starts[sequence]; token + 1 < batch.starts[sequence + 1]; token += 1) positions.push(token);
  }
  return { positions: Uint32Array.from(positions), targets: Uint32Array.from(positions, (position) => batch.tokens[position + 1]) };
}

/** Weight vectors of spans: vector s weights the targets of span s by 1. Spans are listed sequence by sequence. */
export function spanVectors(sequences: readonly EngineSequence[], spans: readonly (readonly TokenRange[])[]): WeightVector[] {
  return spans.flatMap((ranges, index) =>
    ranges.map((range) =>
      sequences.map(({ tokens }, sequence) => {
        if (sequence !== index) return new Float32Array(0);
        return new Float32Array(tokens.length).fill(1, Math.max(1, range.start), range.end);
      }),
    ),
  );
}

/** Rows of the longest segment. */
export function longestSegment(segments: Uint32Array): number {
  let longest = 0;
  for (let at = 0; at + 1 < segments.length; at += 2) longest = Math.max(longest, segments[at + 1] - segments[at]);
  return longest;
}

/** At most `size` rows each: chunks of the segments, for reductions whose sum a second kernel finishes. */
export function chunkSegments(segments: Uint32Array, size: number): { chunks: Uint32Array<ArrayBuffer>; counts: readonly number[] } {
  const chunks: number[] = [];
  const counts: number[] = [];
  for (let segment = 0; segment * 2 < segments.length; segment += 1) {
    const end = segments[segment * 2 + 1];
    let count = 0;
    for (let start = segments[segment * 2]; start < end; start += size, count += 1) chunks.push(start, Math.min(start + size, end));
    counts.push(count);
  }
  return { chunks: Uint32Array.from(chunks), counts };
}
