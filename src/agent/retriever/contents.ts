import * as z from 'zod';

/** Longest passage kept, characters: a passage is cut by tokens later, and tokenising megabytes would stall a rollout. */
export const MAX_PASSAGE_CHARACTERS = 50_000;

/** Absent and null mean the same in these files. */
const optionalText = z.string().nullish();

/** A passage as FlashRAG and Search-R1 write it, `contents`, or with title and text apart. */
export const documentSchema = z.looseObject({
  id: z.union([z.string(), z.number()]).nullish(),
  contents: optionalText,
  title: optionalText,
  text: optionalText,
});

/** Title and text; null where the document holds neither. */
export function documentText(document: z.infer<typeof documentSchema>): { readonly title: string; readonly text: string } | null {
  const { contents, title, text } = document;
  if (typeof contents !== 'string' && typeof text !== 'string') return null;
  const split = typeof contents === 'string' ? splitContents(contents) : { title: '', text: (text ?? '').trim() };
  const whole = { title: split.title === '' ? (title ?? '').trim() : split.title, text: split.text };
  return whole.title === '' && whole.text === '' ? null : whole;
}

/** FlashRAG's `"Title"\ntext`. A first line that is not in quotes is text, and the title is empty. */
export function splitContents(contents: string): { readonly title: string; readonly text: string } {
  const whole = contents.trim();
  const end = whole.indexOf('\n');
  const first = (end < 0 ? whole : whole.slice(0, end)).trim();
  if (first.length < 2 || !first.startsWith('"') || !first.endsWith('"')) return { title: '', text: whole };
  return { title: first.slice(1, -1).trim(), text: end < 0 ? '' : whole.slice(end + 1).trim() };
}
