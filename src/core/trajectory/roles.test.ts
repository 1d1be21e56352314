import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { chatTurns, findResponseStart } from './chatml.ts';
import { characterSpans } from './roles.ts';
import { QWEN_TAGS, SEARCH_R1_TAGS, detectTags } from './tags.ts';
import type { TagSettings } from './types.ts';

/** [kind, text] of every span; prompt left out. */
function kinds(text: string, start = 0, tags: TagSettings = SEARCH_R1_TAGS): [string, string][] {
  return characterSpans(text, start, tags).filter(({ role }) => role !== 'prompt').map((span) => [span.kind, text.slice(span.start, span.end)]);
}

const NOTICE = '\nMy previous action is invalid. If I want to search, I should put the query between <search> and </search>. If I want to give the final answer, I should put the answer between <answer> and </answer>. Let me try again.\n';

describe('roles of a Search-R1 response', () => {
  it('follow the table of SPEC section 1', () => {
    expect(kinds('<think>a</think>\n<search> q </search>\n\n<information>d</information>\n\nso\n<answer> x </answer>')).toEqual([
      ['think', '<think>a</think>'],
      ['other', '\n<search>'],
      ['tool', ' q </search>'],
      ['observation', '\n\n<information>d</information>\n\n'],
      ['other', 'so\n'],
      ['answer', '<answer> x </answer>'],
    ]);
  });

  it('puts the prompt before everything', () => {
    const spans = characterSpans('Question: q\n<think>a</think>', 12);
    expect(spans[0]).toEqual({ role: 'prompt', kind: 'prompt', start: 0, end: 12 });
    expect(spans[1]).toEqual({ role: 'reasoning', kind: 'think', start: 12, end: 28 });
    expect(() => characterSpans('ab', 3)).toThrow(RangeError);
  });

  it('opens nothing inside an observation', () => {
    expect(kinds('<search>q</search><information> a <search> b </search> <think> <answer>c</answer></information><answer>d</answer>')).toEqual([
      ['other', '<search>'],
      ['tool', 'q</search>'],
      ['observation', '<information> a <search> b </search> <think> <answer>c</answer></information>'],
      ['answer', '<answer>d</answer>'],
    ]);
    // A document that holds the tag itself.
    expect(kinds('<search>q</search><information>a <information>b</information> c</information>d')).toEqual([
      ['other', '<search>'],
      ['tool', 'q</search>'],
      ['observation', '<information>a <information>b</information> c</information>'],
      ['other', 'd'],
    ]);
    expect(kinds('<information>a <information> b</information>d').at(-1)).toEqual(['other', 'd']);
  });

  it('keeps at most two newlines on each side with the observation', () => {
    expect(kinds('a\n\n\n<information>d</information>\n\n\nb')).toEqual([
      ['other', 'a\n'],
      ['observation', '\n\n<information>d</information>\n\n'],
      ['other', '\nb'],
    ]);
    expect(kinds('a\r\n<information>d</information>\r\nb')[1][1]).toBe('\r\n<information>d</information>\r\n');
  });

  it('takes the invalid-action notice as observation although it names the tags', () => {
    expect(kinds(`<think>a</think> hm${NOTICE}<search>q</search>`)).toEqual([
      ['think', '<think>a</think>'],
      ['other', ' hm'],
      ['observation', NOTICE],
      ['other', '<search>'],
      ['tool', 'q</search>'],
    ]);
    expect(kinds(`<search>never closed${NOTICE}b`)).toEqual([
      ['other', '<search>'],
      ['tool', 'never closed'],
      ['observation', NOTICE],
      ['other', 'b'],
    ]);
  });

  it('bounds what is never closed', () => {
    expect(kinds('<think>a<search>q</search>b</think>')).toEqual([
      ['think', '<think>a'],
      ['other', '<search>'],
      ['tool', 'q</search>'],
      ['other', 'b</think>'],
    ]);
    expect(kinds('<search>a <think>b</think>')).toEqual([
      ['other', '<search>'],
      ['tool', 'a <think>b</think>'],
    ]);
    expect(kinds('<answer>x')).toEqual([['answer', '<answer>x']]);
    expect(kinds('</think></search></answer>')).toEqual([['other', '</think></search></answer>']]);
    // Cut at 500 tokens, an observation may lack its end.
    expect(kinds('<search>q</search>\n\n<information>cut<think>a</think><search>r</search>\n\n<information>d</information>\n\ne')).toEqual([
      ['other', '<search>'],
      ['tool', 'q</search>'],
      ['observation', '\n\n<information>cut'],
      ['think', '<think>a</think>'],
      ['other', '<search>'],
      ['tool', 'r</search>'],
      ['observation', '\n\n<information>d</information>\n\n'],
      ['other', 'e'],
    ]);
    expect(kinds('<information>cut to the end')).toEqual([['observation', '<information>cut to the end']]);
    // A search whose closing tag was dropped as a stop string still ends at the results.
    expect(kinds('<search>q\n<information>d</information>')).toEqual([
      ['other', '<search>'],
      ['tool', 'q'],
      ['observation', '\n<information>d</information>'],
    ]);
  });

  it('merges neighbours of one kind', () => {
    expect(kinds('<think>a</think><think>b</think>')).toEqual([['think', '<think>a</think><think>b</think>']]);
  });
});

describe('roles of a response over several turns', () => {
  const text = '<|im_start|>user\nq<|im_end|>\n<|im_start|>assistant\n<think>a</think>\n<tool_call>\n{}\n</tool_call><|im_end|>\n<|im_start|>user\n<tool_response>\nd\n</tool_response><|im_end|>\n<|im_start|>assistant\n<answer>x</answer><|im_end|>\n';
  const start = text.indexOf('<think>');

  it('are observation outside assistant turns; the last <|im_end|> is the model’s', () => {
    expect(kinds(text, start, QWEN_TAGS)).toEqual([
      ['think', '<think>a</think>'],
      ['other', '\n<tool_call>'],
      ['tool', '\n{}\n</tool_call>'],
      ['observation', '<|im_end|>\n<|im_start|>user\n<tool_response>\nd\n</tool_response><|im_end|>\n<|im_start|>assistant\n'],
      ['answer', '<answer>x</answer>'],
      ['other', '<|im_end|>'],
      ['observation', '\n'],
    ]);
  });

  it('are observation to the end when a tool turn comes last', () => {
    const cut = text.slice(0, text.indexOf('<|im_start|>assistant', start));
    expect(kinds(cut, start, QWEN_TAGS).at(-1)?.[0]).toBe('observation');
    expect(kinds(cut, start, QWEN_TAGS)).toHaveLength(4);
  });

  it('take a response that begins with its own marker', () => {
    expect(kinds('<|im_start|>assistant\na')).toEqual([
      ['observation', '<|im_start|>assistant\n'],
      ['other', 'a'],
    ]);
  });

  it('are observation where the template closed an empty think before the model wrote', () => {
    const silent = text.replaceAll('<|im_start|>assistant\n', '<|im_start|>assistant\n<think>\n\n</think>\n\n');
    const begin = findResponseStart(silent)!;
    expect(silent.slice(begin)).toMatch(/^<think>a/);
    expect(kinds(silent, begin, QWEN_TAGS)[3]).toEqual(['observation', '<|im_end|>\n<|im_start|>user\n<tool_response>\nd\n</tool_response><|im_end|>\n<|im_start|>assistant\n<think>\n\n</think>\n\n']);
    expect(kinds(silent, begin, QWEN_TAGS).map(([kind]) => kind)).toEqual(kinds(text, start, QWEN_TAGS).map(([kind]) => kind));
  });

  it('end a search at the turn', () => {
    expect(kinds('<search>q<|im_end|>\n<|im_start|>tool\nd<|im_end|>\n<|im_start|>assistant\nb')).toEqual([
      ['other', '<search>'],
      ['tool', 'q'],
      ['observation', '<|im_end|>\n<|im_start|>tool\nd<|im_end|>\n<|im_start|>assistant\n'],
      ['other', 'b'],
    ]);
  });

  it('tell the presets apart', () => {
    expect(detectTags([text.slice(start)])).toBe('qwen');
    expect(detectTags(['<search>q</search>'])).toBe('search-r1');
    expect(detectTags([])).toBe('search-r1');
  });
});

describe('a hostile text', () => {
  it('takes linear time', () => {
    const texts = ['<information><think>', '<information><information></information>', '<search>a</search><information>', '<information>', '<think><search>', 'My previous action is invalid.', '<|im_end|>\n<|im_start|>', '<|im_start|>assistant\n', '<|im_end|><|im_start|>assistant\na', '</search> <information></information>'];
    const start = performance.now();
    for (const text of texts) expect(chatTurns(text.repeat(20_000)).length).toBeLessThanOrEqual(20_000);
    for (const text of texts) expect(characterSpans(text.repeat(20_000), 0).at(-1)?.end).toBe(20_000 * text.length);
    // About 0.3 s on a free core; quadratic work would take minutes.
    expect(performance.now() - start).toBeLessThan(10_000);
  }, 60_000);
});

describe('any text', () => {
  const part = fc.constantFrom('<think>', '</think>', '<search>', '</search>', '<information>', '</information>', '<answer>', '</answer>', '<|im_end|>', '<|im_start|>', '<|im_start|>assistant\n', '\n', 'a', ' ', NOTICE, 'é😀');
  const anyText = fc.array(part, { maxLength: 30 }).map((parts) => parts.join(''));

  it('is covered by maximal runs without gaps', () => {
    fc.assert(
      fc.property(anyText, fc.nat(), (text, cut) => {
        const start = text === '' ? 0 : cut % (text.length + 1);
        const spans = characterSpans(text, start);
        let end = 0;
        spans.forEach((span, index) => {
          expect(span.start).toBe(end);
          expect(span.end).toBeGreaterThan(span.start);
          if (index > 0) expect([spans[index - 1].role, spans[index - 1].kind]).not.toEqual([span.role, span.kind]);
          end = span.end;
        });
        expect(end).toBe(text.length);
        expect(spans.every((span) => (span.role === 'prompt') === span.end <= start)).toBe(true);
      }),
      { numRuns: 500 },
    );
  });

  it('without observations keeps the role of a prefix when more is written', () => {
    // The router sees a prefix only: what is tool must not depend on what comes after.
    const written = fc.array(fc.constantFrom('<think>', '</think>', '<search>', '</search>', '<answer>', '</answer>', 'a', '\n'), { maxLength: 20 });
    fc.assert(
      fc.property(written, fc.nat(), (parts, cut) => {
        const prefix = parts.slice(0, cut % (parts.length + 1)).join('');
        const whole = parts.join('');
        const tools = (text: string): boolean[] => characterSpans(text, 0).flatMap((span) => new Array<boolean>(span.end - span.start).fill(span.role === 'tool'));
        expect(tools(whole).slice(0, prefix.length)).toEqual(tools(prefix));
      }),
    );
  });
});
