import { describe, expect, it } from 'vitest';
import { addLosses, measureTagLosses, natsPerTrajectory, NO_LOSSES, tagPlaces, tagWeights } from './tag-losses.ts';

const [OPEN, CLOSE, INFORMATION] = [90, 91, 92];
const IDS = new Set([OPEN, CLOSE, INFORMATION]);
/** Prompt, then what the model wrote with an observation inside. */
const LESSON = { tokens: Uint32Array.of(1, 2, OPEN, 3, CLOSE, INFORMATION, 4, INFORMATION, 5, OPEN, 6, 7), roles: Uint8Array.of(0, 0, 1, 2, 2, 3, 3, 3, 1, 1, 1, 1) };

describe('losses beside tags', () => {
  it('tell tags, what follows one, and the rest; what the model did not write is in none', () => {
    expect(tagPlaces(LESSON, IDS)).toEqual([null, null, 'tag', 'after', 'tag', null, null, null, 'after', 'tag', 'after', 'other']);
    // Nothing predicts a first token, whoever wrote it.
    expect(tagPlaces({ tokens: Uint32Array.of(OPEN, 1), roles: Uint8Array.of(1, 1) }, IDS)).toEqual([null, 'after']);
  });

  it('weigh every token that the model wrote the same, over all lessons of a step', () => {
    const other = { tokens: Uint32Array.of(1, 2), roles: Uint8Array.of(1, 1) };
    const weights = tagWeights([LESSON, other]);
    expect([...weights[0]].map((weight) => Math.round(weight * 8))).toEqual([0, 0, 1, 1, 1, 0, 0, 0, 1, 1, 1, 1]);
    expect([...weights[1]]).toEqual([0, 0.125]);
    expect(weights.flatMap((own) => [...own]).reduce((sum, weight) => sum + weight, 0)).toBeCloseTo(1);
  });

  it('are summed over micro-batches, at the positions that predict', async () => {
    const seen: number[] = [];
    const decoder = { logLikelihood: (sequences: readonly { tokens: Uint32Array }[]) => Promise.resolve(sequences.map(({ tokens }) => Float32Array.from(tokens.subarray(1), (token) => -token))) };
    const losses = await measureTagLosses(decoder, [LESSON, LESSON], [...IDS], 12, () => Promise.resolve(), (done) => seen.push(done));
    expect(losses).toEqual({ tag: { tokens: 6, nats: 2 * (90 + 91 + 90) }, after: { tokens: 6, nats: 2 * (3 + 5 + 6) }, other: { tokens: 2, nats: 14 }, trajectories: 2 });
    expect(seen).toEqual([1, 2]);
    expect(natsPerTrajectory(losses)).toBe(271 + 14 + 7);
    expect(addLosses(losses, NO_LOSSES)).toEqual(losses);
  });
});
