import type { TextTokenizer } from '../backbone/tokenizer.ts';
import { QWEN_TAGS, SEARCH_R1_TAGS } from '../core/trajectory/tags.ts';
import type { Dialect } from './types.ts';

/**
 * The dialect that a backbone was made for, by which tags its tokenizer has as whole tokens: every Qwen since 2.5 has
 * `<tool_call>` (151,657), the bundled backbone has `<search>` alone, and a Qwen that was given `<search>` too (as the
 * paper's) was trained on Search-R1's. Null where it tells nothing.
 */
export function suggestDialect(tokenizer: Pick<TextTokenizer, 'addedToken'>): Dialect | null {
  const call = tokenizer.addedToken(QWEN_TAGS.search.open) !== undefined;
  const search = tokenizer.addedToken(SEARCH_R1_TAGS.search.open) !== undefined;
  if (call) return search ? 'search-r1' : 'qwen';
  return search ? 'world' : null;
}

/** One sentence where the dialect is another backbone's, so that its prompt tells this one nothing of searching; else null. */
export function dialectNote(dialect: Dialect, tokenizer: Pick<TextTokenizer, 'addedToken'>): string | null {
  const suggested = suggestDialect(tokenizer);
  if (suggested === null || suggested === dialect) return null;
  if (dialect === 'world') return `This tokenizer is Qwen’s, and the bundled backbone’s prompt tells such a model of no search: choose the dialect ${suggested === 'qwen' ? '“Qwen function calls”' : '“Search-R1”'} in the settings.`;
  if (suggested === 'world') return 'This tokenizer is the bundled backbone’s, which knows its own dialect alone: choose “Bundled backbone” in the settings.';
  return null;
}
