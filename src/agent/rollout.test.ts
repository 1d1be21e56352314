import { describe, expect, it } from 'vitest';
import { characterSpans } from '../core/trajectory/roles.ts';
import { QWEN, SEARCH_R1, WORLD } from './environment.ts';
import type { RolloutOptions } from './rollouts.ts';
import { AGENTS, KENYA, lasting, question, ROUTED, run, scripted, tasksOf, tokenizer } from './testing/run-rollouts.ts';
import type { Question, Retriever, Rollout } from './types.ts';
import { RetrieverError } from './types.ts';

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
