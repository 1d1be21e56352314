import { describe, expect, it } from 'vitest';
import { Random } from '../core/random.ts';
import { adaptersOf } from '../core/trajectory/tokens.ts';
import { ROLE_CODE } from '../core/trajectory/types.ts';
import { QWEN, SEARCH_R1, WORLD } from './environment.ts';
import { fakeSession, hashedLogits } from './testing/fake-session.ts';
import { AGENTS, lasting, type Outcome, question, ROUTED, run, slowRetriever, SOUP, tasksOf, tokenizer, vocabSize } from './testing/run-rollouts.ts';
import type { EnvironmentSettings, Rollout, Writing } from './types.ts';

describe('rollouts', () => {
  const writings: Writing[] = [ROUTED, AGENTS, { ...AGENTS, keepCaches: false }, { kind: 'routed', reasoning: 2, tool: 2 }, { ...AGENTS, reasoning: 2 }];
  const questions = ['a', 'b', 'c', 'd'].map((name) => question(name, `What is ${name.repeat(1 + name.charCodeAt(0) % 3)}?`));
  const tasks = tasksOf(questions, 3, writings.length);

  async function soup(environment: EnvironmentSettings, batch: number, order: number): Promise<{ outcome: Outcome; session: ReturnType<typeof fakeSession> }> {
    const session = fakeSession(hashedLogits(vocabSize, SOUP), { vocabSize });
    const shuffled = order === 0 ? tasks : new Random(order).shuffle([...tasks]);
    const outcome = await run(shuffled, session, { environment, batch, retriever: slowRetriever(order), writers: writings.map((writing) => ({ session, writing })) });
    return { outcome, session };
  }

  it.each([
    ['the world', WORLD, 2],
    ['Search-R1', { ...SEARCH_R1, maxTurnTokens: 60, maxTokens: 1200 }, 1],
    // Its calls are JSON, which no chance writes: it is told so.
    ['Qwen', { ...QWEN, tags: SEARCH_R1.tags, maxTurnTokens: 60, maxTokens: 1400 }, 0],
  ])('of %s depend neither on the batch, nor on the order, nor on how long searches take', async (_name, environment, searched) => {
    const first = await soup(environment, 1, 0);
    expect(first.outcome.rollouts).toHaveLength(tasks.length);
    expect(first.outcome.rollouts.some(({ searches }) => searches.length >= searched)).toBe(true);
    expect(first.outcome.rollouts.some(({ roles }) => roles.includes(ROLE_CODE.observation))).toBe(true);
    expect(new Set(first.outcome.rollouts.map(({ finish }) => finish)).size).toBeGreaterThan(1);
    const extensions = (session: ReturnType<typeof fakeSession>): Set<string> => new Set(session.calls.extensions.map((call) => JSON.stringify(call)));
    for (const [batch, order] of [[3, 1], [8, 2], [100, 3]] as const) {
      const other = await soup(environment, batch, order);
      expect(lasting(other.outcome.rollouts)).toEqual(lasting(first.outcome.rollouts));
      expect(extensions(other.session)).toEqual(extensions(first.session));
      expect(other.session.calls.widest).toBeGreaterThan(1);
      expect(other.session.calls.destroyed).toBe(other.session.calls.opened);
    }
  });

  it('have the adapters of equation 2, and the log-probabilities of exactly those', async () => {
    const logits = hashedLogits(vocabSize, SOUP);
    const { outcome } = await soup(WORLD, 5, 4);
    let tool = 0;
    for (const rollout of outcome.rollouts) {
      const writing = writings[rollout.writer];
      const routed = adaptersOf(rollout.roles, 'paper');
      expect([...rollout.adapters]).toEqual([...routed].map((adapter) => (adapter === 1 ? writing.tool : writing.reasoning)));
      for (let p = rollout.promptTokens; p < rollout.tokens.length; p++) {
        if (rollout.roles[p] === ROLE_CODE.observation) {
          expect(rollout.logprobs[p]).toBeNaN();
          expect(rollout.alternatives[p]).toEqual([]);
          continue;
        }
        tool += routed[p - 1];
        const before = [...rollout.tokens.slice(0, p)];
        const adapters = writing.kind === 'routed' ? [...rollout.adapters.slice(0, p)] : before.map(() => rollout.adapters[p - 1]);
        const all = logits(before, adapters);
        const sum = Math.log(all.reduce((total, x) => total + Math.exp(x), 0));
        expect(rollout.logprobs[p]).toBeCloseTo(all[rollout.tokens[p]] - sum, 4);
        expect(rollout.alternatives[p]).toHaveLength(2);
      }
    }
    expect(tool).toBeGreaterThan(100);
  });

  it('know observations by who wrote them', async () => {
    const { outcome } = await soup(WORLD, 5, 4);
    for (const { searches, roles, text, tokens } of outcome.rollouts) {
      const observed = Array.from(roles, (role) => role === ROLE_CODE.observation);
      const ranges = searches.flatMap(({ start, end }) => Array.from({ length: end - start }, (_, index) => start + index));
      expect(observed.flatMap((own, position) => (own ? [position] : []))).toEqual(ranges);
      expect(tokenizer.decode(tokens)).toBe(text);
    }
  });

  it('draw with the same numbers whoever writes', async () => {
    const { outcome } = await soup(WORLD, 5, 4);
    // The same adapters, once routed in one cache and once as two agents with the frozen backbone alone.
    const session = fakeSession(hashedLogits(vocabSize, SOUP), { vocabSize });
    const base: Writing = { kind: 'agents', reasoning: 2, tool: 2, keepCaches: true };
    const again = await run(tasksOf(questions, 3, 1), session, { retriever: slowRetriever(9), writers: [{ session, writing: base }] });
    const texts = (rollouts: readonly Rollout[], writer: number): string[] => rollouts.filter((rollout) => rollout.writer === writer).sort((a, b) => (a.id < b.id ? -1 : 1)).map(({ text }) => text);
    expect(texts(again.rollouts, 0)).toEqual(texts(outcome.rollouts, 3));
  });

  it('encode a prompt once for all samples that begin together', async () => {
    const session = fakeSession(hashedLogits(vocabSize, SOUP), { vocabSize });
    await run(tasksOf([question('a'), question('b')], 4), session, { batch: 8 });
    expect(session.calls.extensions.filter(({ before }) => before.length === 0)).toHaveLength(2);
    expect(session.calls.copies).toBe(6);
  });

  it('keep a prompt for the samples that wait for a place', async () => {
    const session = fakeSession(hashedLogits(vocabSize, SOUP), { vocabSize });
    await run(tasksOf([question('a'), question('b')], 6), session, { batch: 2 });
    expect(session.calls.extensions.filter(({ before }) => before.length === 0)).toHaveLength(2);
  });

  it('are the same where a session takes observations one token a step, which then have no runs of their own', async () => {
    const outcomes = [1, 1000].map(async (stepLimit) => {
      const session = fakeSession(hashedLogits(vocabSize, SOUP), { vocabSize, stepLimit });
      const { rollouts } = await run(tasks, session, { batch: 5, writers: writings.map((writing) => ({ session, writing })) });
      return { rollouts: lasting(rollouts), runs: session.calls.extensions.filter(({ before }) => before.length > 0).length };
    });
    const [runs, steps] = await Promise.all(outcomes);
    expect(steps.rollouts).toEqual(runs.rollouts);
    expect(runs.runs).toBeGreaterThan(0);
    expect(steps.runs).toBe(0);
  });

  it('of several sessions follow one another', async () => {
    const sessions = [1, 2].map(() => fakeSession(hashedLogits(vocabSize, SOUP), { vocabSize }));
    const { rollouts } = await run(tasksOf([question('a')], 2, 2), sessions[0], { writers: sessions.map((session) => ({ session, writing: ROUTED })) });
    expect(rollouts.map(({ writer }) => writer)).toEqual([0, 0, 1, 1]);
    expect(sessions.map(({ calls }) => [calls.opened, calls.destroyed])).toEqual([[1, 1], [1, 1]]);
    const [a, b] = [0, 1].map((writer) => rollouts.filter((rollout) => rollout.writer === writer).map(({ text }) => text).sort());
    expect(a).toEqual(b);
  });

  it('are told token by token, as they end', async () => {
    const { outcome } = await soup(WORLD, 1, 0);
    expect(outcome.tokens).toEqual([]);
    const session = fakeSession(hashedLogits(vocabSize, SOUP), { vocabSize });
    const { rollouts, tokens, searches } = await run(tasksOf(questions, 2, 1, true), session, { retriever: slowRetriever(1) });
    for (const rollout of rollouts) {
      const own = tokens.filter((token) => token.rollout === rollout.id);
      expect(own.map(({ position }) => position)).toEqual(own.map((_, index) => index));
      expect(own.map(({ token }) => token)).toEqual([...rollout.tokens]);
      expect(own.map(({ role }) => role)).toEqual([...rollout.roles]);
      expect(own.map(({ kind }) => kind)).toEqual(rollout.kinds);
      expect(own.map(({ adapter }) => adapter).slice(1)).toEqual([...rollout.adapters.slice(0, -1)]);
      expect(own.map(({ piece }) => piece).join('')).toBe(rollout.text);
      expect(Float32Array.from(own, ({ logprob }) => logprob)).toEqual(rollout.logprobs);
    }
    expect(searches.filter(([, answered]) => answered)).toHaveLength(searches.length / 2);
    expect(searches.length).toBeGreaterThan(0);
  });

  it('refuse numbers that are none', async () => {
    const session = fakeSession(hashedLogits(vocabSize, SOUP), { vocabSize });
    await expect(run(tasksOf([question('a')], 1), session, { batch: 0 })).rejects.toThrow(/at least 1 rollout/);
    await expect(run(tasksOf([question('a')], 1, 2), session)).rejects.toThrow(/names writer 1, and there are 1/);
    await expect(run(tasksOf([question('a')], 1), session, { writers: [{ session, writing: { ...ROUTED, tool: 3 } }] })).rejects.toThrow(/no adapter 3: this backbone has 2, and 2 stands for none/);
  });
});
