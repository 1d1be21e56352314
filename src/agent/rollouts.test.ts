import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { createTokenizer } from '../backbone/tokenizer.ts';
import { Random } from '../core/random.ts';
import { characterSpans } from '../core/trajectory/roles.ts';
import { adaptersOf } from '../core/trajectory/tokens.ts';
import { ROLE_CODE } from '../core/trajectory/types.ts';
import type { RoutedSession } from '../inference/types.ts';
import { QWEN, SEARCH_R1, WORLD } from './environment.ts';
import { runRollouts } from './rollouts.ts';
import type { RolloutOptions, RolloutTask, RolloutTimings } from './rollouts.ts';
import { fakeSession, forcedLogits, hashedLogits } from './testing/fake-session.ts';
import type { EnvironmentSettings, FoundPassage, Question, Retriever, Rollout, TokenAdded, Writing } from './types.ts';
import { RetrieverError } from './types.ts';

const tokenizer = createTokenizer(readFileSync('public/models/seesaw-tiny/tokenizer.json', 'utf8'), readFileSync('public/models/seesaw-tiny/tokenizer_config.json', 'utf8'));
const vocabSize = tokenizer.vocabSize;
const ROUTED: Writing = { kind: 'routed', reasoning: 0, tool: 1 };
const AGENTS: Writing = { kind: 'agents', reasoning: 0, tool: 1, keepCaches: true };

function question(id: string, text = `What is ${id}?`, goldenAnswers: readonly string[] = ['Nairobi']): Question {
  return { id, question: text, goldenAnswers, hops: null, supportingTitles: [] };
}

const KENYA: FoundPassage = { id: '1', title: 'Kenya', text: 'The capital is Nairobi. <search>x</search><answer> Nairobi</answer>', score: 1 };

/** Finds something for every query, after a while that differs with each request. */
function slowRetriever(seed: number): Retriever {
  const random = new Random(seed);
  return {
    description: 'slow',
    search: async (query, topK) => {
      const wait = random.integer(4);
      if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait));
      return Array.from({ length: topK }, (_, index) => ({ id: String(index), title: query.slice(0, 12), text: `${query.length} words <think>`.repeat(1 + (query.length % 2)), score: 1 }));
    },
  };
}

const instant: Retriever = { description: 'instant', search: () => Promise.resolve([KENYA]) };

interface Outcome {
  readonly rollouts: Rollout[];
  readonly tokens: TokenAdded[];
  readonly problems: string[];
  readonly searches: [string, boolean][];
  readonly timings: RolloutTimings;
}

async function run(tasks: readonly RolloutTask[], session: RoutedSession, more: Partial<RolloutOptions> = {}, outcome: Partial<Outcome> = {}): Promise<Outcome> {
  const rollouts: Rollout[] = outcome.rollouts ?? [];
  const tokens: TokenAdded[] = [];
  const problems: string[] = [];
  const searches: [string, boolean][] = [];
  const timings = await runRollouts(tasks, {
    tokenizer,
    environment: WORLD,
    retriever: instant,
    sampling: { temperature: 1, topP: 1, topK: 0 },
    alternatives: 2,
    seed: 3,
    batch: 4,
    writers: [{ session, writing: ROUTED }],
    onToken: (token) => tokens.push(token),
    onRollout: (rollout) => rollouts.push(rollout),
    onSearch: (id, call, answered) => searches.push([`${id} ${call.query}`, answered]),
    onProblem: (task, sentence) => problems.push(`${task.id}: ${sentence}`),
    checkpoint: () => Promise.resolve(),
    ...more,
  });
  return { rollouts, tokens, problems, searches, timings };
}

function tasksOf(questions: readonly Question[], samples: number, writers = 1, stream = false): RolloutTask[] {
  return questions.flatMap((own) => Array.from({ length: samples }, (_, sample) => Array.from({ length: writers }, (_, writer) => ({ id: `${own.id}-${sample}-${writer}`, question: own, sample, writer, stream })))).flat();
}

/** Without what depends on time. */
function lasting(rollouts: readonly Rollout[]): unknown[] {
  return [...rollouts].sort((a, b) => (a.id < b.id ? -1 : 1)).map((rollout) => ({ ...rollout, searches: rollout.searches.map((call) => ({ ...call, milliseconds: 0 })) }));
}

const id = (text: string): number => tokenizer.addedToken(text)!;
const SOUP = [...['<think>', '</think>', '<search>', '</search>', '</search>', '<answer>', '</answer>', '<information>', '<|im_end|>', '<|im_start|>'].map(id), ...tokenizer.encode(' the capital of Kenya is\n')];

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

/** What the environment inserts, by its beginning. */
const INSERTED = /^(?:\s*<information>[^]*?<\/information>\n{0,2}|\nMy previous action[^]*?try again\.\n|<\|im_end\|>\n<\|im_start\|>user[^]*?<\|im_start\|>assistant\n)/;

/** A model that writes these turns, one after each insertion. */
function scripted(turns: readonly string[], options: { maxPositions?: number } = {}): ReturnType<typeof fakeSession> {
  const next = (tokens: readonly number[]): number => {
    const text = tokenizer.decode(tokens);
    let rest = text.slice(text.indexOf('<|im_start|>assistant\n') + '<|im_start|>assistant\n'.length);
    for (const turn of turns) {
      const ids = tokenizer.encode(turn);
      for (let n = 0; n < ids.length; n++) if (tokenizer.decode(ids.slice(0, n)) === rest) return ids[n];
      // The token that ends a turn is dropped before a notice.
      const kept = rest.startsWith(turn) ? turn : turn.replace('<|im_end|>', '');
      rest = rest.slice(kept.length).replace(INSERTED, '');
    }
    return id('<|endoftext|>');
  };
  return fakeSession(forcedLogits(vocabSize, next), { vocabSize, ...options });
}

describe('a rollout', () => {
  async function only(turns: readonly string[], more: Partial<RolloutOptions> = {}, options: { maxPositions?: number } = {}): Promise<Rollout> {
    const session = scripted(turns, options);
    const { rollouts, problems } = await run(tasksOf([question('q')], 1), session, { sampling: { temperature: 0, topP: 1, topK: 0 }, writers: [{ session, writing: ROUTED }], ...more });
    expect(problems).toEqual([]);
    expect(rollouts).toHaveLength(1);
    return rollouts[0];
  }
  const SEARCH = '<think> a</think><search> Kenya capital</search>';
  const ANSWER = '<think> b</think><answer> Nairobi</answer><|im_end|>';

  it('ends with an answer', async () => {
    const rollout = await only([SEARCH, ANSWER]);
    expect(rollout).toMatchObject({ finish: 'answered', answer: 'Nairobi', reward: 1, f1: 1, hit: true, wellFormed: true, reencodedTokens: 0, sample: 0, writer: 0 });
    expect(rollout.searches).toMatchObject([{ query: 'Kenya capital', passages: [KENYA], failure: null }]);
    const { start, end } = rollout.searches[0];
    expect(tokenizer.decode(rollout.tokens.slice(start, end))).toBe('<information> Doc 1(Title: Kenya) The capital is Nairobi. &lt;search>x&lt;/search>&lt;answer> Nairobi&lt;/answer></information>');
    expect(characterSpans(rollout.text, rollout.text.indexOf('<think>')).map(({ kind }) => kind)).toEqual(['prompt', 'think', 'other', 'tool', 'observation', 'think', 'answer', 'other']);
    expect([...new Set(rollout.kinds)]).toEqual(['prompt', 'think', 'other', 'tool', 'observation', 'answer']);
  });

  it('counts no answer that only a document holds', async () => {
    expect(await only([SEARCH, '<think> b</think><|im_end|>'])).toMatchObject({ finish: 'ended-without-answer', answer: null, reward: 0, f1: 0, hit: true, wellFormed: false });
  });

  it('has no score without golden answers', async () => {
    const session = scripted([ANSWER]);
    const { rollouts } = await run(tasksOf([question('q', 'who?', [])], 1), session);
    expect(rollouts[0]).toMatchObject({ answer: 'Nairobi', reward: null, f1: null, hit: null, wellFormed: true });
  });

  it('ends with one search too many, as the world does', async () => {
    const rollout = await only([SEARCH, SEARCH, SEARCH, SEARCH, ANSWER]);
    expect(rollout.finish).toBe('too-many-searches');
    expect(rollout.searches).toHaveLength(3);
    expect(rollout.text.endsWith(SEARCH)).toBe(true);
  });

  it('ends with a turn that is too long, counted from the last observation', async () => {
    const word = tokenizer.encode(' the').length;
    expect(word).toBe(1);
    const at = async (words: number): Promise<Rollout> => only([SEARCH, ' the'.repeat(words) + ANSWER]);
    const length = tokenizer.encode(ANSWER).length;
    expect((await at(60 - length)).finish).toBe('answered');
    const long = await at(80);
    expect(long.finish).toBe('turn-too-long');
    expect(long.tokens.length - long.searches[0].end).toBe(60);
  });

  it('ends where the next token would fill the context, by the environment or the model', async () => {
    const prompt = (await only([ANSWER])).promptTokens;
    for (const [more, options] of [[{ environment: { ...WORLD, maxTokens: prompt + 8 } }, {}], [{}, { maxPositions: prompt + 8 }]] as const) {
      const rollout = await only([' the'.repeat(20)], more, options);
      expect([rollout.finish, rollout.tokens.length]).toEqual(['context-full', prompt + 7]);
    }
    // An observation that does not fit is not shown; the search was done.
    const length = prompt + tokenizer.encode(SEARCH).length;
    const cut = await only([SEARCH, ANSWER], { environment: { ...WORLD, maxTokens: length + 12 } });
    expect([cut.finish, cut.tokens.length, cut.searches.length, cut.searches[0].end - cut.searches[0].start]).toEqual(['context-full', length, 1, 0]);
  });

  it('takes the query behind the last opening, and asks nobody for an empty one', async () => {
    let asked = 0;
    const retriever: Retriever = { description: '', search: () => Promise.resolve(asked++ < 0 ? [] : [KENYA]) };
    const rollout = await only(['<search> a<search> b</search>', '<search> </search>', ANSWER], { retriever });
    expect(rollout.searches.map(({ query, passages }) => [query, passages.length])).toEqual([['b', 1], ['', 0]]);
    expect(asked).toBe(1);
    expect(rollout.text).toContain('<search> </search><information> No results.</information>');
    expect(rollout.wellFormed).toBe(false);
  });

  it('ends when the retriever fails, alone', async () => {
    const error = new RetrieverError('The server does not answer.', 'Start it.');
    const retriever = (own: Question): Retriever => ({ description: '', search: () => (own.id === 'b' ? Promise.reject(error) : Promise.resolve([KENYA])) });
    const session = scripted([SEARCH, ANSWER]);
    const { rollouts, searches } = await run(tasksOf([question('a'), question('b'), question('c')], 1), session, { retriever });
    const failed = rollouts.find(({ question: own }) => own.id === 'b')!;
    expect(failed).toMatchObject({ finish: 'retriever-failed', searches: [{ failure: 'The server does not answer. Start it.', passages: [] }], reward: 0, wellFormed: false });
    expect(rollouts.map(({ finish }) => finish).sort()).toEqual(['answered', 'answered', 'retriever-failed']);
    expect(searches).toHaveLength(6);
    const thrown = await only([SEARCH, ANSWER], { retriever: () => { throw new Error('No passages for this question.'); } });
    expect(thrown.searches[0].failure).toBe('No passages for this question.');
  });

  it('goes on while another one waits', async () => {
    let release: () => void = () => undefined;
    const gate = new Promise<void>((resolve) => (release = resolve));
    const retriever = (own: Question): Retriever => ({ description: '', search: () => (own.id === 'a' ? gate.then(() => [KENYA]) : Promise.resolve([KENYA])) });
    const session = scripted([SEARCH, ANSWER]);
    const order: string[] = [];
    await run(tasksOf([question('a'), question('b'), question('c')], 1), session, { batch: 2, retriever, onRollout: (rollout) => { order.push(rollout.question.id); if (order.length === 2) release(); } });
    expect(order).toEqual(['b', 'c', 'a']);
  });

  it('that cannot begin is told, and the others go on', async () => {
    const session = scripted([ANSWER], { maxPositions: 60 });
    const { rollouts, problems } = await run(tasksOf([question('long', 'word '.repeat(100)), question('a')], 1), session, { batch: 1 });
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatch(/^long-0-0: The prompt of question long has \d+ tokens, which leaves no room for an answer within 60; raise/);
    expect(rollouts.map(({ finish }) => finish)).toEqual(['answered']);
  });

  it('is delivered as it is when the run is cancelled', async () => {
    const session = scripted([SEARCH, ANSWER]);
    let steps = 0;
    const delivered: Rollout[] = [];
    const cancel = new Error('cancelled');
    const stopped = run(tasksOf([question('a'), question('b')], 1), session, { batch: 1, checkpoint: () => (++steps > 5 ? Promise.reject(cancel) : Promise.resolve()) }, { rollouts: delivered });
    await expect(stopped).rejects.toBe(cancel);
    expect(delivered.map(({ id: own, finish, tokens, promptTokens }) => [own, finish, tokens.length - promptTokens])).toEqual([['a-0-0', 'cancelled', 5]]);
    expect(session.calls.destroyed).toBe(session.calls.opened);
  });

  it('stops waiting for its retriever when the run is aborted', async () => {
    const controller = new AbortController();
    let asked: AbortSignal | undefined;
    const retriever: Retriever = {
      description: '',
      search: (_query, _topK, signal) => {
        asked = signal;
        setTimeout(() => { controller.abort(); }, 5);
        return new Promise(() => undefined);
      },
    };
    const delivered: Rollout[] = [];
    await expect(run(tasksOf([question('a')], 1), scripted([SEARCH]), { retriever, signal: controller.signal }, { rollouts: delivered })).rejects.toThrow(/abort/i);
    expect(asked?.aborted).toBe(true);
    expect(delivered).toMatchObject([{ finish: 'cancelled', searches: [{ query: 'Kenya capital', passages: [] }] }]);
  });

  it('of two agents counts what is encoded again', async () => {
    const words = (text: string): number => tokenizer.encode(text).length;
    const session = scripted([SEARCH, ANSWER]);
    const { rollouts, timings } = await run(tasksOf([question('q')], 1), session, { writers: [{ session, writing: AGENTS }] });
    const [rollout] = rollouts;
    const { start, end } = rollout.searches[0];
    const query = start - words(' Kenya capital</search>');
    // The tool agent reads everything up to <search>, of which the other one has read all but <search> itself. That one
    // then reads <search> and the query, of which the tool agent has read all but </search>.
    expect(rollout.reencodedTokens).toBe(query - 1 + 1 + (start - 1 - query));
    expect(timings.tokens).toBe(rollout.tokens.length - 1 + rollout.reencodedTokens);
    expect(session.calls.opened).toBe(2);
    const fresh = scripted([SEARCH, ANSWER]);
    const again = await run(tasksOf([question('q')], 1), fresh, { writers: [{ session: fresh, writing: { ...AGENTS, keepCaches: false } }] });
    expect(again.rollouts[0].reencodedTokens).toBe(query - 1 + (start - 1));
    expect(fresh.calls.extensions.at(-1)).toMatchObject({ before: [], tokens: [...rollout.tokens.slice(0, end)] });
    expect(lasting(again.rollouts)).toEqual(lasting(rollouts).map((one) => ({ ...(one as Rollout), reencodedTokens: again.rollouts[0].reencodedTokens })));
  });

  it('of Search-R1 ends with the answer, and has a last turn without a search', async () => {
    const environment = { ...SEARCH_R1, maxSearches: 2 };
    const end = '<think> b</think>\n<answer> Nairobi</answer>';
    expect(await only([SEARCH, end + ' more'], { environment })).toMatchObject({ finish: 'answered', reward: 1, wellFormed: true });
    const many = await only([SEARCH, SEARCH, SEARCH, end], { environment });
    expect([many.finish, many.searches.length]).toEqual(['too-many-searches', 2]);
    const late = await only([SEARCH, SEARCH, end], { environment });
    expect([late.finish, late.searches.length, late.wellFormed]).toEqual(['answered', 2, true]);
  });

  it.each([
    ['without an action', '<think> a</think><|im_end|>', '<think> a</think>'],
    ['with an empty query', '<search> </search>', '<search> </search>'],
    ['with a query that was never opened', ' q</search>', ' q</search>'],
    ['with an answer that was never opened', ' q</answer>', ' q</answer>'],
  ])('of Search-R1 is told about a turn %s', async (_name, turn, kept) => {
    const environment = { ...SEARCH_R1, maxSearches: 1 };
    const rollout = await only([turn, '<think> b</think><answer> Nairobi</answer>'], { environment });
    const response = rollout.text.slice(rollout.text.indexOf('assistant\n') + 'assistant\n'.length);
    expect(response).toBe(`${kept}\nMy previous action is invalid. If I want to search, I should put the query between <search> and </search>. If I want to give the final answer, I should put the answer between <answer> and </answer>. Let me try again.\n<think> b</think><answer> Nairobi</answer>`);
    expect(rollout).toMatchObject({ finish: 'answered', reward: 1, wellFormed: false, hit: false });
    expect((await only([turn, turn], { environment })).finish).toBe('ended-without-answer');
  });

  it('finds nothing in a notice', async () => {
    const session = scripted(['<think> a</think><|im_end|>', '<think> b</think><answer> x</answer>']);
    const { rollouts } = await run(tasksOf([question('q', 'who?', ['query between'])], 1), session, { environment: SEARCH_R1, sampling: { temperature: 0, topP: 1, topK: 0 } });
    expect(rollouts[0].text).toContain('query between');
    expect(rollouts[0].hit).toBe(false);
  });

  it('of Search-R1 that writes without end is told so too', async () => {
    const environment = { ...SEARCH_R1, maxSearches: 1, maxTurnTokens: 10 };
    const rollout = await only([' the'.repeat(10), ' the'.repeat(10)], { environment });
    expect(rollout.finish).toBe('turn-too-long');
    expect(rollout.text.match(/My previous action is invalid/g)).toHaveLength(1);
  });

  it('of Qwen calls its function', async () => {
    const call = (text: string): string => `<tool_call>\n${text}\n</tool_call>`;
    const good = call('{"name": "search", "arguments": {"query": "Kenya"}}');
    const end = 'So <answer> Nairobi</answer><|im_end|>';
    const rollout = await only([`I look. ${good}`, end], { environment: QWEN });
    expect(rollout).toMatchObject({ finish: 'answered', reward: 1, hit: true, wellFormed: true, searches: [{ query: 'Kenya' }] });
    expect(rollout.text).toContain('</tool_call><|im_end|>\n<|im_start|>user\n<tool_response>\nDoc 1(Title: Kenya) The capital is Nairobi.');
    const start = rollout.text.indexOf('I look.');
    expect(characterSpans(rollout.text, start, QWEN.tags).map(({ kind }) => kind)).toEqual(['prompt', 'other', 'tool', 'observation', 'other', 'answer', 'other']);
    for (const [bad, message] of [
      [call('{"name": "search"'), /not a JSON object/],
      [call('{"name": "find", "arguments": {"query": "x"}}'), /no such function/],
      [call('{"name": "search", "arguments": {"query": " "}}'), /needs the argument/],
      [call('{"name": "search", "arguments": {"q": "x"}}'), /needs the argument/],
    ] as const) {
      const told = await only([bad, end], { environment: { ...QWEN, maxSearches: 1 } });
      expect(told).toMatchObject({ finish: 'answered', wellFormed: false, searches: [] });
      expect(told.text).toMatch(message);
    }
    const asText = call('{"name": "search", "arguments": "{\\"query\\": \\"Kenya\\"}"}');
    expect((await only([asText, end], { environment: QWEN })).searches).toHaveLength(1);
    expect((await only([good, good, end], { environment: { ...QWEN, maxSearches: 1 } })).finish).toBe('too-many-searches');
  });
});
