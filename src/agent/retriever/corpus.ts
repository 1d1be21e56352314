import * as z from 'zod';
import type { LineProblem } from '../../core/trajectory/types.ts';
import { RetrieverError } from '../types.ts';
import type { Passage } from '../types.ts';
import { documentSchema, documentText, MAX_PASSAGE_CHARACTERS } from './contents.ts';
import { readRecords } from './records.ts';
import type { RecordOptions } from './records.ts';
import { uniqueNames } from './unique-names.ts';
import { workSlices } from './slices.ts';

export interface Corpus {
  readonly passages: readonly Passage[];
  readonly problems: readonly LineProblem[];
}

const ACCEPTED = 'Give JSON Lines with id and contents (or id, title and text) on every line, or HotpotQA\'s own JSON.';

const sentences = z.array(z.string());
/** HotpotQA's paragraphs: pairs of title and sentences, or (the copy on the Hugging Face hub) two lists. */
const context = z.union([z.array(z.tuple([z.string(), sentences])), z.object({ title: z.array(z.string()), sentences: z.array(sentences) })]);
const hotpot = z.looseObject({ context });

/**
 * Reads a corpus: FlashRAG's JSON Lines, or HotpotQA's questions with their paragraphs, each paragraph once. Bad lines are
 * named with number and reason, the others kept. Ids are made unique.
 * @param options progress over the file's bytes; abort
 * @throws RetrieverError when not one passage can be read; the signal's reason once it is aborted
 */
export async function readCorpus(file: Blob, options: RecordOptions = {}): Promise<Corpus> {
  const passages: Passage[] = [];
  const problems: LineProblem[] = [];
  const unique = uniqueNames();
  const known = new Set<string>();
  const pause = workSlices(options.signal);
  const add = (line: number, id: string, title: string, text: string): void => {
    if (text.length > MAX_PASSAGE_CHARACTERS) problems.push({ line, reason: `a passage of ${text.length.toLocaleString('en')} characters, cut to ${MAX_PASSAGE_CHARACTERS.toLocaleString('en')}` });
    passages.push({ id: unique(id), title, text: text.slice(0, MAX_PASSAGE_CHARACTERS) });
  };
  for await (const record of readRecords(file, options)) {
    const { line } = record;
    if (record.reason !== null) problems.push({ line, reason: record.reason });
    else {
      const result = rowOf(record.value);
      if (typeof result === 'string') problems.push({ line, reason: result });
      else if (Array.isArray(result)) {
        for (const { title, text } of result) {
          // The same paragraph stands under many questions.
          const key = `${title}\n${text}`;
          if (known.has(key)) continue;
          known.add(key);
          add(line, String(passages.length), title, text);
        }
      } else add(line, result.id ?? String(passages.length), result.title, result.text);
    }
    const rest = pause();
    if (rest) await rest;
  }
  if (passages.length > 0) return { passages, problems };
  if (problems.length === 0) throw new RetrieverError('The corpus file holds no passage.', ACCEPTED);
  throw new RetrieverError(`No line of the corpus file could be read as a passage; line ${problems[0].line}: ${problems[0].reason}.`, ACCEPTED);
}

interface Piece {
  readonly title: string;
  readonly text: string;
}

/** One passage, the paragraphs of a HotpotQA question, or the reason why there is none. */
function rowOf(value: unknown): (Piece & { readonly id: string | null }) | Piece[] | string {
  if (typeof value === 'object' && value !== null && 'context' in value) {
    const question = hotpot.safeParse(value);
    if (question.success) return paragraphs(question.data.context);
  }
  const parsed = documentSchema.safeParse(value);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    const path = issue.path.join('.');
    return path === '' ? 'not a JSON object' : `${path}: ${issue.message}`;
  }
  const text = documentText(parsed.data);
  if (text === null) return 'neither contents nor text';
  const { id } = parsed.data;
  return { id: id === null || id === undefined ? null : String(id), ...text };
}

function paragraphs(given: z.infer<typeof context>): Piece[] {
  const pairs = Array.isArray(given) ? given : given.title.map((title, index): [string, string[]] => [title, given.sentences[index] ?? []]);
  return pairs.map(([title, parts]) => ({ title: title.trim(), text: parts.map((part) => part.trim()).filter((part) => part !== '').join(' ') })).filter(({ title, text }) => title !== '' || text !== '');
}
