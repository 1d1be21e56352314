import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { qwen25Tokenizer, qwen3Tokenizer } from './testing/qwen-tokenizer.ts';
import { firstDifference, joinBytes } from './tokenizer.ts';

const golden = z
  .array(z.object({ text: z.string(), ids: z.array(z.number()), older: z.array(z.number()).optional(), decoded: z.string().optional() }))
  .parse(JSON.parse(readFileSync(new URL('./fixtures/qwen-tokens.json', import.meta.url), 'utf8')));
const qwen3 = qwen3Tokenizer();
const qwen25 = qwen25Tokenizer();

describe('the published Qwen vocabularies', () => {
  it('give the reference implementation’s ids', () => {
    const wrong = golden.filter(({ text, ids, older }) => String(qwen3.encode(text)) !== String(ids) || String(qwen25.encode(text)) !== String(older ?? ids));
    expect(wrong.map(({ text, ids }) => ({ text, ids, ours: qwen3.encode(text) }))).toEqual([]);
  });

  it('give the text back, composed', () => {
    for (const { text, ids, decoded } of golden) {
      expect(qwen3.decode(ids)).toBe(decoded ?? text);
      expect(qwen3.decode(ids)).toBe(text.normalize('NFC'));
    }
  });

  it('have these tags as tokens and no others', () => {
    const atomic = (text: string): readonly (number | undefined)[] => [qwen3.addedToken(text), qwen25.addedToken(text)];
    expect(atomic('<tool_call>')).toEqual([151_657, 151_657]);
    expect(atomic('</tool_call>')).toEqual([151_658, 151_658]);
    expect(atomic('<tool_response>')).toEqual([151_665, undefined]);
    expect(atomic('<think>')).toEqual([151_667, undefined]);
    expect(atomic('<search>')).toEqual([undefined, undefined]);
    expect(atomic('<answer>')).toEqual([undefined, undefined]);
    // The network has 151,936 rows: those behind the last token have logits and no text.
    expect(qwen3.vocabSize).toBe(151_669);
    expect(() => qwen3.tokenBytes(151_669)).toThrow(/not in the tokenizer/);
  });

  it('cut the tags of Search-R1 into tokens that straddle', () => {
    const pieces = (text: string): string[] => qwen3.encode(text).map((id) => qwen3.decode([id]));
    expect(pieces('</think><search>q</search>')).toEqual(['</think>', '<', 'search', '>', 'q', '</', 'search', '>']);
    expect(pieces('so.<search> q </search>\n\n<information>')).toEqual(['so', '.<', 'search', '>', ' q', ' </', 'search', '>\n\n', '<', 'information', '>']);
    expect(pieces('</search><answer>"x"</answer>')).toEqual(['</', 'search', '><', 'answer', '>"', 'x', '"</', 'answer', '>']);
  });

  it('keep any composed text to the byte', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 60 }), (text) => {
        const composed = text.normalize('NFC');
        const ids = qwen3.encode(composed);
        expect(firstDifference(qwen3, composed, ids)).toBeNull();
        expect(joinBytes(ids.map((id) => qwen3.tokenBytes(id)))).toEqual(new TextEncoder().encode(composed));
      }),
      { numRuns: 200 },
    );
    // About 2 s on a free core.
  }, 60_000);
});
