import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { allPredictions, backwardRows, chunkSegments, packSequences, ROW_WORDS, spanVectors } from './packing.ts';
import type { EngineSequence } from './types.ts';

const sequence = (length: number): fc.Arbitrary<EngineSequence> =>
  fc.record({
    tokens: fc.array(fc.nat(999), { minLength: length, maxLength: length }).map((values) => Uint32Array.from(values)),
    adapters: fc.array(fc.nat(3), { minLength: length, maxLength: length }).map((values) => Uint8Array.from(values)),
  });
const batches = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 5 }).chain((lengths) => fc.tuple(...lengths.map(sequence)));

/** Weights are mostly 0, as masks are; a vector may say nothing about a sequence (length 0) or stop before its end. */
const weights = (length: number): fc.Arbitrary<Float32Array> => fc.array(fc.constantFrom(0, 0, 0, 1, -0.5, 2), { maxLength: length }).map((values) => Float32Array.from(values));
const batchesWithVectors = batches.chain((sequences) =>
  fc.record({ sequences: fc.constant(sequences), vectors: fc.array(fc.tuple(...sequences.map(({ tokens }) => weights(tokens.length))), { maxLength: 4 }) }),
);

describe('packSequences', () => {
  it('puts sequences one behind the other and describes every token’s row', () => {
    fc.assert(
      fc.property(batches, (sequences) => {
        const { tokens, adapters, rowInfo, starts } = packSequences(sequences);
        expect([...tokens]).toEqual(sequences.flatMap((one) => [...one.tokens]));
        expect([...adapters]).toEqual(sequences.flatMap((one) => [...one.adapters]));
        expect(starts).toHaveLength(sequences.length + 1);
        expect(rowInfo).toHaveLength(tokens.length * ROW_WORDS);
        sequences.forEach((one, index) => {
          expect(starts[index + 1] - starts[index]).toBe(one.tokens.length);
          for (let token = starts[index]; token < starts[index + 1]; token += 1) {
            expect([...rowInfo.subarray(token * ROW_WORDS, (token + 1) * ROW_WORDS)]).toEqual([token, starts[index], starts[index + 1], index]);
          }
        });
      }),
    );
  });

  it('refuses an empty batch and an empty sequence with a sentence', () => {
    const empty = { tokens: new Uint32Array(0), adapters: new Uint8Array(0) };
    expect(() => packSequences([])).toThrow(/A batch needs at least one sequence\./);
    expect(() => packSequences([empty])).toThrow(/A sequence has no tokens\./);
  });
});

describe('allPredictions', () => {
  it('lists each position that has a next token in its own sequence', () => {
    fc.assert(
      fc.property(batches, (sequences) => {
        const batch = packSequences(sequences);
        const { positions, targets } = allPredictions(batch);
        expect([...positions]).toEqual([...new Set(positions)].sort((a, b) => a - b));
        expect(positions.length).toBe(batch.tokens.length - sequences.length);
        positions.forEach((position, i) => {
          expect(batch.rowInfo[position * ROW_WORDS + 1]).toBe(batch.rowInfo[(position + 1) * ROW_WORDS + 1]);
          expect(targets[i]).toBe(batch.tokens[position + 1]);
        });
      }),
    );
  });
});

describe('backwardRows', () => {
  it('makes a row of every position up to the last weighted target, and of no other', () => {
    fc.assert(
      fc.property(batchesWithVectors, ({ sequences, vectors }) => {
        const batch = packSequences(sequences);
        const { rows, rowInfo, segments } = backwardRows(batch, vectors);
        const expected = vectors.flatMap((vector, segment) =>
          vector.flatMap((values, index) => {
            const last = values.findLastIndex((value, target) => value !== 0 && target > 0);
            return Array.from({ length: Math.max(0, last) }, (_, position) => [batch.starts[index] + position, batch.starts[index], segment]);
          }),
        );
        expect(Array.from({ length: rows }, (_, row) => [rowInfo[row * 4], rowInfo[row * 4 + 1], rowInfo[row * 4 + 3]])).toEqual(expected);
        expect(segments).toHaveLength(vectors.length * 2);
        expect(rowInfo).toHaveLength(rows * ROW_WORDS);
      }),
    );
  });

  it('gives each vector a contiguous segment, and each row the end of its stream within it', () => {
    fc.assert(
      fc.property(batchesWithVectors, ({ sequences, vectors }) => {
        const { rows, rowInfo, segments } = backwardRows(packSequences(sequences), vectors);
        vectors.forEach((_, segment) => {
          const [start, end] = [segments[segment * 2], segments[segment * 2 + 1]];
          expect(start).toBeLessThanOrEqual(end);
          expect(start).toBe(segment === 0 ? 0 : segments[segment * 2 - 1]);
          for (let row = start; row < end; row += 1) {
            expect(rowInfo[row * 4 + 3]).toBe(segment);
            const streamEnd = rowInfo[row * 4 + 2];
            expect(streamEnd).toBeGreaterThan(row);
            expect(streamEnd).toBeLessThanOrEqual(end);
            // What attention's backward relies on: later rows of a stream are the following tokens of one sequence.
            const token = rowInfo[row * 4];
            for (let later = row; later < streamEnd; later += 1) expect(rowInfo[later * 4]).toBe(token + later - row);
          }
        });
        expect(vectors.length === 0 ? 0 : segments[vectors.length * 2 - 1]).toBe(rows);
      }),
    );
  });

  it('sends every weight to the row of its vector and position, and every loss position to its target', () => {
    fc.assert(
      fc.property(batchesWithVectors, ({ sequences, vectors }) => {
        const batch = packSequences(sequences);
        const { rows, rowInfo, lossPositions, lossTargets, lossSource, lossWeight } = backwardRows(batch, vectors);
        expect([...lossPositions]).toEqual([...new Set(lossPositions)].sort((a, b) => a - b));
        lossPositions.forEach((position, i) => expect(lossTargets[i]).toBe(batch.tokens[position + 1]));
        const found = new Map<string, number>();
        for (let row = 0; row < rows; row += 1) {
          if (lossSource[row] === 0xffffffff) {
            expect(lossWeight[row]).toBe(0);
            continue;
          }
          expect(lossPositions[lossSource[row]]).toBe(rowInfo[row * 4]);
          found.set(`${rowInfo[row * 4 + 3]} ${rowInfo[row * 4]}`, lossWeight[row]);
        }
        const expected = new Map<string, number>();
        vectors.forEach((vector, segment) =>
          vector.forEach((values, index) =>
            values.forEach((value, target) => {
              if (target > 0 && value !== 0) expected.set(`${segment} ${batch.starts[index] + target - 1}`, value);
            }),
          ),
        );
        expect(found).toEqual(expected);
        expect(new Set([...found.keys()].map((key) => key.split(' ')[1])).size).toBe(lossPositions.length);
      }),
    );
  });
});

describe('spanVectors', () => {
  it('makes one vector a span that is 1 at its targets and 0 elsewhere, sequence by sequence', () => {
    const sequences = [4, 6].map((length) => ({ tokens: new Uint32Array(length), adapters: new Uint8Array(length) }));
    const vectors = spanVectors(sequences, [[{ start: 0, end: 2 }], [{ start: 1, end: 3 }, { start: 5, end: 6 }]]);
    expect(vectors.map((vector) => vector.map((values) => [...values]))).toEqual([
      [[0, 1, 0, 0], []], // target 0 is predicted by nothing
      [[], [0, 1, 1, 0, 0, 0]],
      [[], [0, 0, 0, 0, 0, 1]],
    ]);
  });
});

describe('chunkSegments', () => {
  it('cuts every segment into consecutive chunks of at most `size` rows', () => {
    const segmentLists = fc.array(fc.nat(20), { maxLength: 6 }).map((lengths) => {
      let at = 0;
      return Uint32Array.from(lengths.flatMap((length) => [at, (at += length)]));
    });
    fc.assert(
      fc.property(segmentLists, fc.integer({ min: 1, max: 8 }), (segments, size) => {
        const { chunks, counts } = chunkSegments(segments, size);
        expect(counts).toHaveLength(segments.length / 2);
        let chunk = 0;
        counts.forEach((count, segment) => {
          let at = segments[segment * 2];
          for (const last = chunk + count; chunk < last; chunk += 1) {
            expect(chunks[chunk * 2]).toBe(at);
            at = chunks[chunk * 2 + 1];
            expect(at - chunks[chunk * 2]).toBeGreaterThan(0);
            expect(at - chunks[chunk * 2]).toBeLessThanOrEqual(size);
          }
          expect(at).toBe(segments[segment * 2 + 1]);
        });
        expect(chunks).toHaveLength(2 * chunk);
      }),
    );
  });
});
