/** First occurrence of a tag at or after an index, −1 if none; remembers the last answer, so that going forward is linear. */
export type Next = (tag: string, from: number) => number;

/** A finder over one text. */
export function nextFinder(text: string): Next {
  const known = new Map<string, { from: number; at: number }>();
  return (tag, from) => {
    const last = known.get(tag);
    if (last !== undefined && last.from <= from && (last.at < 0 || last.at >= from)) return last.at;
    const at = text.indexOf(tag, from);
    known.set(tag, { from, at });
    return at;
  };
}
