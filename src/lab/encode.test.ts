import { describe, expect, it } from 'vitest';
import { parseTrajectories } from '../core/trajectory/formats.ts';
import { QWEN_TAGS, SEARCH_R1_TAGS } from '../core/trajectory/tags.ts';
import { ROLE_CODE } from '../core/trajectory/types.ts';
import { encodeTrajectories } from './encode.ts';
import { tinyBackbone, worldFile } from './testing/tiny.ts';

const line = (id: string, response: string, extra: object = {}): string =>
  JSON.stringify({ id, question: 'q', golden_answers: ['a'], prompt: '<|im_start|>user\n q<|im_end|>\n<|im_start|>assistant\n', response, ...extra });

const options = { tags: SEARCH_R1_TAGS, routing: 'paper', maxTokens: 512, vocabSize: 1536 } as const;

describe('encodeTrajectories', () => {
  it('takes the tokens of the file as they are', async () => {
    const { tokenizer } = await tinyBackbone();
    const { trajectories } = worldFile();
    const { encoded, refused } = encodeTrajectories(trajectories, tokenizer!, options);
    expect(refused).toEqual([]);
    expect(encoded).toHaveLength(192);
    for (const { tokens, source, roles, adapters, pieces } of encoded) {
      expect([...tokens]).toEqual(source.tokens);
      expect([roles.length, adapters.length, pieces.length]).toEqual([tokens.length, tokens.length, tokens.length]);
      expect(pieces.join('')).toBe(source.text);
    }
  });

  it('gives a tool span exactly what stands behind <search>, through </search>', async () => {
    const { tokenizer } = await tinyBackbone();
    const { trajectories } = parseTrajectories(line('x', '<think> I see.</think><search> the capital</search><information> Doc</information><answer> a</answer><|im_end|>'));
    const [{ pieces, roles, adapters }] = encodeTrajectories(trajectories, tokenizer!, options).encoded;
    const tool = pieces.filter((_, t) => roles[t] === ROLE_CODE.tool).join('');
    expect(tool).toBe(' the capital</search>');
    // Equation 2: the adapter switches at the position that reads <search>.
    expect(pieces.filter((_, p) => adapters[p] === 1).join('')).toBe('<search> the capital');
  });

  it('leaves out what does not fit, one by one, with the reason', async () => {
    const { tokenizer } = await tinyBackbone();
    const good = '<think> a</think><search> b</search><answer> c</answer>';
    const { trajectories } = parseTrajectories(
      [line('good', good), line('long', good.repeat(60)), line('no tool', '<think> a</think><answer> c</answer>')].join('\n'),
    );
    const { encoded, refused, notes } = encodeTrajectories(trajectories, tokenizer!, options);
    expect(encoded.map(({ source }) => source.id)).toEqual(['good', 'no tool']);
    expect(refused.map(({ reason }) => reason)).toEqual([expect.stringMatching(/^Trajectory long has \d+ tokens and the model's context is 512\.$/)]);
    expect(notes).toEqual(['1 trajectory was left out.', '1 trajectory has no tool span and counts for reasoning only.']);
  });

  it('encodes the text anew where the file has another tokenizer’s ids', async () => {
    const { tokenizer } = await tinyBackbone();
    const good = '<think> the capital</think><search> the capital</search><answer> English</answer>';
    const own = tokenizer!.encode(`<|im_start|>user\n q<|im_end|>\n<|im_start|>assistant\n${good}`);
    // Sampled ids may spell the text otherwise than the tokenizer would: letters for the word.
    const spelt = [...tokenizer!.encode('<|im_start|>user\n q<|im_end|>\n<|im_start|>assistant\n'), ...Array.from(good, (letter) => tokenizer!.encode(letter)).flat()];
    const promptTokens = tokenizer!.encode('<|im_start|>user\n q<|im_end|>\n<|im_start|>assistant\n').length;
    const roles = spelt.map((_, at) => (at < promptTokens ? 0 : 1));
    const { trajectories } = parseTrajectories(
      [
        line('own', good, { tokens: own, prompt_tokens: promptTokens }),
        line('spelt', good, { tokens: spelt, roles }),
        line('beyond', good, { tokens: [1, 2, 99999], prompt_tokens: 1 }),
        line('other', good, { tokens: own.map((id) => (id * 7 + 3) % 1536), prompt_tokens: promptTokens, roles: own.map((_, at) => (at < promptTokens ? 0 : 1)) }),
      ].join('\n'),
    );
    const { encoded, refused, notes } = encodeTrajectories(trajectories, tokenizer!, options);
    expect(refused).toEqual([]);
    expect(encoded.map(({ tokens }) => [...tokens])).toEqual([own, spelt, own, own].map((ids) => [...ids]));
    expect(encoded[1].roles).toEqual(Uint8Array.from(roles));
    expect(encoded[3].roles).toEqual(encoded[0].roles);
    expect(encoded[3].source.tokens).toBeUndefined();
    expect(notes).toEqual(['The token ids of 2 trajectories are another tokenizer’s: their texts are encoded anew with this backbone’s, and roles are found by the tags.', '1 trajectory has no tool span and counts for reasoning only.']);
  });

  it('ends with a way out where nothing is left or nothing calls a tool', async () => {
    const { tokenizer } = await tinyBackbone();
    const { trajectories } = worldFile();
    expect(() => encodeTrajectories(trajectories, tokenizer!, { ...options, maxTokens: 10 })).toThrow(/None of the 192 trajectories can be used/);
    expect(() => encodeTrajectories(trajectories, tokenizer!, { ...options, tags: QWEN_TAGS })).toThrow(/No response contains <tool_call>/);
  });
});
