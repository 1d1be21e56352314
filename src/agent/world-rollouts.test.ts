import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { adapterLayout } from '../backbone/adapters.ts';
import { parseConfig } from '../backbone/config.ts';
import { createTokenizer } from '../backbone/tokenizer.ts';
import { Random } from '../core/random.ts';
import { createRoutedSession } from '../inference/session.ts';
import { loadNodeRuntime } from '../inference/testing/node-runtime.ts';
import type { RoutedSession } from '../inference/types.ts';
import { WORLD } from './environment.ts';
import { parseEnvironmentSettings } from './retriever/bm25-settings.ts';
import { Bm25Index, bm25Retriever } from './retriever/bm25.ts';
import { readCorpus } from './retriever/corpus.ts';
import { runRollouts } from './rollouts.ts';
import type { RolloutOptions, RolloutTask } from './rollouts.ts';
import { fakeSession, forcedLogits } from './testing/fake-session.ts';
import type { Question, Retriever, Rollout, Writing } from './types.ts';

const MODEL = 'public/models/seesaw-tiny';
const WORLD_FOLDER = 'public/datasets/world';
const tokenizer = createTokenizer(readFileSync(`${MODEL}/tokenizer.json`, 'utf8'), readFileSync(`${MODEL}/tokenizer_config.json`, 'utf8'));

const recordedLine = z.object({ id: z.string(), group: z.string(), question: z.string(), golden_answers: z.array(z.string()), tokens: z.array(z.number()), prompt_tokens: z.number(), reward: z.number(), f1: z.number() });
const recorded = readFileSync(`${WORLD_FOLDER}/rollouts.jsonl`, 'utf8')
  .trim()
  .split('\n')
  .map((line) => recordedLine.parse(JSON.parse(line)));

let retriever: Retriever;

beforeAll(async () => {
  const { passages } = await readCorpus(new Blob([readFileSync(`${WORLD_FOLDER}/corpus.jsonl`)]));
  retriever = bm25Retriever(await Bm25Index.build(passages, parseEnvironmentSettings(readFileSync(`${WORLD_FOLDER}/environment.json`, 'utf8'))), 'the world');
});

async function run(tasks: readonly RolloutTask[], session: RoutedSession, more: Partial<RolloutOptions> = {}): Promise<Rollout[]> {
  const rollouts: Rollout[] = [];
  await runRollouts(tasks, {
    tokenizer,
    environment: WORLD,
    retriever,
    sampling: { temperature: 1, topP: 1, topK: 0 },
    alternatives: 0,
    seed: 2,
    batch: 1,
    writers: [{ session, writing: { kind: 'routed', reasoning: 0, tool: 0 } }],
    onRollout: (rollout) => rollouts.push(rollout),
    checkpoint: () => Promise.resolve(),
    ...more,
  });
  return rollouts.sort((a, b) => (a.id < b.id ? -1 : 1));
}

function task(id: string, question: Question, sample = 0, writer = 0): RolloutTask {
  return { id, question, sample, writer, stream: false };
}

describe('the world', () => {
  it('answers, limits and scores as where the recorded rollouts were made', async () => {
    for (const line of recorded) {
      const question: Question = { id: line.group, question: line.question, goldenAnswers: line.golden_answers, hops: null, supportingTitles: [] };
      // A model that draws what was drawn then: observations and ends must come by themselves.
      const session = fakeSession(forcedLogits(tokenizer.vocabSize, (tokens) => line.tokens[tokens.length] ?? 0), { vocabSize: tokenizer.vocabSize });
      const [rollout] = await run([task(line.id, question)], session, { sampling: { temperature: 0, topP: 1, topK: 0 } });
      expect([...rollout.tokens]).toEqual(line.tokens);
      expect(rollout.promptTokens).toBe(line.prompt_tokens);
      expect([rollout.reward, rollout.f1]).toEqual([line.reward, expect.closeTo(line.f1, 3)]);
    }
    expect(recorded.length).toBeGreaterThan(100);
  });

  it('gives the bundled backbone the same rollouts to the bit in any batch', { timeout: 120_000 }, async () => {
    const config = parseConfig(readFileSync(`${MODEL}/config.json`, 'utf8'));
    const layout = adapterLayout(config, { count: 2, rank: 4, alpha: 8 });
    const random = new Random(1);
    const values = Float32Array.from({ length: layout.size }, () => 0.05 * random.normal());
    const graph = new Blob([readFileSync(`${MODEL}/onnx/model_q4.onnx`)]);
    const session = await createRoutedSession({ graph, config, adapters: { layout, values }, provider: 'wasm', loadRuntime: loadNodeRuntime });
    const writings: Writing[] = [
      { kind: 'routed', reasoning: 0, tool: 1 },
      { kind: 'routed', reasoning: 2, tool: 2 },
      { kind: 'agents', reasoning: 2, tool: 2, keepCaches: true },
      { kind: 'agents', reasoning: 0, tool: 1, keepCaches: true },
      { kind: 'agents', reasoning: 0, tool: 1, keepCaches: false },
    ];
    const questions = [...new Map(recorded.map((line) => [line.group, line])).values()].slice(0, 3).map((line): Question => ({ id: line.group, question: line.question, goldenAnswers: line.golden_answers, hops: null, supportingTitles: [] }));
    const tasks = questions.flatMap((question) => [0, 1].flatMap((sample) => writings.map((_, writer) => task(`${question.id} ${sample} ${writer}`, question, sample, writer))));
    const writers = writings.map((writing) => ({ session, writing }));
    const alone = await run(tasks, session, { writers });
    const together = await run(new Random(3).shuffle([...tasks]), session, { writers, batch: 7 });
    const lasting = (rollout: Rollout): unknown => ({ ...rollout, searches: rollout.searches.map(({ query, start, end }) => [query, start, end]) });
    expect(together.map(lasting)).toEqual(alone.map(lasting));
    expect(alone.some(({ searches }) => searches.length > 0)).toBe(true);
    // One adapter everywhere: two agents write what one writer writes, up to rounding.
    const of = (writer: number): Rollout[] => alone.filter((rollout) => rollout.writer === writer);
    of(1).forEach((rollout, index) => {
      const agents = of(2)[index];
      expect(agents.text).toBe(rollout.text);
      rollout.logprobs.forEach((logprob, position) => expect(Number.isNaN(logprob) ? 0 : Math.abs(logprob - agents.logprobs[position])).toBeLessThan(1e-4));
    });
    await session.destroy();
  });
});
