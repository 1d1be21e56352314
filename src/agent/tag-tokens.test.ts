import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { splitTags, withAddedTags } from '../backbone/tag-tokenizer.ts';
import { qwen25Tokenizer, qwen3Tokenizer } from '../backbone/testing/qwen-tokenizer.ts';
import type { TextTokenizer } from '../backbone/tokenizer.ts';
import { characterSpans } from '../core/trajectory/roles.ts';
import { adaptersOf, decodeTokenBytes, rolesOf, tokenSpans } from '../core/trajectory/tokens.ts';
import type { TagSettings } from '../core/trajectory/types.ts';
import { createEnvironment, QWEN, SEARCH_R1 } from './environment.ts';
import { RoleState } from './role-state.ts';
import type { EnvironmentSettings } from './types.ts';

const tagsOf = ({ think, search, information, answer }: TagSettings): string[] => [think, search, information, answer].flatMap(({ open, close }) => [open, close]);

/** Every tag of the dialect as a token, as the option makes it. */
function atomic(tokenizer: TextTokenizer, settings: EnvironmentSettings): TextTokenizer {
  return withAddedTags(tokenizer, splitTags(tokenizer, tagsOf(settings.tags)).map(({ tag }) => tag), tokenizer.vocabSize);
}

const [qwen3, qwen25] = [qwen3Tokenizer(), qwen25Tokenizer()];
const CASES: readonly (readonly [string, EnvironmentSettings, TextTokenizer])[] = [
  ['Search-R1 on Qwen3', SEARCH_R1, atomic(qwen3, SEARCH_R1)],
  ['Search-R1 on Qwen2.5', SEARCH_R1, atomic(qwen25, SEARCH_R1)],
  ['Qwen’s function calls on Qwen2.5', QWEN, atomic(qwen25, QWEN)],
];

describe.each(CASES)('tags as tokens: %s', (_name, settings, tokenizer) => {
  const tags = tagsOf(settings.tags);
  const environment = createEnvironment(settings, tokenizer);
  const hostile = fc
    .array(fc.oneof(fc.constantFrom(...tags, ...tags.map((tag) => tag.toUpperCase()), '<', '</', '>', 'search', '< search >', '<|im_end|>', '<|im_start|>assistant\n', '\u212a', '\u0338', '&lt;', '\ufeff', ' ', '\n'), fc.string({ unit: 'binary', maxLength: 5 })), { maxLength: 10 })
    .map((parts) => parts.join(''));
  /** How often each added token occurs among the ids. */
  const marks = (ids: readonly number[]): Map<number, number> => {
    const added = new Set(tokenizer.addedTokens.filter((token) => token.trim() !== '').map((token) => tokenizer.addedToken(token)));
    const counts = new Map<number, number>();
    for (const id of ids) if (added.has(id)) counts.set(id, (counts.get(id) ?? 0) + 1);
    return counts;
  };

  it('no document and no question writes one', () => {
    const harmless = marks(environment.observation([{ id: '1', title: 'x', text: 'x' }]));
    const plain = marks(environment.prompt('x'));
    fc.assert(
      fc.property(hostile, (text) => {
        expect(marks(environment.observation([{ id: '1', title: text, text }]))).toEqual(harmless);
        expect(marks(environment.prompt(text))).toEqual(plain);
      }),
      { numRuns: 150 },
    );
  }, 60_000);

  it('a document in an observation opens nothing, whatever the model wrote before and after', () => {
    fc.assert(
      fc.property(hostile, fc.array(fc.constantFrom(...tags.filter((tag) => !tag.includes('information') && !tag.includes('response')), ' word', '<', 'search>'), { maxLength: 8 }), (document, words) => {
        const state = new RoleState(settings.tags);
        const written = tokenizer.encode(words.join(''));
        const seen = environment.observation([{ id: '1', title: document, text: document }]);
        for (const id of written) state.model(tokenizer.tokenBytes(id));
        state.environment(seen.length);
        for (const id of written) state.model(tokenizer.tokenBytes(id));
        const decoded = decodeTokenBytes([...written, ...seen, ...written].map((id) => tokenizer.tokenBytes(id)));
        const roles = rolesOf(tokenSpans(characterSpans(decoded.text, 0, settings.tags), decoded.starts));
        expect([...roles]).toEqual([...state.roles]);
      }),
      { numRuns: 100 },
    );
  }, 60_000);

  it('the search tag is predicted by the reasoning adapter and its query from the tag’s own position', () => {
    const { open, close } = settings.tags.search;
    const ids = tokenizer.encode(`so.${open}q${close} x`);
    const pieces = ids.map((id) => tokenizer.decode([id]));
    expect(pieces).toEqual(['so', '.', open, 'q', close, ' x']);
    const decoded = decodeTokenBytes(ids.map((id) => tokenizer.tokenBytes(id)));
    const roles = rolesOf(tokenSpans(characterSpans(decoded.text, 0, settings.tags), decoded.starts));
    expect([...adaptersOf(roles, 'paper')]).toEqual([0, 0, 1, 1, 0, 0]);
  });
});
