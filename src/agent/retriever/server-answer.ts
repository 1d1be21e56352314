import * as z from 'zod';
import { RetrieverError } from '../types.ts';
import type { FoundPassage } from '../types.ts';
import { documentSchema, documentText, MAX_PASSAGE_CHARACTERS } from './contents.ts';

/** Largest answer read, bytes: a handful of passages are kilobytes. */
export const MAX_ANSWER_BYTES = 8 * 1024 * 1024;

/** One list of passages for every query, with scores or the documents alone. */
const answer = z.looseObject({
  result: z.array(z.array(z.union([z.looseObject({ document: documentSchema, score: z.number() }), documentSchema]))).min(1),
});

const FORM = 'Use a server that answers as Search-R1\'s does: {"result":[[{"document":{"id","contents"},"score"}]]}.';

/**
 * Reads a body up to MAX_ANSWER_BYTES.
 * @throws RetrieverError when it is longer; what the stream throws when the connection breaks
 */
export async function readBody(response: Response, address: string): Promise<string> {
  const decoder = new TextDecoder();
  const reader = response.body?.getReader();
  if (reader === undefined) return '';
  let text = '';
  let bytes = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return text + decoder.decode();
    bytes += value.length;
    if (bytes > MAX_ANSWER_BYTES) {
      await reader.cancel().catch(() => undefined);
      throw new RetrieverError(`The retriever at ${address} sent more than ${MAX_ANSWER_BYTES / 1024 / 1024} MB for one query.`, 'Ask for fewer passages, or let the server send shorter ones.');
    }
    text += decoder.decode(value, { stream: true });
  }
}

/**
 * The passages of a Search-R1 answer in the server's order, at most `topK`; score 0 where it sends none.
 * @throws RetrieverError naming what was found in place of the expected form
 */
export function parseAnswer(text: string, topK: number, address: string): readonly FoundPassage[] {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    const begin = text.trim().slice(0, 60).replaceAll(/\s+/g, ' ');
    throw new RetrieverError(`The retriever at ${address} did not answer with JSON; its answer ${begin === '' ? 'is empty' : `begins "${begin}"`}.`, `Check that the address is the retriever's own, with its path. ${FORM}`);
  }
  const parsed = answer.safeParse(value);
  if (!parsed.success) throw new RetrieverError(`The retriever at ${address} answered with another form: ${describeShape(value)}.`, FORM);
  return parsed.data.result[0].slice(0, Math.max(0, topK)).map((item, index) => {
    const scored = isScored(item) ? item : { document: item, score: 0 };
    const whole = documentText(scored.document);
    if (whole === null) throw new RetrieverError(`The retriever at ${address} answered with another form: passage ${index + 1} has neither contents nor text.`, FORM);
    return { id: String(scored.document.id ?? index), title: whole.title.slice(0, MAX_PASSAGE_CHARACTERS), text: whole.text.slice(0, MAX_PASSAGE_CHARACTERS), score: scored.score };
  });
}

type Document = z.infer<typeof documentSchema>;

function isScored(item: Document | { document: Document; score: number }): item is { document: Document; score: number } {
  return 'document' in item && 'score' in item && typeof item.score === 'number';
}

/** What a JSON value is, down to the first place that differs from the expected form. */
function describeShape(value: unknown): string {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return `${kindOf(value)} in place of an object with "result"`;
  if (!('result' in value)) return `${kindOf(value)} without "result"`;
  const { result } = value;
  if (!Array.isArray(result)) return `"result" is ${kindOf(result)} in place of a list`;
  const lists: readonly unknown[] = result;
  if (lists.length === 0) return '"result" is an empty list, without an entry for the query';
  const [first] = lists;
  if (!Array.isArray(first)) return `"result" holds ${kindOf(first)} in place of a list of passages for each query`;
  return 'a passage is not {"document":{"id","contents"},"score"}';
}

function kindOf(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'a list';
  if (typeof value !== 'object') return `a ${typeof value}`;
  const keys = Object.keys(value);
  return keys.length === 0 ? 'an empty object' : `an object with ${keys.slice(0, 5).map((key) => `"${key.slice(0, 40)}"`).join(', ')}${keys.length > 5 ? ', …' : ''}`;
}
