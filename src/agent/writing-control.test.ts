import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { createTokenizer } from '../backbone/tokenizer.ts';
import { ROLE_CODE } from '../core/trajectory/types.ts';
import { WORLD } from './environment.ts';
import { runRollouts } from './rollouts.ts';
import { fakeSession, forcedLogits } from './testing/fake-session.ts';
import type { Question, Retriever, Rollout, Writing } from './types.ts';

const tokenizer = createTokenizer(readFileSync('public/models/seesaw-tiny/tokenizer.json', 'utf8'), readFileSync('public/models/seesaw-tiny/tokenizer_config.json', 'utf8'));
const { vocabSize } = tokenizer;
const QUESTION: Question = { id: 'q', question: 'What is it?', goldenAnswers: ['Nairobi'], hops: null, supportingTitles: [] };
const found: Retriever = { description: 'found', search: () => Promise.resolve([{ id: '1', title: 'Kenya', text: 'The capital is Nairobi.', score: 1 }]) };

/** Turns that the model writes, one after each observation. */
const TURNS = ['<think> a plan</think><search> the capital</search>', '<think> more</think><search> once more</search>', '<think> so</think><answer> Nairobi</answer><|im_end|>'];
const ASSISTANT = '<|im_start|>assistant\n';

/** The script's next token. */
function next(tokens: readonly number[]): number {
  const text = tokenizer.decode(tokens);
  let rest = text.slice(text.indexOf(ASSISTANT) + ASSISTANT.length);
  for (const turn of TURNS) {
    const ids = tokenizer.encode(turn);
    for (let n = 0; n < ids.length; n++) if (tokenizer.decode(ids.slice(0, n)) === rest) return ids[n];
    rest = rest.slice(turn.length).replace(/^\s*<information>[^]*?<\/information>\n{0,2}/, '');
  }
  throw new Error('The script is over.');
}

async function write(writing: Writing, samples = 1): Promise<Rollout[]> {
  const rollouts: Rollout[] = [];
  const session = fakeSession(forcedLogits(vocabSize, next), { vocabSize, adapterCount: 3 });
  await runRollouts(
    Array.from({ length: samples }, (_, sample) => ({ id: String(sample), question: QUESTION, sample, writer: 0, stream: false })),
    { tokenizer, environment: WORLD, retriever: found, sampling: { temperature: 1, topP: 1, topK: 0 }, alternatives: 0, seed: 5, batch: 2, writers: [{ session, writing }], onRollout: (rollout) => rollouts.push(rollout), checkpoint: () => Promise.resolve() },
  );
  return rollouts;
}

const modelWrote = ({ roles }: Rollout, token: number): boolean => roles[token] === ROLE_CODE.reasoning || roles[token] === ROLE_CODE.tool;
/** Every token that the model wrote, with the adapter that wrote it. */
const written = (rollout: Rollout) => Array.from(rollout.tokens.keys()).filter((token) => modelWrote(rollout, token)).map((token) => ({ token, adapter: rollout.adapters[token - 1] }));

describe('ways of writing', () => {
  it('let a third adapter write what stands after the opening answer tag, its closing tag included', async () => {
    const [rollout] = await write({ kind: 'routed', reasoning: 0, tool: 1, answer: 2 });
    expect(rollout).toMatchObject({ answer: 'Nairobi', finish: 'answered' });
    expect(rollout.searches).toHaveLength(2);
    const answer = tokenizer.addedToken('<answer>')!;
    const begin = rollout.tokens.indexOf(answer);
    const end = rollout.tokens.indexOf(tokenizer.addedToken('</answer>')!);
    for (const { token, adapter } of written(rollout)) {
      expect(adapter).toBe(token > begin && token <= end ? 2 : rollout.roles[token] === ROLE_CODE.tool ? 1 : 0);
    }
    expect(written(rollout).filter(({ adapter }) => adapter === 2).length).toBe(end - begin);
  });

  it('change the adapter after so many response tokens in the halves control, whatever is written', async () => {
    const [rollout] = await write({ kind: 'routed', reasoning: 0, tool: 1, control: { kind: 'halves', at: 12 } });
    for (const { token, adapter } of written(rollout)) expect(adapter).toBe(token - rollout.promptTokens < 12 ? 0 : 1);
    expect(new Set(written(rollout).map(({ adapter }) => adapter))).toEqual(new Set([0, 1]));
  });

  it('give each stretch of one role to one adapter in the shuffled control, by the rollout’s own numbers', async () => {
    const writing: Writing = { kind: 'routed', reasoning: 0, tool: 1, control: { kind: 'shuffled' } };
    const rollouts = await write(writing, 12);
    const patterns = rollouts.map((rollout) => {
      const stretches: number[] = [];
      let before = -2;
      for (const { token, adapter } of written(rollout)) {
        const same = before === token - 1 && rollout.roles[before] === rollout.roles[token];
        if (same) expect(adapter).toBe(stretches.at(-1));
        else stretches.push(adapter);
        before = token;
      }
      return stretches.join('');
    });
    expect(patterns.every((pattern) => pattern.length === patterns[0].length)).toBe(true);
    expect(new Set(patterns).size).toBeGreaterThan(3);
    // Neither role is always the same adapter's: what is learnt has nothing to do with what is written.
    for (let stretch = 0; stretch < patterns[0].length; stretch += 1) expect(new Set(patterns.map((pattern) => pattern[stretch])).size).toBe(2);
    expect((await write(writing, 12)).map((rollout) => [...rollout.adapters])).toEqual(rollouts.map((rollout) => [...rollout.adapters]));
  });

  it('name adapters that are there', async () => {
    await expect(write({ kind: 'routed', reasoning: 0, tool: 1, answer: 4 })).rejects.toThrow(/There is no adapter 4/);
  });
});
