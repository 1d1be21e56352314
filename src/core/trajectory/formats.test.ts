import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parseTrajectories, readTrajectoryFile, requireToolSpans, streamTrajectories } from './formats.ts';
import { readLines } from './lines.ts';
import { characterSpans } from './roles.ts';
import { QWEN_TAGS, SEARCH_R1_TAGS, TrajectoryError } from './tags.ts';
import type { Span, Trajectory } from './types.ts';

/** Spans of the response. */
function responseSpans(...given: Parameters<typeof characterSpans>): Span[] {
  return characterSpans(...given).filter(({ role }) => role !== 'prompt');
}

const CASE = readFileSync(new URL('./fixtures/search-r1-case.txt', import.meta.url), 'utf8');
const TEXT = '<|im_start|>user\nQuestion: who?<|im_end|>\n<|im_start|>assistant\n<think>a</think><answer> The Beatles. </answer><|im_end|>\n';

function json(...lines: readonly unknown[]): string {
  return lines.map((line) => JSON.stringify(line)).join('\n');
}

function only(text: string): Trajectory {
  const { trajectories } = parseTrajectories(text);
  expect(trajectories).toHaveLength(1);
  return trajectories[0];
}

function failure(run: () => unknown): TrajectoryError {
  try {
    run();
  } catch (error) {
    if (error instanceof TrajectoryError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}

describe('JSON Lines', () => {
  it('take text, and score it where golden answers are given', () => {
    const read = only(json({ id: 7, question: 'who?', golden_answers: ['beatles'], text: TEXT }));
    expect(read).toMatchObject({ id: '7', question: 'who?', group: 'who?', reward: 1, goldenAnswers: ['beatles'] });
    expect(TEXT.slice(read.responseStart)).toMatch(/^<think>/);
  });

  it('take prompt and response, also a prompt of messages', () => {
    const read = only(json({ prompt: 'Question: who?\n', response: '<answer>x</answer>', golden_answers: 'y', group: 3 }));
    expect(read).toMatchObject({ id: 'line 1', question: 'who?', group: '3', reward: 0, responseStart: 15 });
    const chat = only(json({ prompt: [{ role: 'user', content: 'who?' }], response: 'x' }));
    expect(chat.text).toBe('<|im_start|>user\nwho?<|im_end|>\n<|im_start|>assistant\nx');
    expect(chat.question).toBe('who?');
    expect(chat.reward).toBeUndefined();
  });

  it('take messages in ChatML, with tool turns and calls apart from the content', () => {
    const read = only(
      json({
        messages: [
          { role: 'system', content: 's' },
          { role: 'user', content: [{ type: 'text', text: 'who?' }] },
          { role: 'assistant', content: null, tool_calls: [{ id: 'c', type: 'function', function: { name: 'search', arguments: '{"q":1}' } }] },
          { role: 'tool', content: 'd', tool_call_id: 'c' },
          { role: 'assistant', content: '<answer>x</answer>' },
        ],
        reward: true,
      }),
    );
    expect(read.reward).toBe(1);
    expect(read.text.slice(read.responseStart)).toBe('<tool_call>\n{"name": "search", "arguments": {"q": 1}}\n</tool_call><|im_end|>\n<|im_start|>user\n<tool_response>\nd\n</tool_response><|im_end|>\n<|im_start|>assistant\n<answer>x</answer><|im_end|>\n');
    expect(responseSpans(read.text, read.responseStart, QWEN_TAGS).map(({ kind }) => kind)).toEqual(['other', 'tool', 'observation', 'answer', 'other', 'observation']);
  });

  it('keep token ids as sampled', () => {
    expect(only(json({ text: TEXT, tokens: [1, 2, 3], prompt_tokens: 1, reward: null }))).toMatchObject({ tokens: [1, 2, 3], promptTokens: 1 });
  });

  it('name bad lines and keep the good ones', () => {
    const { trajectories, problems, format } = parseTrajectories(`${json({ text: TEXT })}\n{"text":\n\n${json({ id: 1 }, { text: 'no turns' }, 5, { text: TEXT, tokens: [-1] }, { prompt: 'p' }, { text: TEXT, tokens: [1], prompt_tokens: 2 }, { messages: [{ role: 'user', content: 'x' }] }, { prompt: 'p', response: '' })}`);
    expect(format).toBe('JSON Lines');
    expect(trajectories).toHaveLength(1);
    expect(problems.map(({ line }) => line)).toEqual([2, 4, 5, 6, 7, 8, 9, 10, 11]);
    expect(problems[0].reason).toMatch(/^not JSON/);
    expect(problems.slice(1).map(({ reason }) => reason)).toEqual([
      'neither text, nor prompt and response, nor messages',
      'text has no assistant turn and no "Question:" line, so the response cannot be told from the prompt; give prompt and response apart',
      'not a JSON object',
      expect.stringMatching(/^tokens\.0: /),
      'prompt without response',
      'prompt_tokens is 2 but there are 1 tokens',
      'messages without an assistant turn',
      'the response is empty',
    ]);
  });

  it('make repeated ids unique and group by question', () => {
    const { trajectories } = parseTrajectories(json({ id: 'a', text: TEXT }, { id: 'a', text: TEXT }, { id: 'a #2', text: TEXT }));
    expect(new Set(trajectories.map(({ id }) => id)).size).toBe(3);
    expect(new Set(trajectories.map(({ group }) => group))).toEqual(new Set(['who?']));
  });

  it('stop at the limit', () => {
    expect(parseTrajectories(json({ text: TEXT }, { text: TEXT }, { text: TEXT }), { limit: 2 }).trajectories).toHaveLength(2);
  });

  it('read a base model’s text without a template', () => {
    const read = only(json({ text: 'Answer the question. Question: who?\n<think>a</think>' }));
    expect(read.text.slice(read.responseStart)).toBe('<think>a</think>');
  });
});

describe('other formats', () => {
  it('take a JSON array and a single object', () => {
    expect(parseTrajectories(JSON.stringify([{ text: TEXT }, {}]))).toMatchObject({ format: 'JSON array', problems: [{ line: 2 }] });
    expect(parseTrajectories(JSON.stringify({ text: TEXT }, null, 2))).toMatchObject({ format: 'JSON object' });
  });

  it('take Search-R1’s case file', () => {
    const { trajectories, problems, format } = parseTrajectories(CASE);
    expect(format).toBe('chat text');
    expect(problems).toEqual([]);
    expect(trajectories.map(({ question }) => question)).toEqual(['paul walkers cars in fast and furious list?', 'the heart muscle is stimulated to contract by electrical impulses which are generated where?']);
    const [first, second] = trajectories.map(({ text, responseStart }) => responseSpans(text, responseStart, SEARCH_R1_TAGS).map((span) => [span.kind, text.slice(span.start, span.end)]));
    expect(first.map(([kind]) => kind)).toEqual(['think', 'other', 'tool', 'observation', 'other', 'tool', 'observation', 'other', 'answer']);
    expect(second.map(([kind]) => kind)).toEqual(['think', 'other', 'tool', 'observation', 'other', 'answer']);
    expect(first[5][1]).toBe(' list of cars paul walker drove in Fast and Furious </search>');
    expect(second.at(-1)?.[1]).toBe('<answer> sinoatrial (SA) node </answer>');
    // The closing tag stands without an opening one in the file.
    expect(second[4][1]).toContain('</think>');
  });

  it('tell a new question from search results where there are no system turns', () => {
    const turn = (role: string, content: string): string => `<|im_start|>${role}\n${content}<|im_end|>\n`;
    const { trajectories } = parseTrajectories(
      turn('user', 'Question: a?') + turn('assistant', '<search>q</search>') + turn('user', 'plain results') + turn('assistant', '<answer>x</answer>') + turn('user', 'Question: b?') + turn('assistant', '<answer>y</answer>'),
    );
    expect(trajectories.map(({ question }) => question)).toEqual(['a?', 'b?']);
    expect(trajectories[0].text).toContain('plain results');
  });

  it('name a chat without an assistant turn', () => {
    const { problems } = parseTrajectories(`<|im_start|>system\na<|im_end|>\n<|im_start|>user\nb<|im_end|>\n<|im_start|>system\na<|im_end|>\n${TEXT}`);
    expect(problems).toEqual([{ line: 1, reason: 'no assistant turn' }]);
  });

  it('read past a byte-order mark and Windows line ends', () => {
    expect(parseTrajectories(`\uFEFF${json({ text: TEXT })}\r\n${json({ text: TEXT })}\r\n`).trajectories).toHaveLength(2);
  });

  it('fail with a sentence and a way out', () => {
    expect(failure(() => parseTrajectories(' \n'))).toMatchObject({ message: 'The file is empty.' });
    expect(failure(() => parseTrajectories('hello there')).message).toBe('The file is neither JSON nor text with <|im_start|> turns; it begins "hello there".');
    expect(failure(() => parseTrajectories('{"a":1}\n{"b":2}')).message).toBe('None of 2 entries could be read as a trajectory; line 1: neither text, nor prompt and response, nor messages.');
    expect(failure(() => parseTrajectories('{"a":1}')).message).toMatch(/^The only entry could not be read/);
    expect(failure(() => parseTrajectories('[1')).message).toMatch(/not valid JSON/);
    expect(failure(() => parseTrajectories('[]')).remedy).toContain('JSON Lines');
  });

  it('say when no tool is called, and which tags would find one', () => {
    const qwen = parseTrajectories(json({ prompt: 'p', response: '<tool_call>x</tool_call>' })).trajectories;
    expect(failure(() => requireToolSpans(qwen, SEARCH_R1_TAGS)).remedy).toBe('The responses hold <tool_call>: choose the tags of Qwen.');
    expect(failure(() => requireToolSpans(qwen, { ...SEARCH_R1_TAGS, search: { open: '<x>', close: '</x>' } })).remedy).toContain('Qwen');
    requireToolSpans(qwen, QWEN_TAGS);
    expect(failure(() => requireToolSpans(parseTrajectories(json({ prompt: '<search>', response: 'x' })).trajectories, SEARCH_R1_TAGS)).message).toBe('No response contains <search>, so there is no tool span to compare with reasoning.');
  });
});

describe('files', () => {
  it('are read as a stream, with the bytes told', async () => {
    const line = json({ id: 'é', text: TEXT });
    const blob = new Blob([`${line}\n`.repeat(3000)]);
    const told: [number, number | null][] = [];
    const read = await readTrajectoryFile(blob, { onBytes: (bytes, total) => told.push([bytes, total]) });
    expect(read.trajectories).toHaveLength(3000);
    expect(read.format).toBe('JSON Lines');
    expect(told.length).toBeGreaterThan(1);
    expect(told.at(-1)).toEqual([blob.size, blob.size]);
    expect((await readTrajectoryFile(blob, { limit: 5 })).trajectories).toHaveLength(5);
  });

  it('of other formats are read whole', async () => {
    expect((await readTrajectoryFile(new Blob([CASE]))).trajectories).toHaveLength(2);
    expect((await readTrajectoryFile(new Blob([JSON.stringify([{ text: TEXT }])]))).format).toBe('JSON array');
    expect((await readTrajectoryFile(new Blob([JSON.stringify({ text: TEXT }, null, 1)]))).format).toBe('JSON object');
    await expect(readTrajectoryFile(new Blob([]))).rejects.toThrow('The file is empty.');
    await expect(readTrajectoryFile(new Blob(['{"a":1}\n']))).rejects.toThrow(/neither text/);
  });

  it('give what parsing the whole text gives', async () => {
    const text = `${json({ id: 'a', text: TEXT })}\nbroken\n\n${json({ id: 'a', text: TEXT, reward: 0.5 })}`;
    expect(await readTrajectoryFile(new Blob([text]))).toEqual(parseTrajectories(text));
    const items: unknown[] = [];
    for await (const item of streamTrajectories(new Blob([text]).stream())) items.push(item);
    expect(items).toHaveLength(3);
  });

  it('keep characters that chunks cut, cut lines that never end, and stop the source when left early', async () => {
    const bytes = new TextEncoder().encode('a😀\nbcdefgh\r\nlast');
    let cancelled = false;
    const stream = (): ReadableStream<Uint8Array> => {
      let at = 0;
      return new ReadableStream({
        pull: (controller) => {
          if (at === bytes.length) controller.close();
          else controller.enqueue(bytes.slice(at, ++at));
        },
        cancel: () => {
          cancelled = true;
        },
      });
    };
    const lines: string[] = [];
    for await (const { number, text } of readLines(stream(), undefined, 4)) lines.push(`${number}:${text}`);
    expect(lines).toEqual(['1:a😀', '2:bcde', '3:last']);
    for await (const line of readLines(stream())) {
      expect(line.number).toBe(1);
      break;
    }
    expect(cancelled).toBe(true);
  });
});

describe('roles in JSON Lines', () => {
  const line = { prompt: 'Question: who?\n', response: 'ab', tokens: [5, 6, 7], roles: [0, 1, 2] };

  it('are kept, and say how long the prompt is', () => {
    expect(only(json(line))).toMatchObject({ roles: [0, 1, 2], promptTokens: 1 });
    expect(only(json({ ...line, roles: null })).roles).toBeUndefined();
  });

  it.each([
    [{ tokens: undefined }, 'roles without tokens'],
    [{ roles: [0, 1] }, 'there are 2 roles for 3 tokens'],
    [{ prompt_tokens: 2 }, 'prompt_tokens is 2 but the first 1 roles are prompt'],
    [{ roles: [0, 1, 0] }, 'a prompt role stands inside the response'],
    [{ roles: [0, 1, 4] }, 'roles.2'],
  ])('are refused where they cannot be: %j', (change, reason) => {
    expect(failure(() => parseTrajectories(json({ ...line, ...change }))).message).toContain(reason);
  });
});
