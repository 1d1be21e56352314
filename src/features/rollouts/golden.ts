import { normaliseAnswer } from '../../core/trajectory/reward.ts';

const ARTICLES = new Set(['a', 'an', 'the']);
const PUNCTUATION = /[!-/:-@[-`{-~]/;

/** A stretch of text, marked where a golden answer stands in it. */
export interface MarkedText {
  readonly text: string;
  readonly golden: boolean;
}

/** Normalised text with the place of each of its characters in the original. */
function normaliseWithPlaces(text: string): { readonly normal: string; readonly places: readonly number[] } {
  let normal = '';
  const places: number[] = [];
  for (const match of text.matchAll(/\S+/g)) {
    let word = '';
    const at: number[] = [];
    for (const [offset, character] of Array.from(match[0]).entries()) {
      if (PUNCTUATION.test(character)) continue;
      const lower = character.toLowerCase();
      word += lower;
      for (let index = 0; index < lower.length; index++) at.push(match.index + offset);
    }
    if (word === '' || ARTICLES.has(word)) continue;
    if (normal !== '') {
      normal += ' ';
      places.push(match.index);
    }
    normal += word;
    places.push(...at);
  }
  return { normal, places };
}

/**
 * Where golden answers stand in a text by the rule of the hit figure: normalised, and parts of words count. Where an
 * answer stands as whole words too, only those places are marked.
 */
export function goldenRanges(text: string, goldenAnswers: readonly string[]): readonly (readonly [number, number])[] {
  const { normal, places } = normaliseWithPlaces(text);
  const ranges: (readonly [number, number])[] = [];
  for (const answer of new Set(goldenAnswers.map(normaliseAnswer))) {
    if (answer === '') continue;
    const found: number[] = [];
    for (let at = normal.indexOf(answer); at >= 0; at = normal.indexOf(answer, at + answer.length)) found.push(at);
    const whole = found.filter((at) => !isWordCharacter(normal.charAt(at - 1)) && !isWordCharacter(normal.charAt(at + answer.length)));
    for (const at of whole.length > 0 ? whole : found) ranges.push([places[at], places[at + answer.length - 1] + 1]);
  }
  return merge(ranges);
}

export function markGolden(text: string, goldenAnswers: readonly string[]): readonly MarkedText[] {
  const marked: MarkedText[] = [];
  let at = 0;
  for (const [start, end] of goldenRanges(text, goldenAnswers)) {
    if (start > at) marked.push({ text: text.slice(at, start), golden: false });
    marked.push({ text: text.slice(start, end), golden: true });
    at = end;
  }
  if (at < text.length) marked.push({ text: text.slice(at), golden: false });
  return marked;
}

function isWordCharacter(character: string): boolean {
  return character !== '' && character !== ' ';
}

function merge(ranges: (readonly [number, number])[]): (readonly [number, number])[] {
  const merged: (readonly [number, number])[] = [];
  for (const range of ranges.sort((a, b) => a[0] - b[0])) {
    const last = merged.at(-1);
    if (last && range[0] <= last[1]) merged[merged.length - 1] = [last[0], Math.max(last[1], range[1])];
    else merged.push(range);
  }
  return merged;
}
