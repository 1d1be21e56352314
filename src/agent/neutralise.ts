import type { TextTokenizer } from '../backbone/tokenizer.ts';
import type { TagSettings } from '../core/trajectory/types.ts';

/** Makes untrusted text harmless: nothing in the result reads as a tag or encodes to an added token. */
export type Neutralise = (text: string) => string;

/** White space tolerated inside a tag; more than that no parser here takes for one, and the search stays linear. */
const GAP = '\\s{0,8}';
const MAX_PASSES = 3;

/**
 * Documents come from files and servers, and must not open a role, end a turn or close their own observation. The first
 * character of everything that looks like a tag of the settings (any case, with spaces or a slash inside), of `<|…` and
 * of every added token of the tokenizer becomes its HTML entity: `<search>` shows as `&lt;search>`. Added tokens of white
 * space alone (some tokenizers have runs of spaces) mean nothing and stay.
 */
export function neutraliser(tags: TagSettings, tokenizer: TextTokenizer): Neutralise {
  const pairs = [tags.think, tags.search, tags.information, tags.answer];
  const marks = new Set([...pairs.flatMap(({ open, close }) => [open, close]), ...tokenizer.addedTokens].filter((mark) => mark.trim() !== ''));
  const names = new Set<string>();
  const literals: string[] = [];
  for (const mark of marks) {
    const name = /^<\/?\s*([^<>]+?)\s*>$/.exec(mark)?.[1];
    if (name === undefined) literals.push(mark);
    else names.add(name);
  }
  const tag = `<(?=${GAP}/?${GAP}(?:${[...names].map(escapeRegExp).join('|')})${GAP}/?${GAP}>)`;
  const parts = [...(names.size > 0 ? [tag] : []), `<(?=${GAP}\\|)`, ...literals.sort((a, b) => b.length - a.length).map(firstOf)];
  const pattern = new RegExp(parts.join('|'), 'giu');
  const escape = (text: string): string => text.replace(pattern, entity);
  const added = new Set([...marks].map((mark) => tokenizer.addedToken(mark)).filter((id) => id !== undefined));

  return (text) => {
    let safe = escape(text);
    for (let pass = 0; pass < MAX_PASSES; pass++) {
      const ids = tokenizer.encode(safe);
      // A tokenizer that normalises can make a tag of what was none; what it reads is what must be harmless.
      const read = tokenizer.decode(ids);
      pattern.lastIndex = 0;
      if (!pattern.test(read) && !ids.some((id) => added.has(id))) return safe;
      safe = escape(read);
    }
    return safe.replaceAll('<', ' ').replaceAll('|', ' ');
  };
}

/** A pattern for the first character of a literal where the rest of it follows. */
function firstOf(literal: string): string {
  const [first, ...rest] = literal;
  return rest.length === 0 ? escapeRegExp(first) : `${escapeRegExp(first)}(?=${escapeRegExp(rest.join(''))})`;
}

function entity(character: string): string {
  return character === '<' ? '&lt;' : `&#${character.codePointAt(0) ?? 0};`;
}

function escapeRegExp(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/-]/g, (character) => (character === '-' ? '\\x2d' : `\\${character}`));
}
