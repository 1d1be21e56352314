import { describe, expect, it } from 'vitest';
import { dequantiseRows, halvesToFloats } from '../backbone/dequantise.ts';
import { floatsToHalves } from '../backbone/half-floats.ts';
import { withAddedTags } from '../backbone/tag-tokenizer.ts';
import { letterTokenizer } from '../backbone/testing/letter-tokenizer.ts';
import type { BackboneWeights, DecoderConfig } from '../backbone/types.ts';
import { characterSpans } from '../core/trajectory/roles.ts';
import { decodeTokenBytes, rolesOf, tokenSpans } from '../core/trajectory/tokens.ts';
import { decoderBench } from '../engine/testing/bench.ts';
import { randomBackbone, TINY, TINY_QWEN3, type Storage } from '../engine/testing/random-backbone.ts';
import { measureTagLosses, natsPerTrajectory, type TagLesson } from './tag-losses.ts';
import { TagWarmUp } from './tag-warm-up.ts';
import { DEFAULT_TAG_WARM_UP } from './tag-warm-up-settings.ts';

const open = await decoderBench();

const TAGS = ['<think>', '</think>', '<search>', '</search>', '<information>', '</information>', '<answer>', '</answer>'];
const letters = letterTokenizer();
const tokenizer = withAddedTags(letters, TAGS, letters.vocabSize);
const IDS = TAGS.map((_, index) => letters.vocabSize + index);

function lesson(response: string): TagLesson {
  const ids = tokenizer.encode(`who${response}`);
  const decoded = decodeTokenBytes(ids.map((id) => tokenizer.tokenBytes(id)));
  return { tokens: Uint32Array.from(ids), roles: rolesOf(tokenSpans(characterSpans(decoded.text, 3), decoded.starts)) };
}

const WORDS = ['ab', 'cd', 'ef', 'gh', 'ij', 'kl'];
const lessons = WORDS.map((word) => lesson(`<think>${word}</think><search>${word}</search>\n<information>x${word}</information>\n<answer>${word}</answer>`));
/** Words that begin as those above and go on otherwise. */
const HELD_OUT = ['ad', 'eh'].map((word) => lesson(`<think>${word}</think><search>${word}</search>\n<information>x${word}</information>\n<answer>${word}</answer>`));

const now = (): Promise<void> => Promise.resolve();

async function rowsOf(weights: BackboneWeights): Promise<{ embedding: Float32Array<ArrayBuffer>; head: Float32Array<ArrayBuffer> | null }> {
  const rows = (matrix: BackboneWeights['head']) => dequantiseRows(matrix, IDS[0], IDS[0] + IDS.length);
  return { embedding: await rows(weights.embedding), head: weights.head === weights.embedding ? null : await rows(weights.head) };
}

const CASES: readonly (readonly [string, DecoderConfig, Storage])[] = [
  ['a tied f32 table', TINY, 'f32'],
  ['a tied f16 table', TINY, 'f16'],
  ['separate tables', TINY_QWEN3, 'f32'],
];

describe.each(CASES)('a warm-up of %s', (_, config, storage) => {
  it('lowers the loss of tags, and of what follows them, on trajectories that it did not see', async () => {
    const weights = randomBackbone(config, 4, storage);
    const decoder = await open(weights);
    const rows = await rowsOf(weights);
    const settings = { ...DEFAULT_TAG_WARM_UP, steps: 24, rate: 0.06, batch: 3 };
    const warmUp = new TagWarmUp({ decoder, ids: IDS, rows, lessons, settings, checkpoint: now });
    const before = await measureTagLosses(decoder, HELD_OUT, IDS, 64, now);
    const reports = [];
    for (let step = 0; step < settings.steps; step += 1) reports.push(await warmUp.step(step));
    const after = await measureTagLosses(decoder, HELD_OUT, IDS, 64, now);
    const mean = ({ tokens, nats }: { tokens: number; nats: number }): number => nats / tokens;
    // Uniform over 53 entries would be 3.97 nats; random networks of this kind begin far above.
    expect(mean(after.tag)).toBeLessThan(0.5 * mean(before.tag));
    expect(mean(after.after)).toBeLessThan(mean(before.after));
    expect(natsPerTrajectory(after)).toBeLessThan(natsPerTrajectory(before));
    expect([before.tag.tokens, before.after.tokens]).toEqual([12, 6]);
    expect(reports[0].losses.tag.tokens).toBe(18);
    expect(reports.map(({ rate }) => rate)[23]).toBeLessThan(0.01);
    // Nothing but the rows has changed: other tokens' rows are where they were, also those behind.
    const trained = warmUp.rows;
    expect(trained.embedding).not.toEqual(rows.embedding);
    expect(trained.head === null).toBe(config.tiedEmbedding);
    const table = decoder.context.weights.embedding[0].matrix;
    const bytes = new Uint8Array(await decoder.context.memory.read(table.data));
    const values = storage === 'f16' ? halvesToFloats(bytes) : new Float32Array(bytes.buffer);
    const original = await dequantiseRows(weights.embedding);
    const [from, to] = [IDS[0] * config.hiddenSize, (IDS[0] + IDS.length) * config.hiddenSize];
    expect([...values.subarray(0, from)]).toEqual([...original.subarray(0, from)]);
    expect([...values.subarray(to, original.length)]).toEqual([...original.subarray(to)]);
    // What the table holds is what will be saved: f16 tables have the rows rounded.
    expect([...values.subarray(from, to)]).toEqual([...(storage === 'f16' ? halvesToFloats(floatsToHalves(trained.embedding)) : trained.embedding)]);
    decoder.destroy();
  });
});

describe('a warm-up', () => {
  it('is the same whatever the micro-batches, and stops where it is told to', async () => {
    const weights = randomBackbone(TINY, 9, 'f32');
    const rows = await rowsOf(weights);
    const trained = await Promise.all(
      [1000, 40].map(async (microBatchTokens) => {
        const decoder = await open(weights);
        const warmUp = new TagWarmUp({ decoder, ids: IDS, rows, lessons, settings: { ...DEFAULT_TAG_WARM_UP, steps: 2, batch: 4, microBatchTokens }, checkpoint: now });
        const report = await warmUp.step(0);
        decoder.destroy();
        return { report, rows: warmUp.rows.embedding };
      }),
    );
    expect(trained[0].report.norm).toBeCloseTo(trained[1].report.norm, 4);
    expect(trained[0].report.losses.tag.nats).toBeCloseTo(trained[1].report.losses.tag.nats, 3);
    expect(trained[0].report.tokens).toBe(trained[1].report.tokens);
    const decoder = await open(weights);
    const warmUp = new TagWarmUp({ decoder, ids: IDS, rows, lessons, settings: DEFAULT_TAG_WARM_UP, checkpoint: () => Promise.reject(new Error('cancelled')) });
    await expect(warmUp.step(0)).rejects.toThrow('cancelled');
    expect(warmUp.rows.embedding).toEqual(rows.embedding);
    decoder.destroy();
  });
});
