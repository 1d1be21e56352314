import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { createTokenizer } from '../backbone/tokenizer.ts';
import { parseTrajectories } from '../core/trajectory/formats.ts';
import { decodeTokenBytes, encodeTrajectory } from '../core/trajectory/tokens.ts';
import { WORLD } from './environment.ts';
import { rolloutLine } from './rollout-jsonl.ts';
import { runRollouts } from './rollouts.ts';
import { fakeSession, hashedLogits } from './testing/fake-session.ts';
import type { Rollout } from './types.ts';

const tokenizer = createTokenizer(readFileSync('public/models/seesaw-tiny/tokenizer.json', 'utf8'), readFileSync('public/models/seesaw-tiny/tokenizer_config.json', 'utf8'));
const POSSIBLE = [...['<think>', '</think>', '<search>', '</search>', '</search>', '<answer>', '</answer>', '<information>', '</information>', '<|im_end|>', '<|im_start|>'].map((tag) => tokenizer.addedToken(tag)!), ...tokenizer.encode('is the\n é')];

/** A model that writes anything, the environment's tags and turn markers too. */
async function wild(count: number): Promise<Rollout[]> {
  const session = fakeSession(hashedLogits(tokenizer.vocabSize, POSSIBLE), { vocabSize: tokenizer.vocabSize });
  const rollouts: Rollout[] = [];
  await runRollouts(
    Array.from({ length: count }, (_, sample) => ({ id: `q-${sample}`, question: { id: 'q', question: 'Who?', goldenAnswers: sample % 2 === 0 ? ['is'] : [], hops: null, supportingTitles: [] }, sample, writer: 0, stream: false })),
    {
      tokenizer,
      environment: WORLD,
      retriever: { description: '', search: () => Promise.resolve([{ id: '1', title: '<search>', text: 'é is', score: 1 }]) },
      sampling: { temperature: 1, topP: 1, topK: 0 },
      alternatives: 0,
      seed: 1,
      batch: 16,
      writers: [{ session, writing: { kind: 'routed', reasoning: 0, tool: 1 } }],
      onRollout: (rollout) => rollouts.push(rollout),
      checkpoint: () => Promise.resolve(),
    },
  );
  return rollouts;
}

describe('a rollout as a line', () => {
  it('opens again with the same tokens, roles and adapters', async () => {
    const rollouts = await wild(60);
    const { trajectories, problems, format } = parseTrajectories(rollouts.map((rollout) => rolloutLine(rollout)).join('\n'), { tags: WORLD.tags });
    expect(problems).toEqual([]);
    expect(format).toBe('JSON Lines');
    let differently = 0;
    trajectories.forEach((trajectory, index) => {
      const rollout = rollouts[index];
      expect(trajectory).toMatchObject({ id: rollout.id, group: 'q', question: 'Who?', text: rollout.text, promptTokens: rollout.promptTokens, goldenAnswers: rollout.question.goldenAnswers });
      const ids = trajectory.tokens!;
      expect(ids).toEqual([...rollout.tokens]);
      const decoded = decodeTokenBytes(ids.map((id) => tokenizer.tokenBytes(id)));
      const encoded = encodeTrajectory(trajectory, ids, decoded, WORLD.tags, 'paper');
      expect([...encoded.roles]).toEqual([...rollout.roles]);
      expect([...encoded.adapters]).toEqual([...rollout.adapters]);
      expect(encoded.pieces).toEqual(rollout.pieces);
      // Kinds come from the text, which takes imitations for what they imitate.
      const { roles: given, ...blind } = trajectory;
      expect(given).toEqual([...rollout.roles]);
      if ([...encodeTrajectory(blind, ids, decoded, WORLD.tags, 'paper').roles].join('') !== [...rollout.roles].join('')) differently++;
      if (rollout.reward !== null) expect(trajectory.reward).toBe(rollout.reward);
    });
    expect(differently).toBeGreaterThan(10);
  });

  it('says everything that was measured', async () => {
    const [rollout] = await wild(1);
    const line = z.record(z.string(), z.unknown()).parse(JSON.parse(rolloutLine(rollout, ['A', 'B'])));
    expect(line).toMatchObject({ id: 'q-0', group: 'q A', writer: 'A', golden_answers: ['is'], prompt_tokens: rollout.promptTokens, reward: rollout.reward, f1: rollout.f1, hit: rollout.hit, searches: rollout.searches.length, finish: rollout.finish, sample: 0 });
    expect(`${String(line.prompt)}${String(line.response)}`).toBe(rollout.text);
    expect(line.prompt).toBe('<|im_start|>user\n Who?<|im_end|>\n<|im_start|>assistant\n');
    const logprobs = z.array(z.number().nullable()).parse(line.logprobs);
    expect(logprobs).toHaveLength(rollout.tokens.length);
    logprobs.forEach((logprob, position) => {
      const exact = rollout.logprobs[position];
      if (Number.isNaN(exact)) expect(logprob).toBeNull();
      else expect(Math.abs(logprob! - exact)).toBeLessThanOrEqual(5e-6 * Math.abs(exact));
    });
    expect(rolloutLine(rollout)).not.toContain('\n');
    expect(JSON.parse(rolloutLine(rollout))).not.toHaveProperty('writer');
  });
});
