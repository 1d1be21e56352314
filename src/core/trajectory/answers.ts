import type { Span, TagSettings } from './types.ts';

/**
 * 1 for every token that is predicted while an answer is open: those after the token that completes `<answer>`, through
 * the one that completes `</answer>`, or whatever else ends the answer. Like an open search (equation 2) this is known
 * before the token is drawn; its kind is not, where a tag consists of several tokens: the `answer` and `>` of `<answer>`
 * are of kind answer, and nobody knows while they are predicted.
 * @param characters spans of the text, as `characterSpans` returns them
 * @param starts character at which each token begins
 */
export function tokensInAnswers(text: string, characters: readonly Span[], starts: Uint32Array, { think, search, answer }: TagSettings): Uint8Array {
  const inside = new Uint8Array(starts.length);
  let token = 0;
  /** First token that is read after the character before `end`. */
  const after = (end: number): number => {
    while (token < starts.length && starts[token] < end) token++;
    return token;
  };
  for (const { kind, start, end } of characters) {
    if (kind !== 'answer') continue;
    for (let at = start; at < end; ) {
      const open = Math.min(end, at + answer.open.length);
      const close = text.indexOf(answer.close, open);
      const closed = close >= 0 && close + answer.close.length <= end;
      const next = closed ? undefined : [think.open, search.open].find((tag) => tag !== '' && text.startsWith(tag, end));
      at = closed ? close + answer.close.length : end;
      const first = after(open);
      inside.fill(1, first, Math.max(first, after(closed ? at : end + (next?.length ?? 0))));
    }
  }
  return inside;
}
